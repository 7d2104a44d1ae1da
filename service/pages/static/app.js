// What every page does beyond being read: choices swap the view in place, charts can be pointed at, news are told.
import { drawCharts } from "./chart.js";
import { follow } from "./news.js";
import { share } from "./share.js";
import { swapLinks } from "./swap.js";

function enliven(part) {
  share(part);
  drawCharts(part);
  document.dispatchEvent(new CustomEvent("enlivened"));
}

enliven(document);
swapLinks(enliven);
follow();
