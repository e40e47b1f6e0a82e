/** Says what is being done while a form that takes its time is on its way, and sends it once. */

/** Ready every form that has something to say while it is under way. */
export function startBusy() {
  const forms = document.querySelectorAll("form[data-busy]");
  if (forms.length === 0) return;
  for (const form of forms) {
    form.addEventListener("submit", () => setTimeout(() => under(form), 0));
  }
  // Coming back by the back button, the form stands as it was.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
}

function under(form) {
  const button = form.querySelector('button[type="submit"]');
  button.disabled = true;
  const said = document.createElement("p");
  said.className = "quiet";
  said.role = "status";
  said.append(document.createElement("progress"), ` ${form.dataset.busy}`);
  form.append(said);
}
