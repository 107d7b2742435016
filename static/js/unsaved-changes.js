// Leaving a form with unsaved changes asks first. Text editors write into hidden fields of the form.
const form = document.querySelector("#content-main form[id]");
let leaving = false;

function state() {
  const data = new FormData(form);
  data.delete("csrfmiddlewaretoken");
  return JSON.stringify([...data].map(([name, value]) => [name, typeof value === "string" ? value : value.name]));
}

if (form) {
  // The text editors tidy their fields when they start, which is nobody's change.
  let before = state();
  const start = Date.now();
  form.addEventListener("focusin", () => { if (Date.now() - start < 3000) before = state(); }, { once: true });
  // A form that came back with errors holds changes that are not saved.
  if (document.querySelector(".errornote")) before = "";
  form.addEventListener("submit", (event) => { leaving = !event.submitter?.hasAttribute("data-keeps-changes"); });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && state() !== before) event.preventDefault();
  });
}
