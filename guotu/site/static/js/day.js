/** The day one stands on: typed as 2026-01-05 or taken from a calendar. */

/** Open the calendar at a press, and go to the day that is taken from it. */
export function startDay() {
  const field = document.getElementById("day");
  const picker = document.getElementById("day-picker");
  if (!field) return;
  document.getElementById("day-open").addEventListener("click", () => picker.showPicker());
  picker.addEventListener("change", () => {
    field.value = picker.value;
    if (picker.value) field.form.requestSubmit();
  });
}
