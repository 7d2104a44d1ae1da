// Levers that answer as they move: a preview first, then all futures, then where the difference comes from. What is shown
// is a part of the page that the server makes, so numbers and words are the same with and without a script.
import { draw } from "./chart.js";
import { share } from "./share.js";

const MOVED = ["answer", "pickers", "compared", "numbers"]; // what a lever changes, by its id
const IDLE = 600; // milliseconds without a move, after which the parts that take longer are worked out
const AGAIN = 400; // milliseconds until it is looked again after what takes longer
let controller = null; // of what is under way
let previewing = false; // a preview is on its way: a later move waits for it, so that a drag asks for one at a time
let moved = false; // a lever was moved meanwhile
let timer = 0;

const form = () => document.getElementById("levers");
const sliders = () => [...form().querySelectorAll("input[type=range]")];

// The address of the view, with every lever that is set apart from its base value.
function address(extra = {}) {
  const there = new URL(location.href);
  const settings = sliders().filter((one) => Number(one.value) !== Number(one.dataset.base)).map((one) => `${one.name}:${Number(one.value)}`);
  there.hash = "";
  for (const one of sliders()) there.searchParams.delete(one.name);
  for (const name of ["levers", "draws", "part", "why", "target", "take", "beside", "figure"]) there.searchParams.delete(name);
  if (settings.length) there.searchParams.set("levers", settings.join(","));
  for (const [name, value] of Object.entries(extra)) there.searchParams.set(name, value);
  return there.href;
}

document.addEventListener("input", (event) => {
  const slider = event.target.closest?.("#levers input[type=range]");
  if (!slider) return;
  say(slider);
  move();
});

// What the slider says, before any answer.
function say(slider) {
  const output = slider.closest(".lever").querySelector("output");
  output.textContent = `${Number(slider.value)} ${output.dataset.unit}`;
  slider.setAttribute("aria-valuetext", `${output.textContent}, as forecast ${slider.dataset.base}`);
}

function move() {
  clearTimeout(timer);
  history.replaceState(history.state, "", address());
  busy("answer", true);
  if (previewing) {
    moved = true;
    return;
  }
  controller?.abort();
  controller = new AbortController();
  preview(controller.signal);
}

async function preview(signal) {
  previewing = true;
  moved = false;
  let state;
  try {
    state = await show(address({ part: "answer", draws: "preview" }), signal);
  } catch (error) {
    previewing = false;
    fault(error, signal, move);
    return;
  }
  previewing = false;
  if (moved) move();
  else if (state === "done") later(signal);
  else settle(signal);
}

async function settle(signal) {
  try {
    const state = await show(address({ part: "answer" }), signal);
    if (state === "done") later(signal);
    else if (state !== "fault") timer = setTimeout(() => settle(signal), AGAIN);
  } catch (error) {
    fault(error, signal, move);
  }
}

// Where the difference comes from is asked for once levers rest.
function later(signal) {
  const part = document.getElementById("why");
  if (!part?.hasAttribute("data-wanted")) return;
  busy("why", true);
  timer = setTimeout(async () => {
    try {
      const page = await fetched(address({ part: "why", why: "yes" }), signal);
      swap(page, ["why"]);
      grey(page);
      if (page.querySelector("#why .settling")) later(signal);
    } catch (error) {
      fault(error, signal, () => later(signal), "why");
    }
  }, IDLE);
}

async function fetched(there, signal) {
  const response = await fetch(there, { signal, headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!page.getElementById("answer")) throw new Error(page.querySelector("main p")?.textContent ?? response.statusText);
  return page;
}

async function show(there, signal) {
  const page = await fetched(there, signal);
  swap(page, MOVED);
  grey(page);
  chart(page);
  const { state } = document.getElementById("answer").dataset;
  document.title = page.title;
  document.getElementById("reset").hidden = page.getElementById("reset")?.hidden ?? false;
  return state;
}

function swap(page, names) {
  for (const name of names) {
    const next = page.getElementById(name);
    const here = document.getElementById(name);
    if (!next || !here) continue;
    const open = [...here.querySelectorAll("details")].map((one) => one.open);
    const inside = here.contains(document.activeElement);
    here.replaceWith(next);
    next.querySelectorAll("details").forEach((one, place) => { one.open = open[place] ?? one.open; });
    if (inside) next.querySelector("a, button, input")?.focus({ preventScroll: true });
    enliven(next);
  }
}

function enliven(part) {
  share(part);
  for (const one of part.querySelectorAll(".origin")) {
    one.textContent = new URL(document.body.dataset.root, location.href).href.split("?")[0].replace(/\/$/, "");
  }
}

// Levers that do not affect the layer, as soon as that is known.
function grey(page) {
  for (const next of page.querySelectorAll(".lever")) {
    const here = form().querySelector(`[data-lever="${next.dataset.lever}"]`);
    const off = next.classList.contains("off");
    here.classList.toggle("off", off);
    here.querySelector("input").disabled = off;
    here.querySelector(".still").hidden = !off;
  }
}

// The chart is drawn anew from its specification; where that fails, the picture of the same takes its place.
async function chart(page) {
  const next = page.querySelector("#figure figure");
  const here = document.querySelector("#figure figure");
  if (!next || !here || next.dataset.chart === here.dataset.chart) return;
  here.dataset.chart = next.dataset.chart;
  here.querySelector("img").alt = next.querySelector("img").alt;
  if (here.classList.contains("drawn")) await draw(here);
  if (!here.classList.contains("drawn")) here.querySelector("picture").replaceWith(next.querySelector("picture"));
}

function busy(name, on) {
  document.getElementById(name)?.setAttribute("aria-busy", String(on));
  if (name !== "answer") return;
  const note = document.querySelector("#answer .settling");
  if (note && on) note.textContent = "Settling…";
}

// What stands there is of another setting then, so it is said and taken away.
function fault(error, signal, retry, name = "answer") {
  if (signal.aborted) return;
  const part = document.getElementById(name);
  const note = document.createElement("div");
  note.className = "fault";
  note.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = `This setting could not be worked out: ${error.message}.`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Try again";
  button.addEventListener("click", () => { note.remove(); retry(); });
  note.append(words, button);
  part.querySelectorAll(".fault, .lead, table").forEach((one) => one.remove());
  part.querySelector(".settling")?.replaceChildren();
  part.append(note);
  busy(name, false);
  if (name === "answer") document.querySelector("#compared .scroll")?.remove();
}

document.addEventListener("submit", async (event) => {
  if (event.target === form()) {
    event.preventDefault();
    move();
    return;
  }
  if (!event.target.matches("[data-takes]")) return;
  event.preventDefault();
  const fields = ["target", "take", "beside", "figure"];
  const asked = Object.fromEntries([...new FormData(event.target)].filter(([name, value]) => fields.includes(name) && value));
  takes(asked);
});

async function takes(asked) {
  controller ??= new AbortController();
  const { signal } = controller;
  busy("takes", true);
  try {
    const page = await fetched(address({ ...asked, part: "takes" }), signal);
    swap(page, ["takes"]);
    if (page.querySelector("#takes .settling")) setTimeout(() => takes(asked), AGAIN);
  } catch (error) {
    if (signal.aborted) busy("takes", false);
    else fault(error, signal, () => takes(asked), "takes");
  }
}

// A view that was loaded or swapped as a whole: what it leaves open is worked out.
function begin() {
  const answer = document.getElementById("answer");
  controller?.abort();
  clearTimeout(timer);
  previewing = false;
  if (!answer || !form()) return;
  form().querySelector(".plain").hidden = true;
  enliven(answer.parentElement);
  controller = new AbortController();
  if (answer.dataset.state === "done") later(controller.signal);
  else if (answer.dataset.state !== "fault") settle(controller.signal);
}

document.addEventListener("enlivened", begin);
begin();
