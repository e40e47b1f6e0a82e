/** The map sheet: renders the chosen place at an exact scale, with legend, bar and releases. */

import { askJson } from "guotu/ask.js";
import { addLayers, classesOnScreen, classItem, cutsDrawn } from "guotu/layers.js";
import { makeMap } from "guotu/map.js";
import { sample } from "guotu/marks.js";
import { recall } from "guotu/memory.js";
import { drawOverlay } from "guotu/overlay.js";
import { t } from "guotu/words.js";

const METRES_PER_CSS_PIXEL = 0.0254 / 96;
const SEMI_MAJOR_M = 6378137;
const ECCENTRICITY2 = 0.0066943800229;
const TILE_PX = 512;

const room = document.getElementById("print-map");
const scale = Number(room.dataset.scale);
const lat = (Number(room.dataset.lat) * Math.PI) / 180;

/**
 * Web Mercator stretches north and east differently on the ellipsoid (0.5 % at 28 degrees): the
 * zoom makes east exact, and a stretch of the drawing makes north exact too.
 */
const root = Math.sqrt(1 - ECCENTRICITY2 * Math.sin(lat) ** 2);
const primeVertical_m = SEMI_MAJOR_M / root;
const meridian_m = (SEMI_MAJOR_M * (1 - ECCENTRICITY2)) / root ** 3;
const stretch = meridian_m / primeVertical_m;
const zoom = Math.log2(
  (2 * Math.PI * primeVertical_m * Math.cos(lat)) / (TILE_PX * scale * METRES_PER_CSS_PIXEL),
);

Object.assign(room.dataset, { zoom, stretch });

const told = await askJson(room.dataset.layersUrl);
const inner = document.createElement("div");
inner.style.width = `${room.clientWidth}px`;
inner.style.height = `${room.clientHeight / stretch}px`;
inner.style.transform = `scaleY(${stretch})`;
room.prepend(inner);
const map = await makeMap(inner, null, {
  center: [Number(room.dataset.lon), Number(room.dataset.lat)],
  zoom,
  bounds: undefined,
  hash: false,
  interactive: false,
  pixelRatio: 2,
  fadeDuration: 0,
  canvasContextAttributes: { preserveDrawingBuffer: true },
});
const chosen = recall("layers", {});
await cutsDrawn(told.layers);
const drawn = addLayers(map, told.layers, (layer) => chosen[layer.layer]?.shown ?? layer.shown);
if (room.dataset.overlayUrl) await drawOverlay(map, room.dataset.overlayUrl);
map.once("idle", () => {
  legend();
  bar();
  document.body.dataset.ready = "yes";
});
document.getElementById("print-now").addEventListener("click", () => window.print());

function legend() {
  const list = document.getElementById("print-legend");
  const ids = drawn
    .flatMap((layer) => layer.style.map((spec) => spec.id))
    .filter((id) => map.getLayoutProperty(id, "visibility") !== "none");
  const here = new Set(map.queryRenderedFeatures({ layers: ids }).map((feature) => feature.source));
  const shown = drawn.filter((layer) => here.has(layer.layer));
  for (const layer of [...shown].reverse()) {
    if (layer.swatch.by)
      list.append(...classesOnScreen(map, layer).map((item) => classItem(layer, item)));
    else list.append(named(layer));
  }
  document.getElementById("print-releases").textContent = shown
    .map((layer) => `${layer.title} ${layer.release}`)
    .join(t("；"));
}

function named(layer) {
  const line = document.createElement("li");
  const words = document.createElement("span");
  words.textContent = layer.title;
  line.append(sample(layer.swatch), words);
  return line;
}

function bar() {
  // A round length of about 4 cm on the paper.
  const about = 0.04 * scale;
  const unit = 10 ** Math.floor(Math.log10(about));
  const length_m = [5, 2, 1].map((step) => step * unit).find((step) => step <= about);
  document.getElementById("print-bar").style.width = `${(length_m / scale) * 1000}mm`;
  document.getElementById("print-bar-length").textContent = t("{length} 米", { length: length_m });
}
