// Runs over their steps, polled: this asks with what it shows and has, Python answers with what is new of that.

const SOON = 1000, SELDOM = 10000, AT_ONCE = 30; // milliseconds to the next look: of a run that goes, that ended, that is being read
const NARROWEST = 4; // steps that can be zoomed to

function render({ model, el }) {
  const names = model.get("_names"), series = model.get("_series"), bands = model.get("_bands");
  const all = names.map((name, i) => monitoredRun(name, i, series, bands));
  const state = { all, runs: all, chosen: all[0], series, colours: model.get("_colours"), relative: true, lit: null, keep: 0.95 };
  let zoom = null, cross = null, number = 0, frame = 0, drag = null, late = 0;

  const head = monitorHead(state, {
    reset: () => zoomTo(null), smooth: (keep) => { state.keep = keep; clearTimeout(late); late = setTimeout(() => clock.now(), 60); },
    choose: (run) => { state.chosen = run; opened.shut(); clock.now(); redraw(); },
    hide: (run, hidden) => { run.hidden = hidden; state.runs = all.filter((one) => !one.hidden); redraw(); },
    light: (run) => { state.lit = run; redraw(); },
  });
  const panels = model.get("_panels").map((panel) => monitorPanel(panel, state, () => { state.choice.update(); redraw(); }));
  const opened = openedMark((run, step, index) => post({ open: { run, step, index } }), () => {});
  const marks = marksLane((group) => opened.open(group, state.chosen.index));
  const strip = attributes(element("canvas", "wannb-monitor-strip"), { role: "img", "aria-label": "Which expert trained when" });
  const axis = element("canvas", "wannb-monitor-axis"), foot = element("canvas", "wannb-monitor-axis");
  const where = element("div", "wannb-monitor-where"), spoken = attributes(element("div", "wannb-unseen"), { "aria-live": "polite" });
  const stage = attributes(element("div", "wannb-monitor-plots",
    element("div", "wannb-monitor-panel wannb-monitor-top", element("div", "wannb-monitor-chart", strip, element("i", "wannb-monitor-cross")), where),
    ...panels.map((one) => one.node), element("div", "wannb-monitor-panel", foot)), {
    tabindex: 0, role: "group", "aria-label": "Plots over the steps. Arrows move the cross hair, plus and minus zoom, 0 shows the whole run.",
  });
  const body = element("div", "wannb-monitor-body", element("div", "wannb-monitor-panel", element("div", "wannb-monitor-chart", marks.lane, axis)), opened.box, stage, spoken);
  const root = attributes(element("section", "wannb-theme wannb-monitor", head.node, body), { "aria-label": `Monitor of ${names.join(", ")}` });
  el.replaceChildren(root);
  body.hidden = true;

  const last = () => Math.max(1, ...state.runs.map((run) => run.steps ?? 1));
  const view = () => zoom ?? { low: 1, high: Math.max(last(), 2) };
  const width = () => axis.clientWidth || 600;

  function post(content) { sendTo(model, content); }

  function ask() {
    const inner = Math.max(100, (body.hidden ? 0.65 * root.clientWidth : width()) - 62);
    const wanted = { low: zoom?.low ?? 1, high: zoom?.high ?? null, columns: Math.round(inner), cells: Math.round(inner / 6), keep: state.keep };
    post({ ask: { number: (number += 1), view: wanted, chosen: state.chosen.index, have: all.map((run) => run.have && { ...run.have, events: run.events.length }) } });
  }

  function hear(content, buffers) {
    if (content.clip) return opened.show(content.clip, buffers[0]);
    if (content.trouble) head.complain(content.trouble, "bad");
    if (content.news) {
      if (content.asked !== number) return; // it answers an older wish
      const left = [...buffers];
      content.news.forEach((told, i) => all[i].take(told, left));
      head.complain("");
      show();
    }
    const reading = all.some((run) => run.reading), going = all.some((run) => run.status?.at_work || run.grew);
    clock.answered(reading ? AT_ONCE : going || !all[0].have ? SOON : SELDOM);
  }

  function show() {
    body.hidden = !all.some((run) => run.rows.length);
    head.update(zoom);
    redraw();
    Object.assign(root.dataset, { steps: state.chosen.steps ?? 0, bins: state.chosen.rows.length, size: state.chosen.size, state: state.chosen.status?.state ?? "",
      reading: state.chosen.reading, low: view().low, high: view().high });
  }

  function redraw() { frame ||= requestAnimationFrame(draw); }

  function draw() {
    frame = 0;
    if (body.hidden || !root.clientWidth) return; // what is not laid out now is drawn when it is
    head.update(zoom);
    const now = view();
    marks.lay(state.chosen, now, width());
    drawSteps(axis, now);
    drawSteps(foot, now);
    drawStrip(strip, now, state);
    panels.forEach((panel) => panel.draw(now));
    point(cross);
  }

  /** Put the cross hair on a step; height: of the pointer in the plot `over`. */
  function point(to) {
    cross = to && Math.max(view().low, Math.min(view().high, to.step)) === to.step ? to : null;
    const at = cross ?? { step: last() };
    root.style.setProperty("--at", cross ? `${stepScale(view(), width()).x(cross.step).toFixed(1)}px` : "-9px");
    panels.forEach((panel) => panel.tell(at.step, panel === at.over ? at.height : null));
    const row = state.chosen.at(at.step);
    if (!row) return;
    const [first, end] = binSteps(row[0], state.chosen.size), who = Object.keys(state.colours).filter((expert) => Number.isFinite(state.chosen.three(row, `loss/${expert}`)[2]));
    write(where, `${cross ? "" : "newest: "}${spread(Math.min(first, state.chosen.steps), Math.min(end, state.chosen.steps))}${who.length ? `, ${who.join(" and ")} noise` : ""}`);
  }

  function zoomTo(wanted) {
    if (wanted) {
      const most = last(), span = Math.max(NARROWEST, Math.min(most, Math.round(wanted.high - wanted.low)));
      const low = Math.max(1, Math.min(Math.round(wanted.low), most - span));
      zoom = low <= 1 && low + span >= most ? null : { low, high: Math.min(most, low + span) };
    } else zoom = null;
    opened.shut();
    clock.now();
    show();
  }

  const zoomBy = (factor) => {
    const { low, high } = view(), middle = cross?.step ?? (low + high) / 2, span = (high - low) * factor;
    zoomTo({ low: middle - span / 2, high: middle + span / 2 });
  };
  const move = (by) => {
    const { low, high } = view(), size = Math.max(1, state.chosen.size);
    point({ step: Math.max(low, Math.min(high, (cross?.step ?? high) + by * size)) });
    write(spoken, [where, ...root.querySelectorAll(".wannb-monitor-values")].map((node) => node.innerText).filter(Boolean).slice(0, 2).join(". "));
  };
  const keys = {
    ArrowLeft: (event) => move(event.shiftKey ? -10 : -1), ArrowRight: (event) => move(event.shiftKey ? 10 : 1),
    Home: () => move(-1e9), End: () => move(1e9), "+": () => zoomBy(0.5), "=": () => zoomBy(0.5), "-": () => zoomBy(2), 0: () => zoomTo(null), Escape: () => zoomTo(null),
  };
  stage.addEventListener("keydown", (event) => {
    if (event.target !== stage || !keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key](event);
  });

  const chartOf = (event) => panels.find((panel) => panel.chart.contains(event.target));
  function spot(event) {
    const panel = drag?.panel ?? chartOf(event);
    if (!panel) return null;
    const box = panel.chart.getBoundingClientRect(), { low, high } = view();
    const step = Math.max(low, Math.min(high, Math.round(stepScale(view(), box.width).step(event.clientX - box.left))));
    return { step, over: panel, height: event.clientY - box.top, x: event.clientX - box.left, panel };
  }
  stage.addEventListener("pointermove", (event) => {
    const at = spot(event);
    point(at);
    if (drag && at) markDrag(at.x);
  });
  stage.addEventListener("pointerleave", () => !drag && point(null));
  stage.addEventListener("pointerdown", (event) => {
    const at = event.button === 0 && event.pointerType !== "touch" ? spot(event) : null;
    if (!at) return;
    drag = { ...at, from: at.x, start: at.step };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointerup", (event) => {
    const from = drag, at = spot(event);
    drag = null;
    markDrag(null);
    if (from && at && Math.abs(at.x - from.from) > 5) zoomTo({ low: Math.min(from.start, at.step), high: Math.max(from.start, at.step) });
  });
  stage.addEventListener("pointercancel", () => { drag = null; markDrag(null); });
  stage.addEventListener("dblclick", (event) => (chartOf(event) || event.target === stage) && zoomTo(null)); // the stage has captured the pointer
  function markDrag(x) {
    const [from, to] = drag && x !== null ? [Math.min(drag.from, x), Math.max(drag.from, x)] : [-9, -9];
    root.style.setProperty("--from", `${from}px`);
    root.style.setProperty("--wide", `${to - from}px`);
  }

  const clock = asking(root, { ask, complain: (words) => head.complain(words, "wait") });
  const sized = new ResizeObserver(redraw);
  model.on("msg:custom", hear);
  sized.observe(root);
  const letKeysGo = keepKeys(() => root), themed = whenThemed(redraw);
  point(null);
  return () => {
    clock.end();
    clearTimeout(late);
    cancelAnimationFrame(frame);
    letKeysGo();
    themed();
    sized.disconnect();
    model.off("msg:custom", hear);
    opened.free();
  };
}

export default { render };
