/** Starts what a page has: search, tabs and border on each, the map where there is one. */

import "htmx";
import { startBusy } from "guotu/busy.js";
import { startDates } from "guotu/dates.js";
import { startDay } from "guotu/day.js";
import { startDrafts } from "guotu/drafts.js";
import { startLife } from "guotu/life.js";
import { startSearch } from "guotu/search.js";
import { startSplit } from "guotu/split.js";
import { startUpload } from "guotu/upload.js";

startSplit();
startSearch();
startBusy();
startDay();
startDates();
startDrafts();
startLife();
startUpload();
const drawing = document.getElementById("drawing");
if (drawing) {
  const { startDiagram } = await import("guotu/diagram.js");
  startDiagram(drawing);
}
if (document.getElementById("map")) {
  const { startMap } = await import("guotu/start.js");
  await startMap(document.getElementById("map"));
}
