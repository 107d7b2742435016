// Type-ahead for every box with data-suggest, of places or of the site's pages: the ARIA "editable combobox
// with list autocomplete" pattern (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). Without this script
// it is a plain box.

const WAIT_MS = 120;

const status = document.createElement("p");
status.className = "visually-hidden";
status.setAttribute("role", "status");

function enhance(input) {
  const list = document.createElement("ul");
  list.id = `${input.id}-list`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  const what = input.dataset.suggests ?? "place";
  list.setAttribute("aria-label", `Names of ${what}s`);
  list.hidden = true;
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  // The browser's own list would lie over ours.
  input.autocomplete = "off";

  let timer = 0;
  let latest = 0;
  let selected = -1;

  function close() {
    list.hidden = true;
    selected = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function select(index) {
    const options = [...list.children];
    selected = (index + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === selected)));
    input.setAttribute("aria-activedescendant", options[selected].id);
    options[selected].scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    input.value = option.textContent;
    close();
    // A place is one field of a form; what to search for is all of it.
    if (input.type === "search") return input.form.requestSubmit();
    status.textContent = `${input.value} chosen`;
    input.focus();
  }

  function show(names) {
    list.replaceChildren(
      ...names.map((name, index) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = name;
        return option;
      }),
    );
    selected = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = names.length === 0;
    input.setAttribute("aria-expanded", String(names.length > 0));
    if (names.length === 0) status.textContent = `No ${what}s suggested.`;
    else if (names.length === 1) status.textContent = `1 ${what} suggested. Use the down arrow to choose it.`;
    else status.textContent = `${names.length} ${what}s suggested. Use the up and down arrows to choose.`;
  }

  async function ask() {
    const typed = input.value;
    const mine = ++latest;
    if (typed.trim().length < 2) {
      close();
      status.textContent = "";
      return;
    }
    let names;
    try {
      const response = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(typed)}`);
      if (!response.ok) return;
      [names] = Object.values(await response.json());
    } catch {
      return; // no connection: it is a plain box
    }
    // An older answer that comes late, or one for a box that was left, is of no use.
    if (mine === latest && document.activeElement === input) show(names);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      close();
      event.preventDefault();
    } else if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const down = event.key === "ArrowDown";
      select(selected === -1 ? (down ? 0 : -1) : selected + (down ? 1 : -1));
      event.preventDefault();
    } else if (event.key === "Enter" && selected >= 0) {
      take(list.children[selected]);
      event.preventDefault();
    }
  });
  input.addEventListener("blur", () => {
    latest += 1;
    close();
  });
  // On mousedown, or the box would lose the focus and close the list before the click.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
}

const boxes = document.querySelectorAll("input[data-suggest]");
boxes.forEach(enhance);
// One for all of them: only the one that has the focus has anything to say.
boxes[0]?.after(status);
