/** Opens the ribbon of a place where its facts stand beside the map; without scripts, its page. */

import { askFragment } from "guotu/ask.js";
import { say } from "guotu/tools.js";
import { t } from "guotu/words.js";

/** Answer presses on a link to the ribbon where there is a panel of facts to show it in. */
export function startLife() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-life-panel]");
    const panel = document.getElementById("facts");
    if (!link || !panel?.contains(link) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(panel, link.dataset.lifePanel);
  });
}

async function open(panel, address) {
  const facts = [...panel.childNodes];
  try {
    const fragment = await askFragment(address);
    panel.innerHTML = fragment;
  } catch (fault) {
    say(fault.message);
    return;
  }
  const back = document.createElement("button");
  back.type = "button";
  back.className = "button small";
  back.textContent = t("回到此处有什么");
  back.addEventListener("click", () => panel.replaceChildren(...facts));
  panel.prepend(back);
  back.focus();
}
