// The page: reads the answer of the API and draws it. The view is the URL's query, so it can be linked.
import { Problem, bandCell, byId, element, embed, link, number, read, scaleOf } from "./common.js";
import { hideComparison, loadComparison, redrawComparison, showComparison } from "./comparison.js";

const form = document.querySelector("#pickers");
const DEFAULTS = { region: "US", layer: "power", demand: "equipment", scenario: "base", freq: "A" };
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

function showTable(answer) {
  const table = byId("table");
  byId("numbers").hidden = answer.points.length === 0;
  const { divisor, unit } = scaleOf(answer.unit, answer.points.flatMap((point) => Object.values(point.demand)));
  const share = answer.points.some((point) => point.share_of_growth);
  const heads = ["Period", "Demand", "Deliverable supply", "Gap", "P(short)", "Expected shortfall"];
  if (share) heads.push("Share of growth");
  const stock = answer.points.some((point) => point.stock);
  if (stock) heads.push("Shipped", "Retired", "Used");
  const row = element("tr");
  row.append(...heads.map((text) => element("th", text, { scope: "col" })));
  const head = element("thead");
  head.append(row);
  const body = element("tbody");
  for (const point of answer.points) {
    const line = element("tr");
    const mark = point.floor?.binds ? " †" : "";
    line.append(element("th", label(point.period, answer.freq) + mark, { scope: "row" }));
    line.append(...[point.demand, point.supply, point.gap].map((band) => bandCell(band, divisor)));
    line.append(element("td", point.p_short === null ? "–" : point.p_short.toFixed(2)));
    line.append(element("td", point.expected_shortfall === null ? "–" : number(point.expected_shortfall, divisor)));
    if (share) line.append(bandCell(point.share_of_growth, 0.01, " %"));
    if (stock) line.append(...["shipped", "retired", "used"].map((name) => bandCell(point.stock?.[name], divisor)));
    body.append(line);
  }
  table.replaceChildren(element("caption", `Medians in ${unit}; 80 % band below each`), head, body);
  const bound = answer.points.find((point) => point.floor?.binds);
  byId("floor").textContent = bound
    ? `† The least width taken from experts' past errors (${bound.floor.name}) sets the demand band here.` : "";
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
  byId("headline").textContent = headline.text;
  byId("evidence").textContent = headline.evidence ?? "";
  byId("headline").classList.remove("fault");
  const chips = [answer.status, answer.confidence ? `evidence: ${answer.confidence}` : null,
    `unit: ${answer.unit}, ${answer.unit_kind.replaceAll("_", " ").replace("8bit", "8-bit")}`, `demand: ${answer.demand_concept}`,
    `scenario: ${answer.scenario}`];
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
