/** Takes a boundary file dropped on the map, chosen, or drawn, and readies the review of it. */

import { t } from "guotu/words.js";

const form = () => document.getElementById("review-form");

/** Let files be dropped on the map, and ready the form for each choice. */
export function startDrop() {
  if (!form()) return;
  const pane = document.getElementById("map-pane");
  const file = document.getElementById("review-file");
  let veil = null;
  pane.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    veil ||= cover(pane);
  });
  const lift = () => {
    veil?.remove();
    veil = null;
  };
  pane.addEventListener("dragleave", (event) => {
    if (!pane.contains(event.relatedTarget)) lift();
  });
  pane.addEventListener("drop", (event) => {
    event.preventDefault();
    lift();
    if (event.dataTransfer.files.length === 0) return;
    file.files = event.dataTransfer.files;
    file.dispatchEvent(new Event("change"));
  });
  file.addEventListener("change", () => chosen(file.files[0]));
  form().addEventListener("submit", sent);
  // Coming back by the back button, the form stands as it was left.
  window.addEventListener("pageshow", () => {
    if (file.files.length) chosen(file.files[0]);
    else rest();
  });
}

function cover(pane) {
  const veil = document.createElement("p");
  veil.className = "map-drop";
  veil.textContent = t("放开，审查这个文件");
  pane.append(veil);
  return veil;
}

function chosen(file) {
  const field = form().elements.namedItem("geojson");
  field.value = "";
  field.disabled = true;
  if (file)
    ready(
      t("已选 {name}（{size} KB）", {
        name: file.name,
        size: Math.max(1, Math.round(file.size / 1024)),
      }),
    );
  else rest();
}

/** Take a drawn GeoJSON geometry instead of a file; null takes it back. */
export function chooseFigure(figure, words) {
  const field = form().elements.namedItem("geojson");
  field.disabled = !figure;
  if (!figure) {
    field.value = "";
    rest();
    return;
  }
  document.getElementById("review-file").value = "";
  field.value = JSON.stringify({
    type: "FeatureCollection",
    features: [{ type: "Feature", properties: {}, geometry: figure }],
  });
  ready(words);
}

function ready(words) {
  const said = document.getElementById("review-chosen");
  said.textContent = words;
  said.hidden = false;
  // One choice is one act, however often the button is pressed.
  form().elements.namedItem("key").value = crypto.randomUUID();
  const submit = document.getElementById("review-submit");
  submit.disabled = false;
  if (matchMedia("(max-width: 760px)").matches) document.getElementById("tab-work").click();
  submit.scrollIntoView({ block: "nearest" });
  submit.focus({ preventScroll: true });
}

function rest() {
  document.getElementById("review-chosen").hidden = true;
  const submit = document.getElementById("review-submit");
  submit.disabled = true;
  submit.textContent = t("审查");
}

function sent() {
  const submit = document.getElementById("review-submit");
  const file = document.getElementById("review-file");
  // An empty file field would be read as a file without a name.
  file.disabled = file.files.length === 0;
  setTimeout(() => {
    submit.disabled = true;
    submit.textContent = t("正在审查…");
  }, 0);
  setTimeout(() => {
    file.disabled = false;
  }, 500);
}
