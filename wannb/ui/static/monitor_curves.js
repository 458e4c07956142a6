// Curves over steps: of each bin the mean, and behind it from the least to the greatest value, so no spike is lost.

const MONITOR_DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

function colourOf(series, colours, at) {
  const [name, expert] = series.split("/");
  return colours[expert] ?? (expert === "" ? at.faint : name ? at.ink : at.faint);
}

/** The curves of `panel` that any shown run has: [{run, series, raw, line}]. */
function curvesOf(panel, runs, allSeries) {
  const found = [];
  for (const run of runs)
    for (const series of allSeries) {
      const [name] = series.split("/");
      if (panel.curves.includes(name) && run.has(series)) found.push({ run, series, name });
    }
  return found;
}

/** Lowest and highest value of an axis: of what is drawn, without letting a few wild steps flatten the rest. */
function valueRange(panel, curves, chosen) {
  const values = [];
  for (const { run, series, name } of curves) {
    const line = name !== "loss";
    for (const row of run.rows) {
      const [least, most, mean] = run.three(row, series);
      if (!Number.isFinite(mean)) continue;
      if (line) values.push(mean);
      if (run === chosen && name === panel.curves[0]) values.push(least, most);
    }
  }
  if (!values.length) return null;
  values.sort((a, b) => a - b);
  const at = (share) => values[Math.min(values.length - 1, Math.round(share * (values.length - 1)))];
  let low = at(0.002), high = at(0.998);
  if (panel.log) {
    low = Math.max(values.find((value) => value > 0) ?? 1e-9, low * 0.9);
    return [low, Math.max(high * 1.1, low * 2)];
  }
  if (low > 0) low = 0;
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low < 0 ? low - room : low, high + room];
}

function drawCurves(canvas, panel, view, { runs, chosen, series, colours, lit }) {
  const at = penOf(canvas), scale = stepScale(view, at.width), curves = curvesOf(panel, runs, series);
  const range = valueRange(panel, curves, chosen);
  if (!range) return;
  const [low, high] = range, top = MONITOR_EDGES.top, room = at.height - top - MONITOR_EDGES.bottom;
  const share = panel.log ? (v) => Math.log(Math.max(v, low) / low) / Math.log(high / low) : (v) => (v - low) / (high - low);
  const y = (value) => top + (1 - share(value)) * room;
  drawValueAxis(at, panel.log ? logTicks(low, high) : niceTicks(low, high, Math.max(2, room / 34)), y);
  clipToFrame(at, scale);
  for (const curve of curves)
    if (curve.run === chosen && curve.name === panel.curves[0]) drawBand(at, curve, scale, y, colourOf(curve.series, colours, at));
  for (const curve of curves) {
    if (curve.name === "loss") continue;
    at.pen.globalAlpha = !lit || lit === curve.run ? 1 : 0.25;
    drawLine(at, curve, scale, y, colourOf(curve.series, colours, at));
  }
  at.pen.restore();
}

/** From the least to the greatest value of each bin; a dot where it has one value. */
function drawBand({ pen }, { run, series }, scale, y, colour) {
  const wide = Math.max(1, scale.x(1 + run.size) - scale.x(1));
  pen.fillStyle = colour;
  pen.globalAlpha = run.size > 1 ? 0.28 : 0.65;
  for (const row of run.rows) {
    const [least, most, mean] = run.three(row, series);
    if (!Number.isFinite(mean)) continue;
    const [first, last] = binSteps(row[0], run.size), x = scale.x((first + Math.min(last, run.steps ?? last)) / 2);
    const above = y(most), tall = Math.max(2, y(least) - above);
    pen.fillRect(x - Math.min(wide, 3) / 2, above - (tall === 2 ? 1 : 0), Math.min(wide, 3), tall);
  }
  pen.globalAlpha = 1;
}

function drawLine({ pen }, { run, series, name }, scale, y, colour) {
  pen.strokeStyle = colour;
  pen.lineWidth = name === "smooth" ? 1.8 : 1.4;
  pen.lineJoin = "round";
  pen.setLineDash(MONITOR_DASHES[run.index % MONITOR_DASHES.length]);
  pen.beginPath();
  for (const row of run.rows) {
    const mean = run.three(row, series)[2];
    if (!Number.isFinite(mean)) continue; // the other expert's turn
    const [first, last] = binSteps(row[0], run.size);
    pen.lineTo(scale.x((first + Math.min(last, run.steps ?? last)) / 2), y(mean));
  }
  pen.stroke();
  pen.setLineDash([]);
}

/** Validation: the change since the first measurement with its 95 % interval. */
function drawValidation(canvas, panel, view, { runs, chosen, colours, lit }) {
  const shown = runs.filter((run) => run.validation && (run === chosen || run.validation.rows));
  const at = penOf(canvas), scale = stepScale(view, at.width);
  const ends = shown.flatMap((run) => run.validation.rows.flatMap((row) => [row.difference, ...(run === chosen && row.ci95 ? row.ci95 : [])])).concat([0]);
  const least = Math.min(...ends), most = Math.max(...ends), room = (most - least || 1e-6) * 0.08, tall = at.height - MONITOR_EDGES.top - MONITOR_EDGES.bottom;
  const y = (value) => MONITOR_EDGES.top + (1 - (value - least + room) / (most - least + 2 * room)) * tall;
  drawValueAxis(at, niceTicks(least, most, Math.max(2, tall / 34)), y);
  const { pen } = at;
  pen.fillStyle = at.faint;
  pen.fillRect(MONITOR_EDGES.left, Math.round(y(0)), scale.inner, 1);
  clipToFrame(at, scale);
  for (const run of shown)
    for (const [expert, colour] of Object.entries(colours)) {
      const own = run.validation.rows.filter((row) => row.stage === expert);
      if (run === chosen) drawInterval(pen, own.filter((row) => row.ci95), scale, y, colour);
      pen.globalAlpha = !lit || lit === run ? 1 : 0.25;
      Object.assign(pen, { strokeStyle: colour, fillStyle: colour, lineWidth: 1.5 });
      pen.setLineDash(MONITOR_DASHES[run.index % MONITOR_DASHES.length]);
      pen.beginPath();
      for (const row of own) pen.lineTo(scale.x(row.step), y(row.difference));
      pen.stroke();
      pen.setLineDash([]);
      for (const row of own) { pen.beginPath(); pen.arc(scale.x(row.step), y(row.difference), 2.4, 0, 7); pen.fill(); }
    }
  pen.restore();
}

function drawInterval(pen, rows, scale, y, colour) {
  pen.fillStyle = colour;
  pen.globalAlpha = 0.18;
  pen.beginPath();
  for (const row of rows) pen.lineTo(scale.x(row.step), y(row.ci95[1]));
  for (const row of rows.toReversed()) pen.lineTo(scale.x(row.step), y(row.ci95[0]));
  pen.fill();
  pen.globalAlpha = 1;
}
