/** The layers on the map and in the list: shown or not, how dense, and what is on the screen. */

import { remember, recall } from "guotu/memory.js";
import { sample } from "guotu/marks.js";

const OPACITY = {
  fill: ["fill-opacity"],
  line: ["line-opacity"],
  symbol: ["icon-opacity", "text-opacity"],
};

/** Wait until the archives that are cut for this reader's divisions are drawn. */
export async function cutsDrawn(layers) {
  const cut = layers.filter((layer) => layer.tiles?.includes("?cut="));
  await Promise.all(cut.map((layer) => drawnAt(layer.tiles)));
}

async function drawnAt(address) {
  for (;;) {
    const answer = await fetch(address, { method: "HEAD" });
    if (answer.status !== 503) return;
    const seconds = Number(answer.headers.get("Retry-After") || 2);
    await new Promise((go) => setTimeout(go, 1000 * seconds));
  }
}

/** Put every layer that has tiles on the map, low ranks first. */
export function addLayers(map, layers, isShown) {
  const drawn = layers.filter((layer) => layer.tiles).sort((a, b) => a.rank - b.rank);
  for (const layer of drawn) {
    map.addSource(layer.layer, {
      type: "vector",
      url: `pmtiles://${new URL(layer.tiles, location.href).href}`,
    });
    if (layer.labels)
      map.addSource(`${layer.layer}-labels`, {
        type: "geojson",
        data: new URL(layer.labels, location.href).href,
      });
  }
  const fillsFirst = (spec) => (spec.type === "symbol" ? 1 : 0);
  const specs = drawn.flatMap((layer) => layer.style.map((spec) => ({ spec, layer })));
  specs.sort((a, b) => fillsFirst(a.spec) - fillsFirst(b.spec));
  for (const { spec, layer } of specs) {
    const layout = { ...spec.layout, visibility: isShown(layer) ? "visible" : "none" };
    const apart = layer.labels && spec.metadata.part === "label";
    const from = apart
      ? { source: `${layer.layer}-labels` }
      : { source: layer.layer, "source-layer": layer.layer };
    map.addLayer({ ...spec, layout, ...from });
  }
  return drawn;
}

/** Start the layers of the map, and the list beside it where the page has one. */
export function startLayers(map, layers) {
  const chosen = recall("layers", {});
  const state = (layer) => ({ shown: layer.shown, opacity: 100, ...chosen[layer.layer] });
  const drawn = addLayers(map, layers, (layer) => state(layer).shown);
  for (const layer of drawn) fade(map, layer, state(layer).opacity);
  paintSwatches(document, layers);
  const keep = (layer, change) => {
    chosen[layer.layer] = { ...state(layer), ...change };
    remember("layers", chosen);
  };
  for (const layer of drawn) bindRow(map, layer, state(layer), keep);
  map.on("idle", () => updateLegends(map, drawn));
  document.addEventListener("guotu:facts", (event) => paintSwatches(event.target, layers));
}

function bindRow(map, layer, state, keep) {
  const row = document.querySelector(`.layer-row[data-layer="${layer.layer}"]`);
  if (!row) return;
  const box = row.querySelector("input[type=checkbox]");
  const range = row.querySelector("input[type=range]");
  box.checked = state.shown;
  range.value = state.opacity;
  row.classList.toggle("is-off", !state.shown);
  box.addEventListener("change", () => {
    for (const spec of layer.style)
      map.setLayoutProperty(spec.id, "visibility", box.checked ? "visible" : "none");
    row.classList.toggle("is-off", !box.checked);
    keep(layer, { shown: box.checked });
  });
  range.addEventListener("input", () => {
    fade(map, layer, Number(range.value));
    keep(layer, { opacity: Number(range.value) });
  });
}

function fade(map, layer, percent) {
  if (percent === 100) return;
  for (const spec of layer.style) {
    for (const name of OPACITY[spec.type] || []) {
      const whole = spec.paint?.[name] ?? 1;
      map.setPaintProperty(spec.id, name, (whole * percent) / 100);
    }
  }
}

/** Draw the sample of its layer into each swatch below `root`. */
export function paintSwatches(root, layers) {
  const known = new Map(layers.map((layer) => [layer.layer, layer]));
  for (const place of root.querySelectorAll("[data-swatch]")) {
    const layer = known.get(place.dataset.swatch);
    if (!layer) continue;
    const found = layer.classes.find((item) => item.code === place.dataset.code);
    place.replaceChildren(sample(layer.swatch, found && layer.swatch.by ? found.colour : null));
  }
}

/** Return the classes of a layer that are on the screen now, in the order of their codes. */
export function classesOnScreen(map, layer) {
  const fill = layer.style.find((spec) => spec.type === "fill");
  if (!fill || !layer.swatch.by || map.getLayoutProperty(fill.id, "visibility") === "none")
    return [];
  const codes = new Set();
  for (const feature of map.queryRenderedFeatures({ layers: [fill.id] })) {
    codes.add(String(feature.properties[layer.code_field]));
  }
  return layer.classes.filter((item) => codes.has(item.code));
}

function updateLegends(map, drawn) {
  for (const layer of drawn) {
    const list = document.querySelector(`[data-legend="${layer.layer}"]`);
    if (!list || !layer.swatch.by) continue;
    const here = classesOnScreen(map, layer);
    list.replaceChildren(...here.map((item) => classItem(layer, item)));
    list.hidden = here.length === 0;
  }
}

/** Return one line of a legend. */
export function classItem(layer, item) {
  const line = document.createElement("li");
  const words = document.createElement("span");
  words.textContent = `${item.code} ${item.name}`;
  line.append(sample(layer.swatch, item.colour), words);
  return line;
}
