/** The search box for everything: arrow keys choose, Enter goes there. */

import { showTab } from "guotu/split.js";

const NEAREST_ZOOM = 17;
let theMap = null;

/** Let the results fly the map that is on the page. */
export function takeMapForSearch(map) {
  theMap = map;
  const at = new URLSearchParams(location.search).get("at");
  if (at) fly(at.split(",").map(Number));
}

/** Listen to the box and to its list. */
export function startSearch() {
  const box = document.getElementById("search");
  const list = document.getElementById("search-results");
  if (!box) return;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const close = () => {
    list.replaceChildren();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  list.addEventListener("htmx:afterSwap", () =>
    box.setAttribute("aria-expanded", String(options().length > 0)),
  );
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) {
      go(option);
      close();
    }
  });
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      step(box, options(), steps[event.key]);
    } else if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      event.preventDefault();
      const option =
        options().find((item) => item.getAttribute("aria-selected") === "true") || options()[0];
      if (option) {
        go(option);
        close();
      }
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".search")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) {
      event.preventDefault();
      box.focus();
    }
  });
}

function step(box, options, by) {
  if (!options.length) return;
  const now = options.findIndex((item) => item.getAttribute("aria-selected") === "true");
  const next = options[(now + by + options.length) % options.length] || options[0];
  for (const item of options) item.setAttribute("aria-selected", String(item === next));
  box.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

function go(option) {
  const { address, lon, lat, bounds } = option.dataset;
  if (address) {
    location.href = address;
    return;
  }
  const box = bounds.split(",").map(Number);
  if (!theMap) {
    location.href = `/?at=${box.join(",")}`;
    return;
  }
  showTab("map");
  fly(box, [Number(lon), Number(lat)]);
}

function fly(box, centre = null) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  theMap.fitBounds(
    [
      [box[0], box[1]],
      [box[2], box[3]],
    ],
    { padding: 80, maxZoom: NEAREST_ZOOM, animate: !still, duration: 900 },
  );
  outline(box);
  if (!centre) return;
  const [lng, lat] = centre;
  document.dispatchEvent(new CustomEvent("guotu:found", { detail: { lng, lat } }));
}

/** Put a frame round what was found, so that the eye finds it. */
function outline([west, south, east, north]) {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  const data = {
    type: "Feature",
    properties: {},
    geometry: { type: "LineString", coordinates: ring },
  };
  const source = theMap.getSource("found");
  if (source) {
    source.setData(data);
    return;
  }
  theMap.addSource("found", { type: "geojson", data });
  theMap.addLayer({
    id: "found",
    type: "line",
    source: "found",
    paint: { "line-color": "#0b57b7", "line-width": 3, "line-dasharray": [2, 1] },
  });
}
