// Advice for the words as they are typed: the form goes to its own address, which answers with the
// panel and saves nothing. Without this script the panel has the advice for the saved draft.
const WAIT_MS = 1000;
const form = document.querySelector("#content-main form[id]");
const panel = document.querySelector("#advice");
let timer;
let asked;

function typed() {
  const data = new FormData(form);
  data.set("_advice", "1");
  return data;
}

// The text editors write into hidden fields of the form, so the values tell, not the events.
const wordsOf = (data) => JSON.stringify([...data].map(([name, value]) => [name, String(value)]));
let before = wordsOf(typed());

async function ask() {
  const data = typed();
  const words = wordsOf(data);
  if (words === before) return;
  before = words;
  asked?.abort();
  asked = new AbortController();
  try {
    const response = await fetch(location.href, { method: "POST", body: data, signal: asked.signal });
    if (!response.ok || response.redirected) return; // signed out, say: the next save tells
    show(new DOMParser().parseFromString(await response.text(), "text/html").querySelector("#advice"));
  } catch {
    before = undefined; // no connection, or typed on: the next change asks again
  }
}

function show(answer) {
  if (!answer) return;
  const at = panel.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const count = panel.querySelector(".advice-count");
  const now = answer.querySelector(".advice-count").textContent;
  // A screen reader reads it out when it changes.
  if (count.textContent !== now) count.textContent = now;
  panel.querySelector(".advice-list").replaceWith(answer.querySelector(".advice-list"));
  if (at) panel.querySelector(`a[href="${CSS.escape(at)}"]`)?.focus();
}

// To the field itself: a text editor stands in for the one that the address names.
function go(event) {
  const link = event.target.closest("a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  const editor = field?.matches("textarea") && field.closest(".form-row")?.querySelector("[contenteditable=true]");
  const place = editor || field;
  if (!place?.matches("input, select, textarea, [contenteditable=true]")) return;
  event.preventDefault();
  place.focus();
  place.scrollIntoView({ block: "center" });
}

if (form && panel) {
  for (const kind of ["input", "change", "keyup", "click"]) {
    // On the document: the lists to choose a card or a source from stand outside the form.
    document.addEventListener(kind, () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MS);
    });
  }
  panel.addEventListener("click", go);
}
