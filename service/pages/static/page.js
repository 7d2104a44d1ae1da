// The page: reads the answer of the API and draws it. The view is the URL's query, so it can be linked.
import { Problem, bandCell, byId, element, embed, link, number, read, scaleOf } from "./common.js";
import { hideComparison, loadComparison, redrawComparison, showComparison } from "./comparison.js";

const form = document.querySelector("#pickers");
const DEFAULTS = { region: "US", layer: "power", demand: "wanted", scenario: "base", freq: "A" };
const DARK = window.matchMedia("(prefers-color-scheme: dark)");
const AXIS_ROOM = 58; // pixels left of a panel for its axis
let turn = 0; // a later view overtakes an earlier one that is still loading
let drawn = null; // the specification on screen, for redrawing at another width

function view() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(Object.entries(DEFAULTS).map(([name, usual]) => [name, query.get(name) || usual]));
}

function fill(name, options) {
  form.elements[name].replaceChildren(...options.map(([value, text]) => element("option", text, { value })));
}

async function fillPickers() {
  const [regions, layers, scenarios] = await Promise.all([
    read("v1/regions?limit=1000"), read("v1/layers"), read("v1/scenarios"),
  ]);
  const ordered = (name, items, key) => {
    const order = form.elements[name].dataset.order.split(" ");
    return [...items].sort((a, b) => order.indexOf(a[key]) - order.indexOf(b[key]));
  };
  const answered = ordered("region", regions.items.filter((item) => item.answered), "code");
  fill("region", answered.map((item) => [item.code, item.name]));
  const names = { firm: "Firm capacity" };
  fill("layer", ordered("layer", layers.items, "layer").map((item) => {
    const name = names[item.layer] ?? item.layer[0].toUpperCase() + item.layer.slice(1);
    return [item.layer, `${name} (${item.unit})`];
  }));
  scenarios.items.sort((a, b) => (b.scenario === "base") - (a.scenario === "base"));
  fill("scenario", scenarios.items.map((item) => [item.scenario, item.title ?? item.scenario]));
}

function label(period, freq) {
  const [year, month] = period.split("-");
  return freq === "Q" ? `${year} Q${(Number(month) + 2) / 3}` : year;
}

const text = (value, write) => element("td", value === null ? "–" : write(value));
const percent = (share) => `${(100 * share).toFixed(0)} %`;

// What binds, the likeliest first; a share under half a percent is left out.
function binding(point) {
  const shares = Object.entries(point.binding ?? {}).filter(([, share]) => share >= 0.005);
  const ranked = shares.sort(([, one], [, other]) => other - one).map(([name, share]) => `${name} ${percent(share)}`);
  return element("td", ranked.join(", ") || "–", { class: "words" });
}

// Columns of the table: head, cell of a point, and which points have one (all where it is left out).
const COLUMNS = [
  ["Demand", (point, divisor) => bandCell(point.demand, divisor)],
  ["Expected", (point, divisor) => bandCell(point.expected, divisor), (point) => point.expected],
  ["Deliverable supply", (point, divisor) => bandCell(point.supply, divisor)],
  ["Gap", (point, divisor) => bandCell(point.gap, divisor)],
  ["P(short)", (point) => text(point.p_short, (value) => value.toFixed(2))],
  ["Expected shortfall", (point, divisor) => text(point.expected_shortfall, (value) => number(value, divisor))],
  ["Model error", (point) => text(point.model_error_share, percent)],
  ["Stranded", (point, divisor) => bandCell(point.stranded, divisor), (point) => point.stranded],
  ["Vacant", (point, divisor) => bandCell(point.vacant, divisor), (point) => point.vacant],
  ["What binds", binding, (point) => point.binding],
  ["Growth of generation", (point, divisor) => bandCell(point.growth?.generation, divisor), (point) => point.growth],
  ["Growth of data centers", (point, divisor) => bandCell(point.growth?.data_centers, divisor), (point) => point.growth],
  ...["shipped", "retired", "used"].map((name) => [
    name[0].toUpperCase() + name.slice(1), (point, divisor) => bandCell(point.stock?.[name], divisor), (point) => point.stock,
  ]),
];

function showTable(answer) {
  const table = byId("table");
  byId("numbers").hidden = answer.points.length === 0;
  const { divisor, unit } = scaleOf(answer.unit, answer.points.flatMap((point) => Object.values(point.demand)));
  const columns = COLUMNS.filter(([, , present]) => !present || answer.points.some(present));
  const row = element("tr");
  row.append(...["Period", ...columns.map(([text]) => text)].map((text) => element("th", text, { scope: "col" })));
  const head = element("thead");
  head.append(row);
  const body = element("tbody");
  for (const point of answer.points) {
    const line = element("tr");
    line.append(element("th", label(point.period, answer.freq), { scope: "row" }));
    line.append(...columns.map(([, cell]) => cell(point, divisor)));
    body.append(line);
  }
  table.replaceChildren(element("caption", `Medians in ${unit}; 80 % band below each`), head, body);
}

const DIRECTION = { 1: "tighter", 0: "unchanged", "-1": "looser" };

// Figures beside an answer as sentences: what the market tells, and what is known where nothing is drawn.
function told(answer) {
  const said = (figure) => `${figure.series_id}: ${figure.value} ${figure.unit.replaceAll("_", " ")}, `
    + `${label(figure.period, figure.freq)} (${figure.source_id}${figure.published ? `, ${figure.published}` : ""})`;
  const readings = (answer.tightness?.readings ?? []).map((reading) => {
    const direction = DIRECTION[reading.direction] ?? "no direction";
    return `Market, ${reading.about.replaceAll("_", " ")}: ${said(reading)}, ${direction}${reading.counts ? "" : ", not in the index"}.`;
  });
  const known = answer.points.length ? [] : answer.figures.map((figure) => `Known: ${said(figure)}.`);
  const old = answer.drivers.filter((driver) => driver.stale).map((driver) =>
    `Stale: ${driver.series_id} ends with ${driver.period}, ${driver.age_days} days before the day of the figures.`);
  return [...old, ...readings, ...known];
}

function showList(id, entries, empty) {
  byId(id).replaceChildren(...(entries.length ? entries : [empty]).map((text) => element("li", text)));
}

function showAnswer(answer, headline, query) {
  const [first, ...others] = headline.sentences;
  byId("headline").textContent = first;
  byId("sentences").replaceChildren(...others.map((sentence) => element("p", sentence)));
  byId("evidence").textContent = headline.evidence ?? "";
  byId("headline").classList.remove("fault");
  const chips = [answer.status, answer.confidence ? `evidence: ${answer.confidence}` : null,
    `unit: ${answer.unit}, ${answer.unit_kind.replaceAll("_", " ").replace("8bit", "8-bit")}`, `demand: ${answer.demand_concept}`,
    `scenario: ${answer.scenario}`,
    answer.first_likely_short ? `first likely short: ${label(answer.first_likely_short, answer.freq)}` : null];
  byId("state").replaceChildren(...chips.filter(Boolean).map((chip) => element("span", chip)));
  showTable(answer);
  const notes = answer.reason && answer.points.length ? [answer.reason, ...answer.notes] : answer.notes;
  showList("notes", [...notes, ...told(answer)], "None.");
  showList("sources", answer.sources, "None: no figures carry this cell.");
  byId("edition").textContent = `Edition ${answer.edition}, issued ${answer.issued.slice(0, 10)}, data as of ${answer.data_as_of}`;
  byId("json").href = link(`v1/gaps?${query}`);
  byId("spec").href = link(`v1/charts/gap?${query}`);
}

async function draw() {
  const target = byId("chart");
  byId("bands").hidden = !drawn;
  if (drawn) await embed(target, byId("chart-state"), drawn, AXIS_ROOM);
  else { target.replaceChildren(); byId("chart-state").hidden = true; }
}

async function show() {
  const mine = ++turn;
  const wanted = view();
  for (const [name, value] of Object.entries(wanted)) form.elements[name].value = value;
  const query = new URLSearchParams(wanted).toString();
  const theme = DARK.matches ? "dark" : "light";
  try {
    const [answer, headline, chart, beside] = await Promise.all([
      read(`v1/gaps?${query}`), read(`v1/headlines?${query}`), read(`v1/charts/gap?${query}&theme=${theme}`),
      loadComparison(wanted, theme),
    ]);
    if (mine !== turn) return;
    showAnswer(answer, headline, query);
    drawn = answer.points.length ? chart : null;
    await showComparison(beside);
    if (mine !== turn) return;
  } catch (error) {
    if (mine !== turn) return;
    fault(error);
    drawn = null;
  }
  await draw();
}

function fault(error) {
  console.error(error);
  byId("headline").textContent = error instanceof Problem ? error.message : "The server cannot be reached.";
  byId("headline").classList.add("fault");
  byId("evidence").textContent = "";
  byId("sentences").replaceChildren();
  byId("state").replaceChildren();
  byId("numbers").hidden = true;
  hideComparison();
}

form.addEventListener("change", () => {
  const query = new URLSearchParams(new FormData(form));
  history.pushState(null, "", `?${query}`);
  show();
});
form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("popstate", show);
DARK.addEventListener("change", show);

let waiting;
let lastWidth = 0;
new ResizeObserver(([entry]) => {
  const width = Math.round(entry.contentRect.width);
  if (width === lastWidth || width === 0) return;
  lastWidth = width;
  clearTimeout(waiting);
  waiting = setTimeout(() => { if (drawn) draw(); redrawComparison(); }, 150);
}).observe(document.querySelector("main"));

try {
  await fillPickers();
  await show();
} catch (error) {
  fault(error);
}
