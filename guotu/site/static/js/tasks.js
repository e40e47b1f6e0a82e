/** The page on which many tasks are given out: counts what is ticked, walks the rows by keys. */

import { t } from "guotu/words.js";

const form = document.getElementById("task-form");
const told = document.getElementById("ticked");

const rows = () => [...form.querySelectorAll("tr[data-row]")];
const field = (row, name) => form.elements[`r${row.dataset.row}-${name}`];

/** Say how many rows are ticked, and how many of them lack a unit or a date. */
function count() {
  if (!told) return;
  const ticked = rows().filter((row) => field(row, "keep").checked);
  const lacking = ticked.filter(
    (row) => !field(row, "unit").value || !field(row, "due").value || !field(row, "title").value,
  );
  for (const row of rows()) row.classList.toggle("is-lacking", lacking.includes(row));
  for (const row of rows()) row.classList.toggle("is-left", !field(row, "keep").checked);
  told.textContent = lacking.length
    ? t("已勾 {ticked} 件，{lacking} 件还缺单位或期限", {
        ticked: ticked.length,
        lacking: lacking.length,
      })
    : t("已勾 {ticked} 件，都有单位和期限", { ticked: ticked.length });
}

/** Return the same cell of the row that is `step` rows on. */
function beside(cell, step) {
  const row = cell.closest("tr[data-row]");
  const name = cell.name.replace(/^r\d+-/, "");
  const all = rows();
  const next = all[all.indexOf(row) + step];
  return next ? field(next, name) : null;
}

form?.addEventListener("keydown", (event) => {
  const cell = event.target;
  if (!cell.name?.match(/^r\d+-/)) return;
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.altKey && moves[event.key]) {
    event.preventDefault();
    beside(cell, moves[event.key])?.focus();
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d") {
    event.preventDefault();
    const above = beside(cell, -1);
    if (above && cell.type !== "checkbox") cell.value = above.value;
    count();
  }
});
form?.addEventListener("input", (event) => {
  // Whoever writes in an empty row means to give it out.
  const row = event.target.closest("tr[data-row]");
  if (row && event.target.name?.endsWith("-title") && event.target.value)
    field(row, "keep").checked = true;
  count();
});
form?.addEventListener("change", count);
if (form) count();
