/** Draws what a layer is known by: hatches and marks for the map, samples for the legend. */

const SVG = "http://www.w3.org/2000/svg";
const HATCH_PX = 12;
const MARK_PX = 18;

/** Draw the image a style asks for by name: "hatch #colour angle" or "shape #colour". */
export function drawImage(map, name) {
  const [shape, colour, angle] = name.split(" ");
  if (!colour || map.hasImage(name)) return;
  const size = shape === "hatch" ? HATCH_PX : MARK_PX;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * 2;
  const pen = canvas.getContext("2d");
  pen.scale(2, 2);
  if (shape === "hatch") hatch(pen, colour, Number(angle));
  else mark(pen, shape, colour);
  map.addImage(name, pen.getImageData(0, 0, size * 2, size * 2), { pixelRatio: 2 });
}

function hatch(pen, colour, angle) {
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  const up = angle <= 90;
  for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
    pen.beginPath();
    pen.moveTo(shift - 1, up ? HATCH_PX + 1 : -1);
    pen.lineTo(shift + HATCH_PX + 1, up ? -1 : HATCH_PX + 1);
    pen.stroke();
  }
}

function mark(pen, shape, colour) {
  pen.fillStyle = colour;
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 1.6;
  pen.lineJoin = "round";
  pen.stroke(new Path2D(outline(shape)));
  pen.fill(new Path2D(outline(shape)));
}

function outline(shape) {
  if (shape === "triangle") return "M9 2 L16.5 15.5 L1.5 15.5 Z";
  if (shape === "square") return "M3 3 H15 V15 H3 Z";
  return "M9 3 a6 6 0 1 0 0.01 0 Z";
}

function put(parent, name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

/** Return a small picture of how a layer, or one class of it, is drawn. */
export function sample(swatch, colour = null) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [
    ["width", 26],
    ["height", 16],
    ["viewBox", "0 0 26 16"],
  ])
    svg.setAttribute(key, value);
  if (swatch.shape) {
    const place = put(svg, "g", { transform: "translate(4 -1)" });
    put(place, "path", { d: outline(swatch.shape), fill: swatch.fill || swatch.line || "#555" });
    return svg;
  }
  area(svg, swatch, colour);
  if (swatch.pattern === "hatch") stripes(svg, swatch);
  return svg;
}

function area(svg, swatch, colour) {
  const fill =
    colour || (swatch.pattern ? "none" : swatch.fill || (swatch.by ? "#f4eda2" : "none"));
  put(svg, "rect", {
    x: 1.5,
    y: 1.5,
    width: 23,
    height: 13,
    fill,
    "fill-opacity": colour ? 1 : Math.max(swatch.fill_opacity ?? 0.1, 0.08),
    stroke: swatch.line || "#9a958a",
    "stroke-width": Math.min(Math.max(swatch.width || 1, 0.8), 2.4),
    "stroke-dasharray": (swatch.dash || []).map((step) => step * (swatch.width || 1)).join(" "),
  });
}

function stripes(svg, swatch) {
  const up = (swatch.hatch_angle || 45) <= 90;
  for (const x of [2, 8, 14]) {
    const [from, to] = up ? [14, 2] : [2, 14];
    put(svg, "line", {
      x1: x,
      y1: from,
      x2: x + 10,
      y2: to,
      stroke: swatch.line || swatch.fill,
      "stroke-width": 1,
    });
  }
}
