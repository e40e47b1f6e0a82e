/** Measures on the map: lengths on the ellipsoid, areas by the survey's own rule, by the server. */

import { latest, sendJson } from "guotu/ask.js";
import { areaBeside, areaText, lengthText } from "guotu/numbers.js";
import { makeSketch } from "guotu/sketch.js";
import { say } from "guotu/tools.js";
import { t } from "guotu/words.js";

const PAUSE_MS = 120;

/** Add the two measuring tools. */
export function startMeasure(map, container, tools) {
  const sketch = makeSketch(map, "#0b57b7");
  const buttons = () => [
    { word: t("退一点"), press: () => sketch.undo() },
    { word: t("清除"), press: () => tools.stop() },
  ];
  const ask = latest(async (signal, figure) => {
    try {
      const measured = await sendJson(container.dataset.measureUrl, figure, signal);
      if (measured.area_dm2 === null) say("", buttons(), lengthText(measured.length_m));
      else
        say(
          `${areaBeside(measured.area_dm2)}　${t("周长")} ${lengthText(measured.length_m)}`,
          buttons(),
          areaText(measured.area_dm2),
        );
    } catch (fault) {
      if (fault.name === "AbortError") throw fault;
      say(fault.message, buttons());
    }
  }, PAUSE_MS);
  const tool = (word, kind, how) =>
    tools.add(
      word,
      () => {
        say(how, buttons());
        sketch.begin(kind, (figure) => (figure ? ask(figure) : say(how, buttons())), ask);
      },
      () => {
        sketch.clear();
        say("");
      },
    );
  tool(t("量长度"), "LineString", t("逐点点击，双击结束。键盘：方向键移动，回车加点。"));
  tool(t("量面积"), "Polygon", t("逐点点击边界，双击结束；面积按椭球面积计算。"));
}
