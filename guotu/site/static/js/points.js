/** Draws the cases of a list on the map, by what is in sight; heaps where they are many. */

import { Popup } from "maplibre-gl";
import { askJson, latest } from "guotu/ask.js";
import { say } from "guotu/tools.js";

const COLOURS = { overdue: "#b3161b", near: "#c25700", later: "#0b57b7", done: "#566170" };
const PAUSE_MS = 200;

/** Follow the map with the points of #map-points; a press opens a case, or goes nearer. */
export function startPoints(map) {
  const place = document.getElementById("map-points");
  if (!place) return;
  if (place.dataset.extent) frame(map, place.dataset.extent.split(",").map(Number));
  map.addSource("points", { type: "geojson", data: empty() });
  addLayers(map);
  const renew = latest(async (signal) => {
    const box = map.getBounds();
    const bbox = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
    const joint = place.dataset.pointsUrl.includes("?") ? "&" : "?";
    const asked = `${joint}bbox=${bbox.map((one) => one.toFixed(6)).join(",")}`;
    try {
      map.getSource("points").setData(await askJson(place.dataset.pointsUrl + asked, signal));
      place.dataset.drawn = "yes";
    } catch (fault) {
      if (fault.name !== "AbortError") say(fault.message);
    }
  }, PAUSE_MS);
  map.on("moveend", () => renew());
  for (const layer of ["points", "point-heaps"]) {
    map.on("click", layer, (event) => press(map, event));
    map.on("mouseenter", layer, () => {
      map.getCanvas().style.cursor = "pointer";
    });
    map.on("mouseleave", layer, () => {
      map.getCanvas().style.cursor = "";
    });
  }
  renew();
}

/** Say whether a press on the map hits a point; then it asks nothing of the place. */
export function hitsPoint(map, spot) {
  const layers = ["points", "point-heaps"].filter((one) => map.getLayer(one));
  return layers.length > 0 && map.queryRenderedFeatures(spot, { layers }).length > 0;
}

function addLayers(map) {
  const colour = ["match", ["get", "light"], ...Object.entries(COLOURS).flat(), "#0b57b7"];
  const heaped = ["has", "count"];
  map.addLayer({
    id: "point-heaps",
    type: "circle",
    source: "points",
    filter: heaped,
    paint: {
      "circle-color": colour,
      "circle-opacity": 0.85,
      "circle-radius": ["interpolate", ["linear"], ["log10", ["get", "count"]], 0, 10, 4, 28],
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 2,
    },
  });
  map.addLayer({
    id: "point-counts",
    type: "symbol",
    source: "points",
    filter: heaped,
    layout: {
      "text-field": ["to-string", ["get", "count"]],
      "text-size": 12,
      "text-allow-overlap": true,
    },
    paint: { "text-color": "#ffffff" },
  });
  map.addLayer({
    id: "points",
    type: "circle",
    source: "points",
    filter: ["!", heaped],
    paint: {
      "circle-color": colour,
      "circle-radius": 7,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 2,
    },
  });
}

function press(map, event) {
  const [feature] = event.features;
  const told = feature.properties;
  if (told.count) {
    map.easeTo({ center: feature.geometry.coordinates, zoom: map.getZoom() + 2 });
    return;
  }
  const link = document.createElement("a");
  link.href = told.address;
  link.textContent = `${told.number} ${told.title}`;
  new Popup({ maxWidth: "300px" })
    .setLngLat(feature.geometry.coordinates)
    .setDOMContent(link)
    .addTo(map);
}

function frame(map, [west, south, east, north]) {
  map.fitBounds(
    [
      [west, south],
      [east, north],
    ],
    { padding: 60, maxZoom: 16, animate: false },
  );
}

function empty() {
  return { type: "FeatureCollection", features: [] };
}
