/** Draws a site on the map and hands it to the form that starts a review. */

import { latest, sendJson } from "guotu/ask.js";
import { chooseFigure } from "guotu/drop.js";
import { areaBeside, areaText } from "guotu/numbers.js";
import { makeSketch } from "guotu/sketch.js";
import { say } from "guotu/tools.js";
import { t } from "guotu/words.js";

/** Add the drawing tool, where the page has the form and the reader the power. */
export function startDraw(map, container, tools) {
  if (!document.getElementById("review-form")) return;
  const sketch = makeSketch(map, "#7a1fa2");
  const how = t("逐点点击项目边界，双击结束，然后按“审查”。");
  const buttons = () => [
    { word: t("完成"), press: () => sketch.finish() },
    { word: t("退一点"), press: () => sketch.undo() },
    { word: t("取消"), press: () => tools.stop() },
  ];
  const measure = latest(async (signal, figure) => {
    try {
      const measured = await sendJson(container.dataset.measureUrl, figure, signal);
      say(
        `${areaText(measured.area_dm2)}　${areaBeside(measured.area_dm2)}`,
        buttons(),
        t("所画的地块"),
      );
    } catch (fault) {
      if (fault.name !== "AbortError") say(fault.message, buttons());
    }
  }, 150);
  const finished = async (figure) => {
    try {
      const measured = await sendJson(container.dataset.measureUrl, figure);
      chooseFigure(figure, t("已画地块 {area}", { area: areaText(measured.area_dm2) }));
      say(t("已画好，在右边按“审查”。"), [{ word: t("重画"), press: () => begin() }]);
    } catch (fault) {
      say(fault.message, buttons());
    }
  };
  const begin = tools.add(
    t("画地块"),
    () => {
      say(how, buttons());
      sketch.begin(
        "Polygon",
        (figure) => (figure ? measure(figure) : say(how, buttons())),
        finished,
      );
    },
    () => {
      sketch.clear();
      say("");
      chooseFigure(null, "");
    },
  );
  document.getElementById("review-draw").addEventListener("click", () => {
    document.getElementById("tab-map").click();
    begin();
    map.getCanvas().focus({ preventScroll: true });
  });
}
