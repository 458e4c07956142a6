// SVG in a few functions, at the size it is shown in, so that its letters stay as large as those around it.

// The name that browsers know SVG by, taken from one that the page parses itself.
const SVG = Object.assign(document.createElement("div"), { innerHTML: "<svg></svg>" }).firstChild.namespaceURI;
let made = 0;

function shape(parent, tag, values, text = null) {
  const node = attributes(document.createElementNS(SVG, tag), values);
  if (text !== null) node.textContent = text;
  return parent.appendChild(node) && node;
}

/** A picture of `width` × `height` pixels; `label` tells it to those who do not see it. */
function picture(width, height, label) {
  const node = document.createElementNS(SVG, "svg");
  return attributes(node, { width, height, viewBox: `0 0 ${width} ${height}`, ...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" }) });
}

/** What the mouse is told over `node`. */
function titled(node, words) {
  shape(node, "title", {}, words);
  return node;
}

/** A hatch to fill with: `url(#…)`. */
function hatch(svg, colour) {
  const id = `wannb-hatch-${(made += 1)}`;
  const pattern = shape(svg, "pattern", { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  shape(pattern, "line", { x1: 0, y1: 0, x2: 0, y2: 5, stroke: colour, "stroke-width": 1.6 });
  return `url(#${id})`;
}

/** Round numbers from `low` to `high`, at least `least` apart. */
function roundTicks(low, high, least) {
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= least * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high + 1e-9; i += 1) ticks.push(i * step);
  return ticks;
}
