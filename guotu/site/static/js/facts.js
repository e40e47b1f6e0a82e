/** Says everything that stands at a place pressed on the map, beside it or on it. */

import { LngLat, Popup } from "maplibre-gl";
import { askFragment, placed } from "guotu/ask.js";
import { hitsPoint } from "guotu/points.js";
import { say } from "guotu/tools.js";
import { showTab } from "guotu/split.js";
import { t } from "guotu/words.js";

let asked = null;

/** Answer presses on the map, and Enter on it for its centre. */
export function startFacts(map, container) {
  const pane = container.parentElement;
  const show = (lngLat) => showFacts(map, container, lngLat);
  map.on("click", (event) => {
    if (!pane.classList.contains("is-drawing") && !hitsPoint(map, event.point)) show(event.lngLat);
  });
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !pane.classList.contains("is-drawing")) show(map.getCenter());
  });
  document.addEventListener("guotu:found", (event) => show(LngLat.convert(event.detail)));
  const centre = document.createElement("span");
  centre.className = "map-centre";
  pane.append(centre);
}

/** Fetch and show the facts of a place. */
export async function showFacts(map, container, lngLat) {
  asked?.abort();
  asked = new AbortController();
  const address = placed(container.dataset.factsUrl, lngLat);
  mark(map, lngLat);
  try {
    place(map, lngLat, await askFragment(address, asked.signal));
  } catch (fault) {
    if (fault.name !== "AbortError") say(fault.message);
  }
}

function place(map, lngLat, fragment) {
  const beside = document.getElementById("facts");
  if (beside) {
    beside.innerHTML = fragment;
    beside.dispatchEvent(new CustomEvent("guotu:facts", { bubbles: true }));
    summarize(beside);
    return;
  }
  const within = document.createElement("div");
  within.innerHTML = fragment;
  new Popup({ maxWidth: "320px" }).setLngLat(lngLat).setDOMContent(within).addTo(map);
  within.dispatchEvent(new CustomEvent("guotu:facts", { bubbles: true }));
}

function summarize(beside) {
  if (!matchMedia("(max-width: 760px)").matches) {
    beside.closest("section").scrollIntoView({ block: "nearest" });
    return;
  }
  const heads = [...beside.querySelectorAll(".fact-headline")]
    .slice(0, 3)
    .map((head) => head.textContent.trim());
  const read = {
    word: t("看全部"),
    press: () => {
      say("");
      showTab("work");
      beside.closest("section").scrollIntoView();
    },
  };
  if (heads.length) say(heads.slice(1).join("、"), [read], heads[0]);
  else say(t("此处没有已发布的图斑。"));
}

function mark(map, lngLat) {
  const data = {
    type: "Feature",
    properties: {},
    geometry: { type: "Point", coordinates: lngLat.toArray() },
  };
  const source = map.getSource("pressed");
  if (source) {
    source.setData(data);
    return;
  }
  map.addSource("pressed", { type: "geojson", data });
  map.addLayer({
    id: "pressed",
    type: "circle",
    source: "pressed",
    paint: {
      "circle-radius": 6,
      "circle-color": "rgba(0,0,0,0)",
      "circle-stroke-color": "#1b232e",
      "circle-stroke-width": 2.5,
    },
  });
}
