/** Draws a line or a ring on the map by mouse, finger or keyboard, and tells of every change. */

const SOURCE = "sketch";
const DOUBLE_MS = 320;

/**
 * Return a sketch: `begin(kind, changed, finished)` with kind "LineString" or "Polygon",
 * `finish()`, `undo()`, `clear()`. Enter adds the centre of the map, Backspace takes a point back,
 * a double click or `finish()` ends, Escape clears.
 */
export function makeSketch(map, colour) {
  const name = `${SOURCE}-${colour}`;
  const state = { points: [], kind: null, cursor: null, last: 0, changed: null, finished: null };
  addLayers(map, name, colour);
  const show = () => map.getSource(name).setData(picture(state));
  const change = () => {
    show();
    state.changed?.(figure(state));
  };
  const act = {
    begin(kind, changed, finished) {
      Object.assign(state, { points: [], kind, cursor: null, changed, finished });
      map.getContainer().parentElement.classList.add("is-drawing");
      map.doubleClickZoom.disable();
      show();
    },
    add(point) {
      state.points.push(point);
      change();
    },
    undo() {
      state.points.pop();
      change();
    },
    finish() {
      const made = figure(state);
      act.pause();
      if (made) state.finished?.(made);
    },
    pause() {
      state.cursor = null;
      map.getContainer().parentElement.classList.remove("is-drawing");
      setTimeout(() => map.doubleClickZoom.enable(), DOUBLE_MS);
      state.drawing = null;
      show();
      state.kindDone = state.kind;
      state.kind = null;
    },
    clear() {
      act.pause();
      state.points = [];
      show();
    },
  };
  listen(map, state, act, show);
  return act;
}

function listen(map, state, act, show) {
  map.on("click", (event) => {
    if (!state.kind) return;
    const now = Date.now();
    const double = now - state.last < DOUBLE_MS;
    state.last = now;
    if (double) act.finish();
    else act.add(event.lngLat.toArray());
  });
  map.on("mousemove", (event) => {
    if (!state.kind) return;
    state.cursor = event.lngLat.toArray();
    show();
  });
  map.getCanvas().addEventListener("keydown", (event) => {
    if (!state.kind) return;
    const keys = {
      Enter: () => act.add(map.getCenter().toArray()),
      Backspace: () => act.undo(),
      Escape: () => act.clear(),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    keys[event.key]();
  });
}

/** Return the finished figure as GeoJSON, or null while it has too few points. */
function figure({ kind, kindDone, points }) {
  const shape = kind || kindDone;
  if (shape === "LineString")
    return points.length > 1 ? { type: shape, coordinates: [...points] } : null;
  return points.length > 2 ? { type: "Polygon", coordinates: [[...points, points[0]]] } : null;
}

function picture(state) {
  const along = state.cursor && state.kind ? [...state.points, state.cursor] : state.points;
  const features = state.points.map((point) => feature("Point", point));
  const shape = state.kind || state.kindDone;
  if (shape === "Polygon" && along.length > 2)
    features.push(feature("Polygon", [[...along, along[0]]]));
  else if (along.length > 1) features.push(feature("LineString", along));
  return { type: "FeatureCollection", features };
}

function feature(type, coordinates) {
  return { type: "Feature", properties: {}, geometry: { type, coordinates } };
}

function addLayers(map, name, colour) {
  map.addSource(name, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  const paint = [
    ["fill", { "fill-color": colour, "fill-opacity": 0.12 }, ["==", ["geometry-type"], "Polygon"]],
    ["line", { "line-color": colour, "line-width": 2.5 }, ["!=", ["geometry-type"], "Point"]],
    [
      "circle",
      {
        "circle-radius": 4,
        "circle-color": "#ffffff",
        "circle-stroke-color": colour,
        "circle-stroke-width": 2,
      },
      ["==", ["geometry-type"], "Point"],
    ],
  ];
  for (const [type, look, filter] of paint) {
    map.addLayer({ id: `${name}-${type}`, type, source: name, paint: look, filter });
  }
}
