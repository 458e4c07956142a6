// Heat maps over steps. Colour is laid over the page's own ground, so they read in the light and in the dark.

const FALLS = [43, 127, 196], RISES = [200, 60, 40], PLAIN = [128, 96, 176];
const MOST_CHANGE = 60; // per cent, where colours end at the latest

const inkOf = ([r, g, b], share) => `rgba(${r},${g},${b},${Math.max(0, Math.min(1, share)).toFixed(3)})`;
const rgbOf = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/** A size that 95 of 100 of `values` stay below. */
function mostOf(values, ceiling = Infinity, floor = 1e-12) {
  const sizes = values.filter(Number.isFinite).map(Math.abs).sort((a, b) => a - b);
  return Math.max(floor, Math.min(ceiling, sizes[Math.floor(0.95 * (sizes.length - 1))] ?? floor));
}

/** Draw `columns` [{first, last, values}] of cells between the heights `edges` (pixels, from values[0] on). */
function drawCells(at, scale, columns, edges, paint) {
  clipToFrame(at, scale);
  for (const { first, last, values } of columns) {
    const left = Math.round(scale.x(first - 0.5)), wide = Math.max(1, Math.round(scale.x(last + 0.5)) - left);
    if (left + wide < MONITOR_EDGES.left || left > at.width) continue;
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      const top = Math.round(edges[i + 1]), tall = Math.round(edges[i]) - top;
      for (const ink of paint(value, i)) { at.pen.fillStyle = ink; at.pen.fillRect(left, top, wide, tall); }
    });
  }
  at.pen.restore();
}

const changePaint = (most) => (value) => [inkOf([128, 128, 128], 0.12), inkOf(value < 0 ? FALLS : RISES, Math.abs(value) / most)];

/** What a heat map's colours mean, for a bar of them: [words, colour of share 0…1]. */
const changeKey = (most) => ({ left: `−${digits(most)} %`, right: `+${digits(most)} %`, ramps: [[inkOf(FALLS, 1), inkOf([128, 128, 128], 0.12), inkOf(RISES, 1)]] });

function timestepColumns(run, relative) {
  return run.cells.map((row) => {
    const [first, last] = binSteps(row[0], run.wide), values = Array.from(row.subarray(1));
    return { first, last: Math.min(last, Math.max(first, run.steps)), values: relative ? values.map((value, i) => 100 * (value / run.firsts[i] - 1)) : values };
  });
}

function drawTimesteps(canvas, panel, view, { chosen, relative }) {
  const at = penOf(canvas), scale = stepScale(view, at.width), columns = timestepColumns(chosen, relative), { pen } = at;
  const tall = at.height - MONITOR_EDGES.top - MONITOR_EDGES.bottom, y = (t) => MONITOR_EDGES.top + (1 - t / 1000) * tall;
  const bands = chosen.firsts?.length ?? 1, edges = Array.from({ length: bands + 1 }, (_, i) => y((1000 * i) / bands));
  const most = relative ? mostOf(columns.flatMap((one) => one.values), MOST_CHANGE, 5) : mostOf(columns.flatMap((one) => one.values));
  drawCells(at, scale, columns, edges, relative ? changePaint(most) : (value) => [inkOf(PLAIN, value / most)]);
  const split = chosen.boundary, ticks = [0, 250, 500, 750, 1000].filter((t) => !split || t === 0 || Math.abs(t - split) > 90);
  heightWords(at, ticks.map((t) => [y(t), t]));
  if (split) {
    Object.assign(pen, { strokeStyle: at.ink, lineWidth: 1 });
    pen.setLineDash([4, 3]);
    pen.beginPath(); pen.moveTo(MONITOR_EDGES.left, y(split)); pen.lineTo(MONITOR_EDGES.left + scale.inner, y(split)); pen.stroke();
    pen.setLineDash([]);
    pen.fillStyle = at.ink;
    pen.fillText(digits(split), MONITOR_EDGES.left - 6, y(split));
  }
  return relative ? changeKey(most) : { left: "0", right: `${digits(most)} (mean squared error)`, ramps: [[inkOf(PLAIN, 0), inkOf(PLAIN, 1)]] };
}

function heightWords(at, ticks) {
  Object.assign(at.pen, { textAlign: "right", textBaseline: "middle", fillStyle: at.faint });
  for (const [y, words] of ticks) at.pen.fillText(words, MONITOR_EDGES.left - 6, Math.max(6, Math.min(at.height - 6, y)));
}

/** Rows of validation: low noise below, high noise above, each with its nine timesteps. */
function quantileRows(run) {
  const steps = [...new Set(run.validation.rows.map((row) => row.step))].sort((a, b) => a - b);
  const experts = ["low", "high"].filter((expert) => run.validation.rows.some((row) => row.stage === expert));
  const timesteps = experts.flatMap((expert) => run.validation.rows.findLast((row) => row.stage === expert).timesteps);
  const begin = sinceBefore(steps);
  const columns = steps.map((step, i) => ({ first: begin[i], last: step, step, values: experts.flatMap((expert) =>
    run.validation.rows.findLast((row) => row.stage === expert && row.step === step)?.change ?? Array(9).fill(NaN)) }));
  return { experts, timesteps, columns };
}

/** The first step of each column measured at `steps`: what it tells came about since the one before. */
const sinceBefore = (steps) => steps.map((step, i) => Math.min(step, (steps[i - 1] ?? 0) + 1));

function drawQuantiles(canvas, panel, view, { chosen }) {
  const at = penOf(canvas), scale = stepScale(view, at.width), { experts, timesteps, columns } = quantileRows(chosen);
  const edges = rowEdges(at, experts.map(() => 9)), most = mostOf(columns.flatMap((one) => one.values), MOST_CHANGE, 1);
  drawCells(at, scale, columns, edges, changePaint(most));
  partRows(at, scale, edges, 9);
  heightWords(at, timesteps.map((t, i) => [(edges[i] + edges[i + 1]) / 2, digits(t), i]).filter(([, , i]) => [1, 4, 7].includes(i % 9)));
  return changeKey(most);
}

/** Edges of rows from below upwards; `counts` rows of each expert. */
function rowEdges(at, counts) {
  const all = counts.reduce((a, b) => a + b, 0), bottom = at.height - MONITOR_EDGES.bottom, tall = bottom - MONITOR_EDGES.top;
  return Array.from({ length: all + 1 }, (_, i) => bottom - (i / all) * tall);
}

/** A line between the rows of the two experts. */
function partRows(at, scale, edges, count) {
  if (count >= edges.length - 1) return;
  at.pen.fillStyle = at.ink;
  at.pen.fillRect(MONITOR_EDGES.left, Math.round(edges[count]), scale.inner, 1);
}

/** ‖ΔW‖/‖W‖ in %, or ‖ΔW‖ where ‖W‖ is not known; low noise below, high noise above. */
function normRows(run) {
  const experts = ["low", "high"].filter((expert) => run.norms[expert]), relative = experts.every((expert) => run.norms[expert].weights);
  const steps = [...new Set(experts.flatMap((expert) => run.norms[expert].steps))].sort((a, b) => a - b), begin = sinceBefore(steps);
  const blocks = experts.flatMap((expert) => run.norms[expert].blocks.map((block) => ({ expert, block })));
  const columns = steps.map((step, i) => ({ first: begin[i], last: step, step, values: experts.flatMap((expert) => {
    const one = run.norms[expert], place = one.steps.indexOf(step);
    return one.blocks.map((_, k) => (place < 0 ? NaN : relative ? (100 * one.delta[place][k]) / one.weights[k] : one.delta[place][k]));
  }) }));
  return { experts, blocks, columns, relative };
}

function drawNorms(canvas, panel, view, { chosen, colours }) {
  const at = penOf(canvas), scale = stepScale(view, at.width), { experts, blocks, columns, relative } = normRows(chosen);
  const edges = rowEdges(at, experts.map((expert) => chosen.norms[expert].blocks.length));
  const most = Math.max(1e-12, ...columns.flatMap((one) => one.values).filter(Number.isFinite));
  drawCells(at, scale, columns, edges, (value, i) => [inkOf([128, 128, 128], 0.1), inkOf(rgbOf(colours[blocks[i].expert]), value / most)]);
  partRows(at, scale, edges, chosen.norms[experts[0]].blocks.length);
  const tall = edges[0] - edges[1], apart = [1, 2, 5, 10, 20].find((count) => count * tall >= 16) ?? 50;
  heightWords(at, blocks.map(({ block }, i) => [(edges[i] + edges[i + 1]) / 2, block]).filter(([, block]) => Number(block) % apart === 0));
  return { left: "0", right: `${digits(most)}${relative ? " % of ‖W‖" : " (‖ΔW‖; ‖W‖ was not recorded)"}`, ramps: experts.toReversed().map((expert) => [inkOf([128, 128, 128], 0.1), colours[expert]]) };
}

/** Which row of cells the pointer is in, from below; -1 outside. */
const rowAt = (edges, y) => edges.findIndex((edge, i) => i + 1 < edges.length && y <= edge && y > edges[i + 1]);
