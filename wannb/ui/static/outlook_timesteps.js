// Where on the schedule each expert trains. An expert is as wide as its share of the steps, so equal areas are equal
// numbers of draws; a height is how often a timestep comes up against an even spread.

const PLOT = { height: 150, left: 34, right: 6, top: 6, bottom: 30 };
const APART = 44; // pixels between two ticks
const WORDS_WIDE = 88; // pixels of `half above 950`

function timestepScale(view, width) {
  const inner = width - PLOT.left - PLOT.right, split = view.split, low = view.low;
  const place = (t) => (t <= split ? (low * t) / split : low + ((1 - low) * (t - split)) / (1000 - split));
  return {
    x: (t) => PLOT.left + (1 - place(t)) * inner,
    y: (height) => PLOT.top + (1 - Math.min(height, view.top) / view.top) * (PLOT.height - PLOT.top - PLOT.bottom),
    pixels: { low: low * inner, high: (1 - low) * inner },
  };
}

function drawTimesteps(view, width, colours) {
  const svg = picture(width, PLOT.height, view.alt), { x, y, pixels } = timestepScale(view, width);
  drawAxes(svg, view, { x, y, pixels }, width);
  view.experts.forEach((one) => one.t.length && drawExpert(svg, one, x, y, colours[one.expert]));
  shape(svg, "line", { x1: x(view.split), x2: x(view.split), y1: PLOT.top, y2: PLOT.height - PLOT.bottom, class: "wannb-outlook-split" });
  view.experts.forEach((one) => one.t.length && drawMedian(svg, one, x, y, colours[one.expert], pixels[one.expert]));
  view.experts.forEach((one) => one.cut && drawCut(svg, one.cut, x, pixels[one.expert]));
  return svg;
}

function drawAxes(svg, view, { x, y, pixels }, width) {
  const base = PLOT.height - PLOT.bottom;
  for (const times of roundTicks(0, view.top, view.top > 3 ? 2 : view.top > 1.5 ? 1 : 0.5)) {
    const dashed = times === 1 ? "4 3" : null;
    shape(svg, "line", { x1: PLOT.left, x2: width - PLOT.right, y1: y(times), y2: y(times), class: "wannb-outlook-times", "stroke-dasharray": dashed });
    shape(svg, "text", { x: PLOT.left - 5, y: y(times) + 4, "text-anchor": "end" }, `${times}×`);
  }
  const ends = [[1000, "1000", "pure noise", "start"], [view.split, view.split, "boundary", "middle"], [0, "0", "clean clip", "end"]];
  const ranges = [[0, view.split, pixels.low], [view.split, 1000, pixels.high]];
  for (const [low, high, room] of ranges) {
    const least = (APART * (high - low)) / Math.max(room, 1);
    const ticks = least > (high - low) / 2 ? [] : roundTicks(low + least * 0.9, high - least * 0.9, least);
    for (const t of ticks) drawTick(svg, x(t), base, t);
  }
  for (const [t, number, name, anchor] of ends) {
    drawTick(svg, x(t), base, number, anchor);
    shape(svg, "text", { x: keep(x(t), width), y: base + 26, "text-anchor": anchor }, name);
  }
}

const keep = (x, width) => Math.max(28, Math.min(x, width - 2));

function drawTick(svg, x, base, text, anchor = "middle") {
  shape(svg, "line", { x1: x, x2: x, y1: base, y2: base + 3, class: "wannb-outlook-axis" });
  shape(svg, "text", { x, y: base + 14, "text-anchor": anchor }, text);
}

function drawExpert(svg, one, x, y, colour) {
  const line = (heights) => heights.map((height, i) => `${x(one.t[i]).toFixed(1)},${y(height).toFixed(1)}`).join(" ");
  const ends = `${x(one.t[0]).toFixed(1)},${y(0)} ${line(one.y)} ${x(one.t.at(-1)).toFixed(1)},${y(0)}`;
  titled(shape(svg, "polygon", { points: ends, fill: colour, "fill-opacity": 0.24 }), one.words);
  shape(svg, "polyline", { points: line(one.y), fill: "none", stroke: colour, "stroke-width": 1.6 });
  if (!one.weighted.length) return;
  const counts = shape(svg, "polyline", { points: line(one.weighted), fill: "none", stroke: colour, "stroke-width": 1.3, "stroke-dasharray": "4 3" });
  titled(counts, "what counts: draws times their weight in the loss");
}

/** Mark the timestep above which half of the expert's draws lie. */
function drawMedian(svg, one, x, y, colour, room) {
  const at = x(one.median), index = Math.max(1, one.t.findIndex((t) => t <= one.median));
  const height = one.y[index], rises = (one.y[index + 1] ?? 0) > one.y[index - 1] * 1.01;
  shape(svg, "line", { x1: at, x2: at, y1: y(0), y2: y(height), stroke: colour, "stroke-width": 1 });
  const left = at - x(one.t[0]), right = x(one.t.at(-1)) - at; // pixels beside it; the words stand where the curve is lower
  const before = right < WORDS_WIDE || (rises && left > WORDS_WIDE);
  if (room < 110 || (before ? left : right) < WORDS_WIDE) return;
  const place = { x: at + (before ? -5 : 5), y: Math.max(PLOT.top + (one.cut ? 22 : 9), y(height) - 5), "text-anchor": before ? "end" : "start" };
  shape(svg, "text", { ...place, class: "wannb-outlook-ink" }, `half above ${one.median}`);
}

/** Say how many draws lie where the density leaves the picture: beside that end, inside the expert's range. */
function drawCut(svg, cut, x, room) {
  if (room < WORDS_WIDE + 20) return;
  const above = cut.where === "above", inward = above ? 1 : -1, place = { x: x(cut.at) + 12 * inward, y: PLOT.top + 10 };
  shape(svg, "text", { ...place, "text-anchor": above ? "start" : "end", class: "wannb-outlook-ink" }, `${Math.round(100 * cut.share)}% ${cut.where} ${cut.mark}`);
}
