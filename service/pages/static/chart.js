// Puts the chart that can be pointed at in the place of its picture, drawn from the same specification.
const DARK = window.matchMedia("(prefers-color-scheme: dark)");
const NARROW = window.matchMedia("(max-width: 560px)");
const root = new URL("../", import.meta.url).href;
let library;
const turns = new WeakMap(); // a later drawing of a figure overtakes an earlier one

function vega() {
  library ??= import(`${root}assets/vega.js`).then(() => window.vegaEmbed);
  return library;
}

export function drawCharts(part) {
  const figures = [...part.querySelectorAll("figure[data-chart]")];
  if (!figures.length) return;
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      watch.unobserve(entry.target);
      whenIdle(() => draw(entry.target));
    }
  }, { rootMargin: "200px" });
  for (const figure of figures) watch.observe(figure);
}

function whenIdle(act) {
  const soon = window.requestIdleCallback ?? ((run) => setTimeout(run, 50));
  if (document.readyState === "complete") soon(act);
  else window.addEventListener("load", () => soon(act), { once: true });
}

// Draws what is in the place of a picture; what was there before stays until then.
export async function draw(figure) {
  const turn = (turns.get(figure) ?? 0) + 1;
  turns.set(figure, turn);
  const query = `${figure.dataset.chart}&theme=${DARK.matches ? "dark" : "light"}&size=${NARROW.matches ? "narrow" : "wide"}`;
  try {
    const [embed, spec] = await Promise.all([vega(), fetch(root + query).then((answer) => answer.json())]);
    const picture = figure.querySelector("img");
    const live = document.createElement("div");
    live.className = "live";
    live.hidden = true;
    const said = document.createElement("figcaption");
    said.className = "said";
    said.setAttribute("aria-live", "polite");
    said.textContent = "Point at the chart, or use Tab to go through the forecasts of others.";
    figure.append(live);
    await embed(live, spec, {
      ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true },
    });
    if (turns.get(figure) !== turn) {
      live.remove();
      return;
    }
    const drawn = live.querySelector("svg");
    drawn.setAttribute("viewBox", `0 0 ${drawn.getAttribute("width")} ${drawn.getAttribute("height")}`);
    drawn.setAttribute("width", "100%");
    drawn.removeAttribute("height");
    drawn.setAttribute("role", "group");
    drawn.setAttribute("aria-label", picture.alt);
    for (const part of figure.querySelectorAll(".live, .said")) if (part !== live) part.remove();
    live.hidden = false;
    figure.classList.add("drawn");
    const named = points(drawn, said);
    if (named) figure.append(said);
  } catch (error) {
    if (turns.get(figure) !== turn) return;
    // The picture stays, and it shows the same.
    figure.querySelectorAll(".live, .said").forEach((part) => part.remove());
    figure.classList.remove("drawn");
    console.info("the chart stays a picture:", error.message);
  }
}

// Forecasts of others can be reached by keyboard; what one says is told below the chart.
function points(drawn, said) {
  const marks = drawn.querySelectorAll("g.others_marks path, g[class*=others] path");
  for (const mark of marks) {
    const text = mark.getAttribute("aria-label");
    if (!text) continue;
    mark.setAttribute("tabindex", "0");
    mark.setAttribute("role", "img");
    const words = text.split("; ").filter((item) => /^(Who|Says|Kind):/.test(item)).map((item) => item.replace(/^\w+: /, ""));
    mark.setAttribute("aria-label", words.join(", "));
    for (const kind of ["focus", "mouseenter"]) mark.addEventListener(kind, () => { said.textContent = words.join(", "); });
  }
  return marks.length > 0;
}

for (const medium of [DARK, NARROW]) {
  medium.addEventListener("change", () => {
    for (const figure of document.querySelectorAll("figure.drawn")) {
      figure.classList.remove("drawn");
      figure.querySelectorAll(".live, .said").forEach((part) => part.remove());
      draw(figure);
    }
  });
}
