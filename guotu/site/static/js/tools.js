/** The row of tools on the map, of which one at most is in use, and the line that guides it. */

import { corners } from "guotu/map.js";
import { t } from "guotu/words.js";

/** Say `text` on the map, with buttons [{word, press}]; an empty text says nothing. */
export function say(text, buttons = [], strong = "") {
  const hint = document.getElementById("map-hint");
  if (!hint) return;
  hint.hidden = !text && !strong;
  const parts = [];
  if (strong) parts.push(element("strong", strong));
  if (text) parts.push(element("span", text));
  if (buttons.length) {
    const row = element("div", "");
    row.className = "row";
    row.append(...buttons.map(({ word, press }) => button(word, press)));
    parts.push(row);
  }
  hint.replaceChildren(...parts);
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function button(word, press) {
  const made = element("button", word);
  made.type = "button";
  made.className = "button small";
  made.addEventListener("click", press);
  return made;
}

/** Return the row of tools: `add(word, start, stop)` adds one that is switched on and off. */
export function startTools(map, bounds) {
  const row = document.getElementById("map-tools");
  const print = document.getElementById("print-link");
  let current = null;
  const stop = () => {
    if (!current) return;
    current.made.setAttribute("aria-pressed", "false");
    const { stop: end } = current;
    current = null;
    end();
  };
  const add = (word, start, end) => {
    const made = element("button", word);
    made.type = "button";
    made.setAttribute("aria-pressed", "false");
    const begin = () => {
      stop();
      current = { made, stop: end };
      made.setAttribute("aria-pressed", "true");
      start();
    };
    made.addEventListener("click", () => (current?.made === made ? stop() : begin()));
    row.insertBefore(made, print);
    return begin;
  };
  const whole = element("button", t("全县"));
  whole.type = "button";
  whole.addEventListener("click", () => map.fitBounds(corners(bounds), { padding: 24 }));
  row.insertBefore(whole, print);
  return { add, stop, busy: () => current !== null };
}
