/** Has every date typed and shown as 2026-01-05, whatever the browser's language. */

import { t } from "guotu/words.js";

const LOOK = "[0-9]{4}-[0-9]{2}-[0-9]{2}";

/** Ready the date fields of the page, and of every fragment that comes later. */
export function startDates() {
  readyAll(document);
  document.addEventListener("htmx:afterSwap", (event) => readyAll(event.target));
}

function readyAll(part) {
  for (const field of part.querySelectorAll('input[type="date"]:not(.day-picker)')) ready(field);
}

/** Turn a field in the browser's own order into one that says and takes year, month, day. */
function ready(field) {
  const picker = document.createElement("input");
  picker.type = "date";
  picker.className = "day-picker";
  picker.tabIndex = -1;
  picker.ariaHidden = "true";
  picker.min = field.min;
  picker.max = field.max;
  const open = document.createElement("button");
  open.type = "button";
  open.className = "button small";
  open.textContent = t("日历");
  const { value } = field;
  field.type = "text";
  field.value = value;
  field.inputMode = "numeric";
  field.maxLength = 10;
  field.pattern = LOOK;
  field.autocomplete = "off";
  field.placeholder = t("年-月-日");
  field.title = t("写成 2026-01-05 的样子");
  const both = document.createElement("span");
  both.className = "date-field";
  field.before(both);
  both.append(field, picker, open);
  open.addEventListener("click", () => {
    picker.value = field.value;
    picker.showPicker();
  });
  picker.addEventListener("change", () => {
    field.value = picker.value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
