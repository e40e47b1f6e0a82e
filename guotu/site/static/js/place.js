/** Says where the cursor is in the county's frame, on which sheet, and at what scale one looks. */

import { askJson, latest, placed } from "guotu/ask.js";
import { t } from "guotu/words.js";

const PAUSE_MS = 160;
const METRES_PER_CSS_PIXEL = 0.0254 / 96;
const EQUATOR_M = 40075016.686;
const TILE_PX = 512;

/** Return the ratio 1:n of the map on a screen of 96 pixels an inch, at its centre. */
export function ratioOf(map) {
  const metres =
    (EQUATOR_M * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (TILE_PX * 2 ** map.getZoom());
  return metres / METRES_PER_CSS_PIXEL;
}

/** Keep the line below the map and the print link up to date. */
export function startPlace(map, container) {
  const scale = document.getElementById("map-scale");
  const xy = document.getElementById("map-xy");
  const sheet = document.getElementById("map-sheet");
  const ask = latest(async (signal, lngLat) => {
    const address = placed(container.dataset.frameUrl, lngLat);
    // Past the edge of the county's zone there is nothing to say, and nothing is said.
    const told = await askJson(address, signal).catch(() => null);
    if (signal.aborted) return;
    xy.textContent = told ? `X ${told.northing_m.toFixed(2)}  Y ${told.easting_m.toFixed(2)}` : "";
    sheet.textContent = told ? `${t("图幅")} ${told.sheets["10000"]}` : "";
  }, PAUSE_MS);
  const moved = () => {
    scale.textContent = `1:${round(ratioOf(map))}`;
    linkPrint(map);
    ask(map.getCenter());
  };
  map.on("mousemove", (event) => ask(event.lngLat));
  map.on("moveend", moved);
  moved();
}

function round(ratio) {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(ratio)) - 1);
  return (Math.round(ratio / unit) * unit).toLocaleString("en-US");
}

function linkPrint(map) {
  const link = document.getElementById("print-link");
  if (!link) return;
  const { lng, lat } = map.getCenter();
  const scales = [500, 1000, 2000, 5000, 10000];
  const ratio = ratioOf(map);
  const near = scales.reduce((best, one) =>
    Math.abs(Math.log(one / ratio)) < Math.abs(Math.log(best / ratio)) ? one : best,
  );
  const asked = new URLSearchParams({ lon: lng.toFixed(7), lat: lat.toFixed(7), scale: near });
  const overlay = document.getElementById("map-overlay")?.dataset.geojsonUrl;
  if (overlay) asked.set("overlay", overlay);
  link.href = `${link.pathname}?${asked}`;
}
