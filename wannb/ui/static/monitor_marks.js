// What happened, as marks over the axis of steps. A mark opens: its words and, of previews, the clips.

const GLYPHS = { died: "✕", warned: "▲", changed: "◆", resumed: "↻", stopped: "■", previewed: "▶", control: "‖", saved: "▪", started: "●" };
const MARK_APART = 15; // pixels between two marks; nearer ones are one

function marksLane(opened) {
  const lane = attributes(element("div", "wannb-monitor-marks"), { role: "group", "aria-label": "What happened. Arrows go from mark to mark, Enter opens one." });
  let shown = [], signature = "";
  function lay(run, view, width) {
    const scale = stepScale(view, width), groups = [];
    for (const event of run.events.toSorted((a, b) => a.step - b.step)) {
      const x = scale.x(Math.max(event.step, 1));
      if (event.step > view.high + 0.5 || (event.step < view.low - 0.5 && event.step > 0) || (event.step === 0 && view.low > 1)) continue;
      if (groups.length && x - groups.at(-1).x < MARK_APART) groups.at(-1).events.push(event);
      else groups.push({ x, events: [event] });
    }
    const now = JSON.stringify([run.index, view.low, view.high, width, groups.map((group) => [group.x.toFixed(0), group.events.length])]);
    if (now === signature) return;
    signature = now;
    const focused = shown.findIndex((one) => one.node === document.activeElement);
    shown = groups.map((group) => ({ group, node: markButton(group, () => opened(group)) }));
    lane.replaceChildren(...shown.map((one) => one.node));
    shown.forEach((one, i) => { one.node.tabIndex = i === Math.max(0, focused) ? 0 : -1; });
    if (focused >= 0) shown[Math.min(focused, shown.length - 1)]?.node.focus();
  }
  lane.addEventListener("keydown", (event) => {
    const from = shown.findIndex((one) => one.node === event.target), by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (from < 0 || !by || !shown[from + by]) return;
    event.preventDefault();
    event.stopPropagation();
    shown[from].node.tabIndex = -1;
    shown[from + by].node.tabIndex = 0;
    shown[from + by].node.focus();
  });
  return { lane, lay };
}

function markButton({ x, events }, pressed) {
  const kind = Object.keys(GLYPHS).find((one) => events.some((event) => event.kind === one)) ?? "started";
  const first = events[0].step, last = events.at(-1).step, words = [...new Set(events.map((event) => event.words))];
  const said = `${spread(first, last)}: ${words.slice(0, 4).join(", ")}${words.length > 4 ? ", …" : ""}`;
  const node = attributes(button("wannb-monitor-mark", GLYPHS[kind], pressed), { title: said, "aria-label": said, "data-kind": kind });
  node.style.left = `${x}px`;
  return node;
}

const GUIDED = ["changed", "resumed", "died"]; // what can bend a curve is drawn through every plot

function drawGuides(canvas, view, run) {
  const pen = canvas.getContext("2d"), scale = stepScale(view, canvas.clientWidth), style = getComputedStyle(canvas);
  Object.assign(pen, { strokeStyle: style.color, lineWidth: 1, globalAlpha: 0.6 });
  pen.setLineDash([1, 3]);
  for (const { kind, step } of run.events) {
    if (!GUIDED.includes(kind) || step < view.low || step > view.high) continue;
    const x = Math.round(scale.x(step)) + 0.5;
    pen.beginPath(); pen.moveTo(x, 0); pen.lineTo(x, canvas.clientHeight); pen.stroke();
  }
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

/** The box that a mark opens. `ask(step, index)` has a preview sent, which `show` then plays. */
function openedMark(ask, closed) {
  const words = element("ul", "wannb-monitor-list"), video = element("div", "wannb-monitor-clip");
  const close = attributes(button("wannb-do", "Close", () => shut()), { "aria-label": "Close what happened" });
  const box = attributes(element("section", "wannb-monitor-open", video, element("div", "wannb-monitor-said", words, close)), { "aria-label": "What happened here" });
  let url = null, wanted = null, back = null;
  box.hidden = true;
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    shut();
  });
  function free() {
    if (url) URL.revokeObjectURL(url);
    url = null;
    video.replaceChildren();
  }
  function shut() {
    const inside = box.contains(document.activeElement);
    box.hidden = true;
    free();
    wanted = null;
    if (inside) back?.focus();
    closed();
  }
  function open(group, run) {
    back = document.activeElement;
    free();
    words.replaceChildren(...group.events.slice(-60).map(eventLine));
    const previews = [...new Set(group.events.filter((event) => event.kind === "previewed").map((event) => event.step))];
    box.hidden = false;
    wanted = null;
    if (previews.length) want(run, previews.at(-1), 0);
    close.focus();
  }
  function want(run, step, index) {
    wanted = `${run}/${step}/${index}`;
    ask(run, step, index);
  }
  function show({ run, step, index, count, mime, prompt, distilled }, data) {
    if (box.hidden || wanted !== `${run}/${step}/${index}`) return;
    const held = video.contains(document.activeElement);
    free();
    url = URL.createObjectURL(new Blob([data], { type: mime }));
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches, when = step ? steps(step) : "before training";
    const film = Object.assign(document.createElement("video"), { muted: true, loop: true, playsInline: true, autoplay: !calm, controls: calm, src: url });
    attributes(film, { "aria-label": `Preview, ${when}: ${prompt}` });
    const next = button("wannb-do", "Next prompt", () => want(run, step, (index + 1) % count));
    const about = element("div", "wannb-watch-faint", ...distilledChip(distilled), `${when} · ${prompt}`);
    video.append(film, about, ...(count > 1 ? [element("div", "wannb-watch-faint", `${index + 1} of ${count} `, next)] : []));
    if (held) next.focus();
  }
  return { box, open, show, shut, free };
}
