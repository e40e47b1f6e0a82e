/** Makes a MapLibre map over PMTiles; nothing comes from outside, letters are the reader's own. */

import { addProtocol, Map as LibreMap, NavigationControl, ScaleControl } from "maplibre-gl";
import { Protocol } from "pmtiles";
import { drawImage } from "guotu/marks.js";
import { t } from "guotu/words.js";

const PAPER = "#fbfaf6";
const CHINA = [
  [73, 18],
  [135, 54],
];

addProtocol("pmtiles", new Protocol().tile);

const words = () => ({
  "Map.Title": t("地图"),
  "NavigationControl.ZoomIn": t("放大"),
  "NavigationControl.ZoomOut": t("缩小"),
  "NavigationControl.ResetBearing": t("转回正北"),
  "ScaleControl.Meters": t("米"),
  "ScaleControl.Kilometers": t("公里"),
  "Popup.Close": t("关闭"),
});

/** Return bounds as MapLibre wants them; all of China where nothing is published. */
export function corners(bounds) {
  return bounds
    ? [
        [bounds[0], bounds[1]],
        [bounds[2], bounds[3]],
      ]
    : CHINA;
}

/** Return the map, ready for layers. `options` go to MapLibre. */
export async function makeMap(container, bounds, options = {}) {
  const map = new LibreMap({
    container,
    style: {
      version: 8,
      sources: {},
      layers: [{ id: "paper", type: "background", paint: { "background-color": PAPER } }],
    },
    bounds: corners(bounds),
    fitBoundsOptions: { padding: 24 },
    hash: true,
    maxZoom: 21,
    // Past their last level tiles are drawn larger, never cut: each part would bear the name.
    zoomLevelsToOverscale: undefined,
    dragRotate: false,
    pitchWithRotate: false,
    attributionControl: false,
    locale: words(),
    localIdeographFontFamily: getComputedStyle(document.documentElement).getPropertyValue("--sans"),
    ...options,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation?.();
  map.setMissingStyleImageResolver(async (name) => drawImage(map, name));
  if (options.interactive !== false) {
    map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new ScaleControl({ maxWidth: 120, unit: "metric" }), "bottom-right");
  }
  await map.once("load");
  return map;
}
