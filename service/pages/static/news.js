// Tells of a new edition while the page is open, and of figures that could not be refreshed.
const root = new URL("../", import.meta.url).href;

export function follow() {
  // After the load: an open stream would keep the page from counting as loaded.
  const start = () => setTimeout(() => { stream(); stale(); }, 500);
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start, { once: true });
}

async function stream() {
  // Asked once first: where there is no database of events, a stream would be tried for ever.
  const there = await fetch(`${root}v1/events`, { headers: { accept: "application/json" } }).catch(() => null);
  if (!there?.ok) return;
  const source = new EventSource(`${root}v1/events`);
  source.addEventListener("edition.published", (event) => {
    const { edition } = JSON.parse(event.data).data;
    if (edition && edition !== document.body.dataset.edition) announce(edition);
  });
}

// It is told of once this server answers from it, which is some seconds later; one that it cannot serve is not.
async function announce(edition, tries = 30) {
  const latest = await fetch(`${root}v1/editions/latest`, { cache: "no-store" })
    .then((answer) => answer.json()).catch(() => null);
  if (latest?.id === edition) tell(edition);
  else if (tries > 1) setTimeout(() => announce(edition, tries - 1), 2000);
}

function tell(edition) {
  const toast = document.getElementById("toast");
  const link = document.createElement("a");
  const address = new URL(location.href);
  address.searchParams.delete("edition");
  address.searchParams.delete("issued_before");
  link.href = address.href;
  link.textContent = "Show it";
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Not now";
  close.addEventListener("click", () => { toast.hidden = true; });
  toast.replaceChildren(`A new edition is out: ${edition}. `, link, " ", close);
  toast.hidden = false;
}

async function stale() {
  const ready = await fetch(`${root}readyz`).then((answer) => answer.json()).catch(() => null);
  if (!ready?.stale) return;
  const banner = document.getElementById("stale");
  banner.textContent = `The figures may be old: ${ready.stale}`;
  banner.hidden = false;
}
