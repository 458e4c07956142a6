// Where the run stands, which runs are shown and which one is looked at, how much is smoothed, how far is zoomed.

function monitorHead(state, act) {
  const name = element("span", "wannb-watch-name"), run = element("span", "wannb-watch-state"), line = element("span", "wannb-watch-line", "asking the kernel");
  const share = element("div", "wannb-watch-share"), bar = element("div", "wannb-watch-bar", share), said = attributes(element("p", "wannb-watch-said"), { role: "status" });
  const zoomed = attributes(button("wannb-do", "Whole run", act.reset), { title: "Show all steps (double click, or 0)" });
  const smooth = smoothing(state, act), legend = element("div", "wannb-monitor-legend", ...experts(state.colours));
  const list = attributes(element("div", "wannb-monitor-runs"), { role: "group", "aria-label": "Runs" });
  const rows = state.all.length > 1 ? state.all.map((one) => runRow(one, state, act)) : [];
  list.append(...rows.map((row) => row.node));
  list.hidden = !rows.length;
  const node = element("header", "wannb-monitor-head", element("div", "wannb-watch-head", name, run, line), bar, said, list,
    element("div", "wannb-monitor-tools", legend, smooth, zoomed));
  let trouble = null; // what goes before the run's own sentence until an answer comes
  function update(zoom) {
    const { chosen } = state, { status } = chosen;
    write(name, chosen.name);
    zoomed.hidden = !zoom;
    rows.forEach((row) => row.update());
    bar.hidden = run.hidden = !status;
    if (trouble) say(...trouble);
    else say(status?.sentence ?? "", status?.state === "died" ? "bad" : "");
    if (!status) return write(line, chosen.steps ? `${chosen.steps.toLocaleString("en")} steps, a log of another trainer` : "asking the kernel");
    write(run, status.state);
    attributes(run, { "data-state": status.state, title: status.meaning });
    const reading = chosen.reading ? [`${Math.floor(100 * chosen.reading)} % of its log read, the rest is a sample`] : [];
    write(line, [...standing(status), ...reading].join(" · "));
    const busy = aside(status), [done, of] = busy ? [busy.done, busy.total] : [status.step, status.steps], percent = of ? Math.min(100, (100 * done) / of) : 0;
    share.style.width = `${percent}%`;
    attributes(bar, { role: "progressbar", "aria-label": busy ? busy.phase : "Steps", "aria-valuenow": Math.round(percent), "data-phase": busy && busy.phase });
  }
  function complain(words, kind) {
    trouble = words ? [words, kind] : null;
    if (words) say(words, kind);
  }
  function say(words, kind = "") {
    write(said, words);
    attributes(said, { "data-kind": kind });
    said.hidden = !words;
  }
  say("");
  return { node, update, complain };
}

function experts(colours) {
  return Object.entries(colours).map(([expert, colour]) => {
    const name = element("span", "wannb-monitor-name", noiseOf(expert));
    name.style.setProperty("--of", colour);
    return name;
  });
}

/** The slider counts how many steps the running mean looks back over: 1 … 1,000. */
function smoothing(state, act) {
  const slider = attributes(element("input", ""), { type: "range", min: 0, max: 30, step: 1, value: Math.round(10 * Math.log10(1 / (1 - state.keep))), "aria-label": "Smoothing: steps of the running mean" });
  const words = element("output", "");
  const label = attributes(element("label", "wannb-monitor-smooth", "Smoothing", slider, words), { title: "Over how many steps of an expert the thick curve is a mean" });
  function show() {
    const over = Math.round(10 ** (slider.value / 10));
    write(words, over === 1 ? "none" : `${over.toLocaleString("en")} steps`);
    attributes(slider, { "aria-valuetext": words.textContent });
    return over;
  }
  slider.addEventListener("input", () => act.smooth(1 - 1 / show()));
  show();
  return label;
}

/** One of several runs: shown or not, and the one that is looked at. */
function runRow(run, state, act) {
  const box = attributes(element("input", ""), { type: "checkbox", checked: true, "aria-label": `Show ${run.name}` });
  const dash = attributes(document.createElementNS(NAMES_OF_SVG, "svg"), { width: 30, height: 8, "aria-hidden": "true" });
  const line = attributes(document.createElementNS(NAMES_OF_SVG, "line"), { x1: 0, x2: 30, y1: 4, y2: 4, stroke: "currentColor", "stroke-width": 2, "stroke-dasharray": MONITOR_DASHES[run.index % MONITOR_DASHES.length].join(" ") || null });
  dash.append(line);
  const choose = attributes(button("wannb-do", run.name, () => act.choose(run)), { title: "Show its heat maps, validation, state and events" });
  const node = element("div", "wannb-monitor-run", box, dash, choose);
  box.addEventListener("change", () => act.hide(run, !box.checked));
  node.addEventListener("pointerenter", () => act.light(run));
  node.addEventListener("pointerleave", () => act.light(null));
  return { node, update: () => choose.setAttribute("aria-pressed", String(run === state.chosen)) };
}

// The name that browsers know SVG by, taken from one that the page parses itself.
const NAMES_OF_SVG = Object.assign(document.createElement("div"), { innerHTML: "<svg></svg>" }).firstChild.namespaceURI;

/** Which expert trained when, a lane for each run. */
function drawStrip(canvas, view, state) {
  canvas.style.height = `${8 * state.runs.length + 2}px`;
  const at = penOf(canvas), scale = stepScale(view, at.width);
  clipToFrame(at, scale);
  state.runs.forEach((run, lane) => {
    for (const row of run.rows) {
      const [first, last] = binSteps(row[0], run.size), left = scale.x(first - 0.5), right = scale.x(Math.min(last, run.steps) + 0.5);
      const there = Object.keys(state.colours).filter((expert) => Number.isFinite(run.three(row, `loss/${expert}`)[2]));
      there.forEach((expert, i) => { // both in one bin: one above the other
        at.pen.fillStyle = state.colours[expert];
        at.pen.fillRect(left, lane * 8 + 1 + (6 / there.length) * i, Math.max(1, right - left), 6 / there.length);
      });
    }
  });
  at.pen.restore();
}
