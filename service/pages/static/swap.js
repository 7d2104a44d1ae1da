// Choices are links, so they work without this; with it only the view is swapped, and the rest of the page stays.
const VIEW = "#view";
let turn = 0; // a later choice overtakes an earlier one that is still loading

export function swapLinks(enliven) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (!link.closest(VIEW) || link.target || link.hasAttribute("download")) return;
    const there = new URL(link.href);
    if (there.origin !== location.origin || there.pathname !== location.pathname || there.hash) return;
    event.preventDefault();
    history.pushState(null, "", there.href);
    swap(there.href, enliven, linkText(link));
  });
  window.addEventListener("popstate", () => swap(location.href, enliven, null));
}

function linkText(link) {
  const row = link.closest(".row");
  return row ? { row: row.getAttribute("aria-label"), text: link.textContent } : null;
}

async function swap(address, enliven, chosen) {
  const mine = ++turn;
  const view = document.querySelector(VIEW);
  view.setAttribute("aria-busy", "true");
  view.querySelector(".fault")?.remove();
  try {
    const response = await fetch(address, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (mine !== turn) return;
    const next = page.querySelector(VIEW) ?? wrapped(page.querySelector("main"));
    document.title = page.title;
    view.replaceWith(next);
    focus(next, chosen);
    enliven(next);
  } catch (error) {
    if (mine !== turn) return;
    view.removeAttribute("aria-busy");
    fault(view, () => swap(address, enliven, chosen));
  }
}

// A problem has no view: what the page says instead stands in its place.
function wrapped(main) {
  const view = document.createElement("div");
  view.id = "view";
  view.append(...main.childNodes);
  return view;
}

// The keyboard stays on the choice that was made.
function focus(view, chosen) {
  if (!chosen) return;
  const rows = [...view.querySelectorAll(".row")].filter((row) => row.getAttribute("aria-label") === chosen.row);
  const link = rows.flatMap((row) => [...row.querySelectorAll("a")]).find((one) => one.textContent === chosen.text);
  link?.focus({ preventScroll: true });
}

// What is on the page is of another choice then, so it is said and taken away.
function fault(view, retry) {
  const note = document.createElement("div");
  note.className = "fault";
  note.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = "The server cannot be reached. This view could not be loaded.";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Try again";
  button.addEventListener("click", retry);
  note.append(words, button);
  const pickers = view.querySelector(".pickers");
  view.replaceChildren(...[pickers, note].filter(Boolean));
}
