// The plots one below the other: what each draws, when there is something to draw, and its values at one step.

const DRAWN = { timesteps: drawTimesteps, validation: drawValidation, quantiles: drawQuantiles, norms: drawNorms };
const BETWEEN = " · ";

function hasPanel(panel, { runs, chosen, series }) {
  if (panel.name === "timesteps") return chosen.cells.length > 0;
  if (panel.name === "validation") return runs.some((run) => run.validation);
  if (panel.name === "quantiles") return Boolean(chosen.validation);
  if (panel.name === "norms") return Boolean(chosen.norms);
  return curvesOf(panel, runs, series).length > 0;
}

/** One plot with its words; `changed` is called where a control of its own was used. */
function monitorPanel(panel, state, changed) {
  const canvas = attributes(element("canvas", "wannb-monitor-canvas"), { role: "img", "aria-label": `${panel.title}. ${panel.reading}` });
  const chart = element("div", "wannb-monitor-chart", canvas, element("i", "wannb-monitor-cross"), element("i", "wannb-monitor-drag"));
  const values = element("div", "wannb-monitor-values"), key = element("div", "wannb-monitor-key");
  const reading = element("p", "wannb-monitor-reading", panel.reading);
  const title = element("h4", "wannb-monitor-title", panel.title, element("span", "", panel.unit ? ` ${panel.unit}` : ""));
  const words = element("div", "wannb-monitor-words", title, values, key, reading);
  if (panel.name === "timesteps") title.after(relativeChoice(state, changed));
  const node = attributes(element("div", "wannb-monitor-panel", chart, words), { "data-panel": panel.name });
  function draw(view) {
    node.hidden = !hasPanel(panel, state);
    if (node.hidden) return;
    if (panel.name === "validation" && state.chosen.validation) write(reading, `${panel.reading} ${state.chosen.validation.words}`);
    const colours = (DRAWN[panel.name] ?? drawCurves)(canvas, panel, view, state);
    drawGuides(canvas, view, state.chosen);
    if (colours) showKey(key, colours);
  }
  function tell(step, height) {
    if (!hasPanel(panel, state)) return;
    values.replaceChildren(...told(panel, state, step, height, canvas.clientHeight).map(({ words, colour }) => {
      const line = element("span", "", words);
      if (colour) line.style.setProperty("--of", colour);
      return attributes(line, { "data-of": Boolean(colour) });
    }));
    attributes(values, { "data-hint": !values.childElementCount });
  }
  return { node, chart, draw, tell, panel };
}

function relativeChoice(state, changed) {
  const make = (words, relative, title) => attributes(button("wannb-do", words, () => { state.relative = relative; changed(); }), { title });
  const own = [make("Change", true, "Per cent above or below the band's first losses"), make("Loss", false, "The mean squared error itself")];
  const row = attributes(element("div", "wannb-monitor-choice", ...own), { role: "group", "aria-label": "Colours show" });
  row.update = () => own.forEach((one, i) => one.setAttribute("aria-pressed", String(state.relative === !i)));
  row.update();
  state.choice = row;
  return row;
}

/** ramps: one list of colours for each bar. */
function showKey(key, { left, right, ramps }) {
  const bars = ramps.map((stops) => {
    const bar = element("i", "wannb-monitor-ramp");
    bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    return bar;
  });
  key.replaceChildren(element("span", "", left), ...bars, element("span", "", right));
}

/** The values of a plot at `step`: [{words, colour}]. */
function told(panel, state, step, height, tall) {
  if (panel.name === "validation") return toldValidation(state, step);
  if (panel.name === "timesteps" || panel.name === "quantiles" || panel.name === "norms") return toldCells(panel, state, step, height, tall);
  return curvesOf(panel, state.runs, state.series).flatMap(({ run, series, name }) => {
    const row = nearestWith(run, series, step);
    if (!row || (name === "loss" && run !== state.chosen)) return [];
    const [least, most, mean] = run.three(row, series), expert = series.split("/")[1];
    const span = name === "loss" && run.size > 1 && least !== most ? ` (${digits(least)} to ${digits(most)})` : "";
    const what = { loss: "", smooth: "smoothed " }[name] ?? "", who = state.runs.length > 1 ? `${run.name} ${expert ?? ""}`.trim() : noiseOf(expert);
    const unit = ["s", "GiB", "tokens / s"].includes(panel.unit) ? ` ${panel.unit}${name === "memory_gib" && run.account ? ` (${run.account})` : ""}` : "";
    return [{ words: `${who}${who ? " " : ""}${what}${digits(mean)}${unit}${span}`, colour: state.colours[expert] }];
  });
}

/** The nearest bin to `step` in which `series` has a value; of several experts each has its own steps. */
function nearestWith(run, series, step) {
  const middle = run.rows.indexOf(run.at(step));
  for (let away = 0; away < 400; away += 1)
    for (const row of [run.rows[middle - away], run.rows[middle + away]]) if (row && Number.isFinite(run.three(row, series)[2])) return row;
  return null;
}

function toldValidation(state, step) {
  return state.runs.filter((run) => run.validation).flatMap((run) => Object.keys(state.colours).flatMap((expert) => {
    const own = run.validation.rows.filter((row) => row.stage === expert);
    if (!own.length) return [];
    const row = own.reduce((a, b) => (Math.abs(b.step - step) < Math.abs(a.step - step) ? b : a));
    const band = row.ci95 ? ` (${signed(row.ci95[0], "")} to ${signed(row.ci95[1], "")})` : "";
    const who = state.runs.length > 1 ? `${run.name} ${expert}` : `${expert} noise`;
    return [{ words: `${who} ${signed(row.difference, "")}${band}, ${steps(row.step)}`, colour: state.colours[expert] }];
  }));
}

function toldCells(panel, state, step, height, tall) {
  const run = state.chosen, at = { height: tall };
  if (panel.name === "timesteps") {
    if (height === null || !run.firsts) return [];
    const row = run.at(step, run.cells, run.wide), share = 1 - (height - MONITOR_EDGES.top) / (tall - MONITOR_EDGES.top - MONITOR_EDGES.bottom);
    const band = Math.floor(share * run.firsts.length), width = 1000 / run.firsts.length;
    if (!row || band < 0 || band >= run.firsts.length) return [];
    const value = row[1 + band], [first, last] = binSteps(row[0], run.wide);
    const where = `timesteps ${band * width}–${(band + 1) * width}, ${spread(first, Math.min(last, run.steps))}: `;
    if (!Number.isFinite(value)) return [{ words: `${where}not drawn` }];
    return [{ words: `${where}loss ${digits(value)}, ${signed(100 * (value / run.firsts[band] - 1), " %")} of the first ${digits(run.firsts[band])}` }];
  }
  const rows = panel.name === "norms" ? normRows(run) : quantileRows(run);
  const column = rows.columns.find((one) => one.step >= step) ?? rows.columns.at(-1);
  if (!column || height === null) return [];
  const place = rowAt(rowEdges(at, [column.values.length]), height);
  if (place < 0) return [];
  const value = column.values[place], expert = panel.name === "norms" ? rows.blocks[place].expert : rows.experts[Math.floor(place / 9)];
  const what = panel.name === "norms" ? `block ${rows.blocks[place].block}` : `timestep ${digits(rows.timesteps[place])}`;
  const amount = panel.name === "norms" ? `${digits(value)}${rows.relative ? " % of ‖W‖" : ""}` : signed(value, " %");
  return [{ words: `${expert} noise, ${what}, ${steps(column.step)}: ${amount}`, colour: state.colours[expert] }];
}
