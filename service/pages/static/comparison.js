// The section that sets our demand beside what others published: a chart, what differs and why, and every figure.
import { bandCell, byId, element, embed, link, number, read, scaleOf } from "./common.js";

const AXIS_ROOM = 24; // pixels of padding beside a panel without a vertical axis
const FAMILIES = { equipment: "models of equipment", announced: "counters of announced projects" };
let drawn = null; // the specification on screen, for redrawing at another width

export async function loadComparison(wanted, theme) {
  const { region, layer, scenario } = wanted;
  const query = new URLSearchParams({ region, layer, scenario }).toString();
  const [answer, chart] = await Promise.all([
    read(`v1/comparisons?${query}`), read(`v1/charts/comparison?${query}&theme=${theme}`),
  ]);
  return { answer, chart, query };
}

export async function showComparison(found) {
  const { answer, chart, query } = found;
  const points = answer.points.filter((point) => point.published.length);
  byId("beside").hidden = points.length === 0;
  drawn = points.some((point) => point.published.some((item) => item.converted)) ? chart : null;
  if (!points.length) return;
  byId("beside-json").href = link(`v1/comparisons?${query}`);
  byId("beside-spec").href = link(`v1/charts/comparison?${query}`);
  byId("every-figure").open = drawn === null; // with nothing to draw, the figures are what there is to see
  showDifferences(points);
  showFigures(answer, points);
  await redrawComparison();
}

export function hideComparison() {
  byId("beside").hidden = true;
  drawn = null;
}

export async function redrawComparison() {
  const target = byId("beside-chart");
  if (drawn) await embed(target, byId("beside-state"), drawn, AXIS_ROOM);
  else { target.replaceChildren(); target.hidden = true; }
}

function showDifferences(points) {
  const apart = points.flatMap((point) => point.pools.filter((pool) => pool.side).map((pool) => {
    const year = point.period.slice(0, 4);
    const ratio = `ours ${pool.reading} is ${pool.ratio.toFixed(2)} times the median of ${FAMILIES[pool.family]} (${pool.publishers.join(", ")})`;
    return `${year}: ${ratio}. ${pool.reason ?? point.facts.join(" ")}`;
  }));
  const pooled = points.some((point) => point.pools.length);
  const within = pooled ? "Ours lies within 25 % of every pool." : "No published figure counts what this layer counts.";
  byId("differences").replaceChildren(...(apart.length ? apart : [within]).map((text) => element("li", text)));
}

function printed(item) {
  const { value, low, high, unit } = item.printed;
  const range = low === null && high === null ? "" : `${number(low ?? high)} to ${number(high ?? low)}`;
  return `${value === null ? range : number(value)} ${unit}`;
}

function showFigures(answer, points) {
  const largest = points.flatMap((point) => [...Object.values(point.ours).flatMap(Object.values), ...point.published.map((item) => item.converted?.["0.9"] ?? 0)]);
  const { divisor, unit } = scaleOf(answer.unit, largest);
  const row = element("tr");
  const heads = ["Period", "Who", "As printed", "Converted", "Over our median", "Share of our draws below", "Note"];
  row.append(...heads.map((text) => element("th", text, { scope: "col" })));
  const head = element("thead");
  head.append(row);
  const body = element("tbody");
  for (const point of points) {
    for (const [reading, band] of Object.entries(point.ours)) {
      const ours = element("tr");
      ours.append(element("th", point.period.slice(0, 4), { scope: "row" }), element("td", `Headroom, ${reading}`, { class: "words" }));
      ours.append(element("td", "–"), bandCell(band, divisor), element("td", "1"), element("td", "0.50"), element("td", ""));
      body.append(ours);
    }
    for (const item of point.published) {
      const line = element("tr");
      const who = `${item.publisher}, ${item.edition}${item.what ? `: ${item.what}` : ""}`;
      line.append(element("th", point.period.slice(0, 4), { scope: "row" }), element("td", who, { class: "words" }));
      line.append(element("td", `${printed(item)}${["other", "requested"].includes(item.kind) && item.what ? "" : ` (${item.kind})`}`));
      line.append(bandCell(item.converted, divisor));
      line.append(element("td", item.ratio === null ? "–" : `${item.ratio.toFixed(2)} (${item.reading})`));
      line.append(element("td", item.position === null ? "–" : item.position.toFixed(2)));
      line.append(element("td", item.pooled ? `In the pool of ${FAMILIES[item.family]}.` : item.why, { class: "words" }));
      body.append(line);
    }
  }
  byId("figures").replaceChildren(element("caption", `Medians in ${unit}; 80 % band below each`), head, body);
}
