// Filters of a search apply at once: the same address is fetched, and what differs on its page is put into
// this one. Where that fails or is slow, the browser goes to the address, as it does without this script.

const PATIENCE_MS = 5000;
// Several ticks in a row, or arrows through a list, are one search.
const WAIT_MS = 150;

const form = document.getElementById("search-form");
const box = form.elements.namedItem("location");
const status = document.createElement("p");
status.className = "visually-hidden";
status.setAttribute("role", "status");
form.after(status);

let shown = pathAndQuery(location.href);
let timer = 0;
let asking = null;

function pathAndQuery(address) {
  const { pathname, search } = new URL(address, location.href);
  return pathname + search;
}

function addressOfForm() {
  const asked = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...asked]) if (!value && name !== "location") asked.delete(name);
  return `${form.action}?${asked}`;
}

async function show(address, isNew) {
  clearTimeout(timer);
  asking?.abort();
  const mine = (asking = new AbortController());
  const patience = setTimeout(() => mine.abort(), PATIENCE_MS);
  document.getElementById("found").setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, { signal: mine.signal });
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!fresh.getElementById("found")) throw new Error("not a page of results");
    if (isNew) history.pushState(null, "", address);
    shown = pathAndQuery(address);
    put(fresh);
  } catch {
    // Another search has taken its place.
    if (mine !== asking) return;
    if (isNew) location.assign(address);
    else location.reload();
  } finally {
    clearTimeout(patience);
  }
}

function put(fresh) {
  const focused = document.activeElement;
  const top = focused.getBoundingClientRect().top;
  const values = new FormData(fresh.getElementById("search-form"));
  const compared = [...document.querySelectorAll("input[form=compare]:checked")].map((tick) => tick.value);
  for (const part of document.querySelectorAll("[data-part]")) {
    const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    // In the form nothing goes from under the focus, and a list that has it stays and gets new options.
    const isInUse = part !== focused && part.contains(focused) && form.contains(part);
    if (other && !isInUse && part.innerHTML !== other.innerHTML) part.replaceChildren(...other.childNodes);
  }
  for (const field of form.elements) {
    if (field.type === "checkbox") field.checked = values.has(field.name);
    else if (field.tagName === "SELECT") field.value = values.get(field.name);
  }
  for (const tick of document.querySelectorAll("input[form=compare]")) tick.checked = compared.includes(tick.value);
  document.title = fresh.title;
  document.getElementById("found").removeAttribute("aria-busy");
  const heading = document.querySelector("h1");
  if (!focused.isConnected) {
    // The link that took a filter away is gone: on to the next one.
    heading.tabIndex = -1;
    (document.querySelector(".filters-on a") ?? heading).focus({ preventScroll: true });
  } else if (focused !== document.body) {
    scrollBy({ top: focused.getBoundingClientRect().top - top, behavior: "instant" });
  }
  // Said again even where the words are the same.
  status.textContent = "";
  setTimeout(() => (status.textContent = heading.textContent), 50);
}

form.addEventListener("change", (event) => {
  // A place may be half typed: it takes the button, or Enter.
  if (event.target === box) return;
  clearTimeout(timer);
  asking?.abort();
  asking = null;
  timer = setTimeout(() => {
    // Another place is another page.
    if (box.value !== box.defaultValue) form.requestSubmit();
    else show(addressOfForm(), true);
  }, WAIT_MS);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest(".filters-on a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  show(link.href, true);
});

addEventListener("popstate", () => {
  // Not where only what is behind # has changed.
  if (pathAndQuery(location.href) !== shown) show(location.href, false);
});
