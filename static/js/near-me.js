// The button "Near me" beside each place box: asks the browser once, when pressed, and searches from
// there. Without this script, or where the browser will not tell, the box is all that there is.

const WAIT_MS = 10000;
// The browser's own time-out begins when somebody has said yes; some never tell that the question was closed.
const PATIENCE_MS = 30000;
// About 110 metres. No more than that leaves the browser.
const DECIMALS = 3;
// The United Kingdom and the islands beside it, with the sea around them; as in directory/position.py.
const SOUTH = 49;
const NORTH = 61.5;
const WEST = -11;
const EAST = 3;

const INSTEAD = "Type a postcode or town instead.";
const REFUSED = `Your browser did not let us use your position. ${INSTEAD}`;
const UNKNOWN = "Your browser could not tell where you are. Try again, or type a postcode or town.";
const TOO_SLOW = "Finding your position took too long. Try again, or type a postcode or town.";
const UNABLE = `Your browser cannot tell us your position. ${INSTEAD}`;
const ABROAD = `You seem to be outside the United Kingdom, where we list people. ${INSTEAD}`;

function search(form, latitude, longitude) {
  const asked = new URLSearchParams(new FormData(form));
  asked.delete("location");
  for (const [name, value] of [...asked]) if (value === "") asked.delete(name);
  asked.set("lat", latitude.toFixed(DECIMALS));
  asked.set("lng", longitude.toFixed(DECIMALS));
  // Not by sending the form, which would have to be changed first: whoever comes back finds it as it was.
  location.assign(`${form.action}?${asked}`);
}

let waiting = 0;

function ask(button) {
  const message = button.closest(".field").querySelector(".near-me-message");
  // Pressed again meanwhile: one question is enough.
  if (waiting) return;
  if (!navigator.geolocation || !window.isSecureContext) {
    message.textContent = UNABLE;
    return;
  }
  const mine = setTimeout(() => stop(TOO_SLOW), PATIENCE_MS);
  waiting = mine;
  function stop(words) {
    // An answer after the patience is at an end, when another question may be under way.
    if (mine !== waiting) return false;
    clearTimeout(mine);
    waiting = 0;
    message.textContent = words;
    return true;
  }
  message.textContent = "Asking your browser where you are…";
  navigator.geolocation.getCurrentPosition(
    ({ coords: { latitude, longitude } }) => {
      const isNear = latitude >= SOUTH && latitude <= NORTH && longitude >= WEST && longitude <= EAST;
      if (stop(isNear ? "Searching near you…" : ABROAD) && isNear) search(button.form, latitude, longitude);
    },
    (error) => stop({ 1: REFUSED, 3: TOO_SLOW }[error.code] ?? UNKNOWN),
    { timeout: WAIT_MS, maximumAge: 0 },
  );
}

// On the document, since the form may be drawn anew while the page stays.
document.addEventListener("click", (event) => {
  const button = event.target.closest(".near-me");
  if (button) ask(button);
});
document.documentElement.classList.add("can-ask-position");
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  // Back from the results: "Searching" would no longer be true.
  for (const message of document.querySelectorAll(".near-me-message")) message.textContent = "";
});
