/** Shows the drawing of a process, with what is done and where the tokens stand marked on it. */

import { t } from "guotu/words.js";

const READABLE = 0.8;
const STEP = 1.25;

/** Draw what #drawing names; what cannot be drawn is said there, and the page goes on. */
export async function startDiagram(place) {
  try {
    const [text] = await Promise.all([drawingAt(place), viewerLoaded(place.dataset.viewerUrl)]);
    const viewer = new window.BpmnJS({ container: place });
    await viewer.importXML(text);
    const canvas = viewer.get("canvas");
    const here = mark(viewer, canvas);
    startTools(canvas, here);
    look(canvas, here);
    place.dataset.drawn = "yes";
  } catch (fault) {
    const told = document.createElement("p");
    told.className = "drawing-none";
    told.textContent = t("流程图没有画出来：{why}", { why: fault.message });
    place.replaceChildren(told);
  }
}

async function drawingAt(place) {
  const answer = await fetch(place.dataset.drawingUrl);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

function viewerLoaded(address) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", done);
    script.addEventListener("error", () => failed(new Error(address)));
    document.head.append(script);
  });
}

function mark(viewer, canvas) {
  const told = document.getElementById("drawing-marks");
  if (!told) return null;
  const known = viewer.get("elementRegistry");
  const marks = JSON.parse(told.textContent);
  for (const [kind, ids] of Object.entries(marks))
    for (const id of ids) if (known.get(id)) canvas.addMarker(id, kind);
  return known.get(marks.here[0]) || null;
}

/** Show where the case stands at a size that can be read; without a place, all of it. */
function look(canvas, here) {
  canvas.zoom("fit-viewport", "auto");
  if (!here) return;
  canvas.zoom(Math.max(canvas.zoom(), READABLE), {
    x: here.x + here.width / 2,
    y: here.y + here.height / 2,
  });
  canvas.scrollToElement(here, 80);
  const seen = canvas.viewbox();
  canvas.viewbox({
    ...seen,
    x: here.x + here.width / 2 - seen.width / 2,
    y: here.y + here.height / 2 - seen.height / 2,
  });
}

function startTools(canvas, here) {
  const tools = document.getElementById("drawing-tools");
  if (!tools) return;
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const { zoom } = event.target.dataset;
    if (zoom === "fit") canvas.zoom("fit-viewport", "auto");
    else if (zoom === "here") look(canvas, here);
    else if (zoom) canvas.zoom(canvas.zoom() * (zoom === "in" ? STEP : 1 / STEP));
  });
}
