// Stacked bars: memory against the card, time, disk; and the steps per clip beside the guides' range.

// A part keeps its colour wherever it turns up; light and dark are chosen in the style sheet.
const PARTS = {
  weights: "slate", swaps: "rose", lora: "gold", optimizer: "plum", activations: "teal", training: "teal", previews: "plum",
  caching: "slate", caches: "slate", checkpoints: "gold", state: "rose", saves: "gold", download: "teal",
};
const partColour = (name) => `var(--wannb-${PARTS[name] ?? "grey"})`;
const NAMED = 62; // pixels for the names of rows

/** Segments one after the other from `x0`; `scale` is pixels a unit. Returns where they end. */
function drawParts(svg, parts, x0, y, height, scale) {
  let x = x0;
  for (const part of parts) {
    const width = part.size * scale;
    titled(shape(svg, "rect", { x, y, width: Math.max(width, 0.5), height, style: `fill:${partColour(part.name)}` }), part.words);
    x += width;
  }
  return x;
}

function drawBand(svg, [low, high], x0, y, height, scale, words) {
  const box = { x: x0 + low * scale, y, width: Math.max(1, (high - low) * scale), height };
  titled(shape(svg, "rect", { ...box, fill: hatch(svg, "var(--ink)"), "fill-opacity": 0.55 }), words);
  for (const edge of [box.x, box.x + box.width])
    shape(svg, "line", { x1: edge, x2: edge, y1: y - 2, y2: y + height + 2, class: "wannb-outlook-edge" });
}

function drawLimit(svg, x, height, words, width) {
  shape(svg, "line", { x1: x, x2: x, y1: 14, y2: height, class: "wannb-outlook-limit" });
  const anchor = x > width - 60 ? "end" : "middle";
  shape(svg, "text", { x: Math.min(x, width), y: 10, "text-anchor": anchor, class: "wannb-outlook-ink" }, words);
}

function drawMemory(view, width) {
  const top = view.card ? 18 : 4, height = top + 22 + (view.rows.length - 1) * 16 + 2;
  const svg = picture(width, height, view.alt);
  const most = Math.max(view.card ?? 0, view.band[1], ...view.rows.map((row) => row.gib));
  const room = width - NAMED - 52, scale = room / (most * 1.02);
  let y = top;
  view.rows.forEach((row, i) => {
    const bar = i ? 8 : 16, middle = y + bar / 2 + 4;
    shape(svg, "text", { x: 0, y: middle }, row.name);
    shape(svg, "rect", { x: NAMED, y, width: room, height: bar, class: "wannb-outlook-rail" });
    const parts = row.name === "training" ? view.parts : [{ name: row.name, size: row.gib, words: `${row.name} ${row.words}` }];
    drawParts(svg, parts, NAMED, y, bar, scale);
    if (row.name === view.highest) drawBand(svg, view.band, NAMED, y, bar, scale, view.between);
    shape(svg, "text", { x: width, y: middle, "text-anchor": "end", class: "wannb-outlook-ink" }, row.words);
    y += i ? 16 : 24;
  });
  if (view.card) drawLimit(svg, NAMED + view.card * scale, height, view.card_words, width);
  return svg;
}

function drawTime(view, width) {
  const svg = picture(width, 20, view.alt), scale = width / (Math.max(view.band[1], sumOf(view.parts)) * 1.01);
  shape(svg, "rect", { x: 0, y: 2, width, height: 16, class: "wannb-outlook-rail" });
  drawParts(svg, view.parts, 0, 2, 16, scale);
  drawBand(svg, view.band, 0, 2, 16, scale, view.between);
  return svg;
}

function drawDisk(view, width) {
  const known = view.free !== null, top = known ? 18 : 4;
  const svg = picture(width, top + 18, view.alt);
  // Much more space than is needed would make the bar a hair: then the end of the free space lies beyond the picture.
  const most = known ? Math.max(view.total, Math.min(view.free, view.total * 3)) : view.total;
  const scale = width / (most * 1.02);
  shape(svg, "rect", { x: 0, y: top, width, height: 16, class: "wannb-outlook-rail" });
  drawParts(svg, view.parts, 0, top, 16, scale);
  if (known && view.free <= most) drawLimit(svg, view.free * scale, top + 18, view.free_words, width);
  else if (known) shape(svg, "text", { x: width, y: 10, "text-anchor": "end", class: "wannb-outlook-ink" }, `${view.free_words} →`);
  return svg;
}

const sumOf = (parts) => parts.reduce((all, part) => all + part.size, 0);

/** Steps per clip on a scale where each doubling is as long as the next. */
function drawClips(view, width) {
  const svg = picture(width, 42, view.alt);
  const low = Math.min(10, view.value), high = Math.max(1000, view.value), edge = 16;
  const x = (value) => edge + ((width - 2 * edge) * Math.log(value / low)) / Math.log(high / low);
  shape(svg, "rect", { x: 0, y: 12, width, height: 10, class: "wannb-outlook-rail" });
  const [from, to] = view.usual.map(x);
  titled(shape(svg, "rect", { x: from, y: 12, width: to - from, height: 10, class: "wannb-outlook-good" }), "usual");
  for (const value of [...new Set([10, ...view.usual, 100, 1000])])
    shape(svg, "text", { x: x(value), y: 36, "text-anchor": "middle" }, value);
  shape(svg, "path", { d: `M${x(view.value)} 12l-5 -8h10z`, class: "wannb-outlook-here" });
  shape(svg, "line", { x1: x(view.value), x2: x(view.value), y1: 11, y2: 23, class: "wannb-outlook-edge" });
  return svg;
}
