/** Says lengths and areas: square metres exactly, 亩 and hectares beside. */

import { t } from "guotu/words.js";

const grouped = (value, digits) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Say a length in metres. */
export function lengthText(length_m) {
  return `${grouped(length_m, 2)} m`;
}

/** Say an area given in whole square decimetres of 0.01 m². */
export function areaText(area_dm2) {
  return `${grouped(area_dm2 / 100, 2)} m²`;
}

/** Say the same area in 亩 and hectares. */
export function areaBeside(area_dm2) {
  return t("{mu} 亩　{hectares} 公顷", {
    mu: grouped((area_dm2 * 15) / 1e6, 2),
    hectares: grouped(area_dm2 / 1e6, 4),
  });
}
