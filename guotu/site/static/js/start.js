/** Puts the map page together: the map, its layers, and everything one can do on it. */

import { startDraw } from "guotu/draw.js";
import { startDrop } from "guotu/drop.js";
import { startFacts } from "guotu/facts.js";
import { cutsDrawn, startLayers } from "guotu/layers.js";
import { makeMap } from "guotu/map.js";
import { startMeasure } from "guotu/measure.js";
import { startNewCase } from "guotu/newcase.js";
import { startOverlay } from "guotu/overlay.js";
import { startPlace } from "guotu/place.js";
import { startPoints } from "guotu/points.js";
import { takeMapForSearch } from "guotu/search.js";
import { say, startTools } from "guotu/tools.js";
import { t } from "guotu/words.js";

/** Start the map in `container`; a failure is said on the page and nothing else breaks. */
export async function startMap(container) {
  const wait = document.getElementById("map-wait");
  try {
    const answer = await fetch(container.dataset.layersUrl, {
      headers: { Accept: "application/json" },
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.what || answer.statusText);
    const map = await makeMap(container, told.bounds);
    const tools = startTools(map, told.bounds);
    await cutsDrawn(told.layers);
    startLayers(map, told.layers);
    startPlace(map, container);
    startMeasure(map, container, tools);
    startDraw(map, container, tools);
    startFacts(map, container);
    startDrop();
    takeMapForSearch(map);
    await startOverlay(map);
    startPoints(map);
    startNewCase(map);
    map.once("idle", () => {
      container.dataset.drawn = "yes";
    });
    wait.hidden = true;
  } catch (fault) {
    wait.textContent = t("地图没有打开：{why}", { why: fault.message });
    say("");
  }
}
