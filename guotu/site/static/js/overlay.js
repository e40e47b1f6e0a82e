/** Draws the GeoJSON that a page brings (#map-overlay): a site, its findings, its remedies. */

import { askJson } from "guotu/ask.js";

const COLOURS = {
  site: "#1b232e",
  block: "#b3161b",
  warn: "#c25700",
  note: "#0b57b7",
  pass: "#1a6b35",
  remedy: "#7a1fa2",
};
const by = (property) => ["match", ["get", property], ...Object.entries(COLOURS).flat(), "#1b232e"];

/** Draw and zoom to what the page brings; presses on [data-overlay-bounds] fly there. */
export async function startOverlay(map) {
  const place = document.getElementById("map-overlay");
  if (!place?.dataset.geojsonUrl) return;
  const data = await drawOverlay(map, place.dataset.geojsonUrl);
  const box = boundsOf(data);
  if (box) map.fitBounds(box, { padding: 60, maxZoom: isSpot(box) ? 15 : 18, animate: false });
  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-overlay-bounds]");
    if (!asked) return;
    const [west, south, east, north] = asked.dataset.overlayBounds.split(",").map(Number);
    document.getElementById("tab-map").click();
    map.fitBounds(
      [
        [west, south],
        [east, north],
      ],
      { padding: 80, maxZoom: 19 },
    );
  });
}

/** Draw the GeoJSON at `address` over all layers, and return it. */
export async function drawOverlay(map, address) {
  const data = await askJson(address);
  map.addSource("overlay", { type: "geojson", data });
  const is = (verdict) => ["==", ["get", "verdict"], verdict];
  // What is judged stands out; the map below steps back.
  map.addLayer({
    id: "overlay-veil",
    type: "background",
    paint: { "background-color": "#ffffff", "background-opacity": 0.4 },
  });
  map.addLayer({
    id: "overlay-fill",
    type: "fill",
    source: "overlay",
    filter: ["!", is("site")],
    paint: { "fill-color": by("verdict"), "fill-opacity": ["case", is("remedy"), 0.14, 0.3] },
  });
  // A place that is known as a point only.
  map.addLayer({
    id: "overlay-point",
    type: "circle",
    source: "overlay",
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-color": by("verdict"),
      "circle-radius": 8,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 2.5,
    },
  });
  map.addLayer({
    id: "overlay-line",
    type: "line",
    source: "overlay",
    filter: ["!", is("remedy")],
    paint: { "line-color": by("verdict"), "line-width": ["case", is("site"), 3, 1.6] },
  });
  map.addLayer({
    id: "overlay-remedy",
    type: "line",
    source: "overlay",
    filter: is("remedy"),
    paint: { "line-color": by("verdict"), "line-width": 3, "line-dasharray": [2, 1.2] },
  });
  return data;
}

function isSpot([[west, south], [east, north]]) {
  return west === east && south === north;
}

function boundsOf(data) {
  const box = [
    [Infinity, Infinity],
    [-Infinity, -Infinity],
  ];
  const visit = (spots) => {
    if (typeof spots[0] !== "number") {
      spots.forEach(visit);
      return;
    }
    for (const axis of [0, 1]) {
      box[0][axis] = Math.min(box[0][axis], spots[axis]);
      box[1][axis] = Math.max(box[1][axis], spots[axis]);
    }
  };
  for (const feature of data.features || [])
    if (feature.geometry) visit(feature.geometry.coordinates);
  return Number.isFinite(box[0][0]) ? box : null;
}
