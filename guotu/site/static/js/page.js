/** Starts what a page has: search, tabs and border on each, the map where there is one. */

import "htmx";
import { startDay } from "guotu/day.js";
import { startLife } from "guotu/life.js";
import { startSearch } from "guotu/search.js";
import { startSplit } from "guotu/split.js";

startSplit();
startSearch();
startDay();
startLife();
if (document.getElementById("map")) {
  const { startMap } = await import("guotu/start.js");
  await startMap(document.getElementById("map"));
}
