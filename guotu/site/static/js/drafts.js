/** Keeps what is filled in by itself, and lets a form that acts be sent once. */

import { t } from "guotu/words.js";

const PAUSE_MS = 4000;

/** Listen to forms that keep drafts, and to those that act. */
export function startDrafts() {
  for (const form of document.querySelectorAll("form[data-draft-url]")) keep(form);
  for (const form of document.querySelectorAll("form[data-once]"))
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  // Who comes back to a page with the back button may send it again: the key acts once.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
  });
}

function keep(form) {
  const said = form.querySelector("[data-draft-said]");
  let timer = 0;
  let kept = told(form);
  const send = async () => {
    clearTimeout(timer);
    const now = told(form);
    if (now === kept) return;
    kept = now;
    const body = new FormData(form);
    try {
      const answer = await fetch(form.dataset.draftUrl, {
        method: "POST",
        body,
        keepalive: true,
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) throw new Error((await answer.json()).what || answer.statusText);
      if (said) said.textContent = t("草稿已存");
    } catch (fault) {
      kept = "";
      if (said) said.textContent = t("草稿没有存上：{why}", { why: fault.message });
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE_MS);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") send();
  });
}

function told(form) {
  const body = new FormData(form);
  body.delete("csrfmiddlewaretoken");
  return new URLSearchParams(body).toString();
}
