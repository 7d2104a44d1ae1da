// What every part of the page needs: reading the API, making elements, writing numbers, drawing a specification.
export class Problem extends Error {}

export const byId = (id) => document.getElementById(id);

// Paths are read from where this file lies, so that a path prefix of a proxy needs no telling.
export const link = (path) => new URL(`../${path}`, import.meta.url).href;

export async function read(path) {
  const response = await fetch(link(path), { headers: { accept: "application/json" } });
  const body = await response.json();
  if (!response.ok) throw new Problem(body.detail ?? `The server answered ${response.status}.`);
  return body;
}

export function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function scaleOf(unit, values) {
  const largest = Math.max(0, ...values);
  if (unit === "H100e" && largest >= 1e6) return { divisor: 1e6, unit: "million H100e" };
  if (unit === "H100e" && largest >= 1e3) return { divisor: 1e3, unit: "thousand H100e" };
  return { divisor: 1, unit };
}

export function number(value, divisor = 1) {
  const scaled = value / divisor;
  const size = Math.abs(scaled);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return scaled.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−");
}

export function bandCell(band, divisor, suffix = "") {
  const cell = element("td");
  if (!band) { cell.textContent = "–"; return cell; }
  cell.append(`${number(band["0.5"], divisor)}${suffix}`);
  cell.append(element("small", `${number(band["0.1"], divisor)} to ${number(band["0.9"], divisor)}${suffix}`));
  return cell;
}

let library;
function vega() {
  library ??= import("../assets/vega.js").then(() => window.vegaEmbed);
  return library;
}

// Draws panels as wide as their place; where the library is missing, the note says so instead.
export async function embed(target, note, spec, room) {
  note.hidden = true;
  target.hidden = false;
  const width = Math.max(200, target.clientWidth - room);
  const sized = { ...spec, vconcat: spec.vconcat.map((panel) => ({ ...panel, width })) };
  try {
    const draw = await vega();
    await draw(target, sized, {
      ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true },
    });
  } catch (error) {
    console.error(error);
    target.hidden = true;
    note.hidden = false;
    note.textContent = "The chart library is not there yet (headroom up writes it); the numbers are below.";
  }
}
