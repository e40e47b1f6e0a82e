/** The border between map and work: dragged or moved by keys; on a phone two tabs instead. */

import { recall, remember } from "guotu/memory.js";

const STEP = 2;
const LEAST = 20;
const MOST = 80;

/** Show one of the two panes on a phone: "map" or "work". */
export function showTab(name) {
  const frame = document.querySelector(".frame");
  if (!frame) return;
  frame.dataset.tab = name;
  for (const each of ["map", "work"]) {
    const tab = document.getElementById(`tab-${each}`);
    tab.setAttribute("aria-selected", String(each === name));
    tab.tabIndex = each === name ? 0 : -1;
  }
}

/** Start border and tabs. */
export function startSplit() {
  const border = document.getElementById("border");
  if (!border) return;
  startTabs();
  foldOnPhones();
  const frame = border.parentElement;
  const work = document.getElementById("work");
  // A page that reads better wide says how much the map takes of it, and is remembered apart.
  const usual = Number(document.body.dataset.share || 68);
  const name = usual === 68 ? "border" : `border-${usual}`;
  let share = recall(name, usual);
  const put = (wanted) => {
    share = wanted;
    const whole = share >= 100 ? "map" : share <= 0 ? "work" : "";
    if (whole) frame.dataset.whole = whole;
    else delete frame.dataset.whole;
    if (!whole) work.style.width = `${100 - share}%`;
    border.setAttribute("aria-valuenow", String(Math.round(share)));
    remember(name, share);
  };
  put(share);
  border.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: share - STEP, ArrowRight: share + STEP, Home: 0, End: 100 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    put(settle(moves[event.key], share));
  });
  border.addEventListener("dblclick", () => put(usual));
  border.addEventListener("pointerdown", (event) => {
    border.setPointerCapture(event.pointerId);
    const drag = (move) => {
      const box = frame.getBoundingClientRect();
      put(settle(((move.clientX - box.left) / box.width) * 100, share));
    };
    border.addEventListener("pointermove", drag);
    border.addEventListener("pointerup", () => border.removeEventListener("pointermove", drag), {
      once: true,
    });
  });
}

/** Keep a wanted share within what is useful; past the ends one side takes the whole. */
function settle(wanted, now) {
  if (wanted < LEAST) return wanted < now ? 0 : LEAST;
  if (wanted > MOST) return wanted > now ? 100 : MOST;
  return wanted;
}

/** Fold what a desk shows open and a phone has no room for. */
function foldOnPhones() {
  if (!matchMedia("(max-width: 760px)").matches) return;
  for (const each of document.querySelectorAll("details[data-fold]")) each.open = false;
}

function startTabs() {
  showTab(document.body.dataset.first || "work");
  for (const name of ["map", "work"]) {
    const tab = document.getElementById(`tab-${name}`);
    tab.addEventListener("click", () => showTab(name));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = name === "map" ? "work" : "map";
      showTab(other);
      document.getElementById(`tab-${other}`).focus();
    });
  }
}
