// A clip's time: how much moves when, what is dead, black or cut, which pieces are taken, where the playhead is.

const TIMELINE = { height: 92, top: 6, curve: 52, edge: 9 };
const COARSE = 10; // frames that an arrow moves with Shift

/** Seconds of frames, and frames of seconds, of a clip with `facts`; the frame after the last ends the clip. */
function clipClock({ frames, fps, times, length }) {
  const start = (frame) => (frame >= frames ? length : times.length ? times[frame] : fps ? frame / fps : 0);
  function frameAt(seconds) {
    if (!times.length) return Math.max(0, Math.min(frames - 1, Math.floor(seconds * fps + 1e-6)));
    let low = 0, high = frames - 1;
    while (low < high) { const middle = Math.ceil((low + high) / 2); if (times[middle] <= seconds + 1e-6) low = middle; else high = middle - 1; }
    return low;
  }
  const edgeAt = (seconds) => { const at = frameAt(seconds); return seconds - start(at) > start(at + 1) - seconds ? at + 1 : at; };
  return { frames, length, start, frameAt, edgeAt };
}

/** `calls`: seek(frame), trim(piece, first, stop), choose(piece). */
function timeline(calls) {
  const holder = element("div", "wannb-timeline");
  const rest = whenKeysRest();
  const head = element("div", "wannb-timeline-head");
  let view = null, width = 0, drag = null, ends = [];
  const x = (seconds) => TIMELINE.edge + (seconds / view.clock.length) * (width - 2 * TIMELINE.edge);
  const secondsAt = (event) => {
    const share = (event.clientX - holder.getBoundingClientRect().left - TIMELINE.edge) / (width - 2 * TIMELINE.edge);
    return Math.max(0, Math.min(1, share)) * view.clock.length;
  };

  /** next: { clock, pieces, piece, look, ticks (seconds), playhead (frame) }. */
  function show(next) {
    if (drag || rest.waits) return; // what is under way is newer; its answer comes
    view = next;
    draw();
  }

  function draw() {
    width = holder.clientWidth;
    if (!view || !view.clock.length || width < 40) {
      ends = [];
      return holder.replaceChildren();
    }
    const svg = picture(width, TIMELINE.height, described());
    shape(svg, "rect", { x: TIMELINE.edge, y: TIMELINE.top, width: width - 2 * TIMELINE.edge, height: TIMELINE.curve, class: "wannb-timeline-ground" });
    drawLook(svg);
    drawKept(svg);
    drawTicks(svg);
    slider(head, "head", "Playhead", view.playhead, 0, view.clock.frames - 1);
    placeHead();
    lay(svg);
    placeEnds();
  }

  /** Put the picture under the playhead and the ends, which stay the nodes they are: what is held or focused stays so. */
  function lay(svg) {
    if (holder.firstChild?.matches?.("svg")) holder.firstChild.replaceWith(svg);
    else holder.prepend(svg);
    if (head.parentNode !== holder) svg.after(head); // before the ends: where they lie on one another, an end is taken
    const wanted = 2 * view.pieces.length;
    while (ends.length > wanted) ends.pop().remove();
    while (ends.length < wanted) {
      const node = element("div", `wannb-timeline-handle wannb-timeline-${ends.length % 2 ? "end" : "start"}`);
      ends.push(node);
      holder.append(node);
    }
  }

  function described() {
    const { look, pieces, clock } = view, kept = pieces.map((one) => `${one.start.toFixed(2)} to ${one.end.toFixed(2)} s`).join(", ");
    const parts = [`${clock.length.toFixed(2)} s, taken: ${kept || "nothing"}`];
    if (look?.still.length) parts.push(`still ${look.still.map(([a, b]) => `${a.toFixed(2)} to ${b.toFixed(2)} s`).join(", ")}`);
    if (look?.black.length) parts.push(`black ${look.black.map(([a, b]) => `${a.toFixed(2)} to ${b.toFixed(2)} s`).join(", ")}`);
    if (look?.cuts.length) parts.push(`cuts at ${look.cuts.map((cut) => cut.toFixed(2)).join(", ")} s`);
    return `Motion over time: ${parts.join("; ")}`;
  }

  function drawLook(svg) {
    const { look, clock } = view, bottom = TIMELINE.top + TIMELINE.curve;
    if (!look) return;
    const dead = hatch(svg, "var(--warn)");
    const area = ([from, to], kind, words) => titled(shape(svg, "rect", {
      x: x(from), y: TIMELINE.top, width: Math.max(1, x(to) - x(from)), height: TIMELINE.curve, class: `wannb-timeline-${kind}`, fill: kind === "still" ? dead : null,
    }), `${words}: ${from.toFixed(2)} to ${to.toFixed(2)} s`);
    const named = ([from, to], words) => x(to) - x(from) > 64 && shape(svg, "text", { x: (x(from) + x(to)) / 2, y: bottom - 22, class: "wannb-timeline-words" }, `${words} ${(to - from).toFixed(1)} s`);
    for (const run of look.still) area(run, "still", "nothing moves");
    for (const run of look.black) area(run, "black", "black");
    if (look.motion.length) {
      const step = clock.length / look.motion.length;
      const points = look.motion.map((value, i) => `${x((i + 0.5) * step).toFixed(1)},${(bottom - value * (TIMELINE.curve - 4)).toFixed(1)}`);
      shape(svg, "path", { d: `M${x(0)},${bottom} L${points.join(" ")} L${x(clock.length)},${bottom}Z`, class: "wannb-timeline-motion" });
    }
    for (const run of look.still) named(run, "still");
    for (const run of look.black) named(run, "black");
    for (const cut of look.cuts) {
      titled(shape(svg, "path", { d: `M${x(cut)},${TIMELINE.top - 4}V${bottom}`, class: "wannb-timeline-cut" }), `cut at ${cut.toFixed(2)} s`);
      shape(svg, "path", { d: `M${x(cut) - 4},${TIMELINE.top - 5}h8l-4,5z`, class: "wannb-timeline-notch" });
    }
  }

  /** What is not taken lies in shadow. */
  function drawKept(svg) {
    let from = 0;
    const shadow = (a, b) => b > a && shape(svg, "rect", { x: x(a), y: TIMELINE.top, width: x(b) - x(a), height: TIMELINE.curve, class: "wannb-timeline-shadow" });
    const ordered = [...view.pieces].sort((a, b) => a.start - b.start);
    for (const piece of ordered) { shadow(from, piece.start); from = Math.max(from, piece.end); }
    shadow(from, view.clock.length);
    view.pieces.forEach((piece, i) => {
      shape(svg, "rect", { x: x(piece.start), y: TIMELINE.top, width: Math.max(2, x(piece.end) - x(piece.start)), height: TIMELINE.curve,
        class: "wannb-timeline-piece", "data-chosen": i === view.piece });
      if (view.pieces.length > 1) shape(svg, "text", { x: x(piece.start) + 12, y: TIMELINE.top + 14, class: "wannb-timeline-number" }, String(i + 1));
    });
  }

  function drawTicks(svg) {
    const bottom = TIMELINE.top + TIMELINE.curve;
    for (const seconds of view.ticks) shape(svg, "path", { d: `M${x(seconds).toFixed(1)},${bottom + 2}v7`, class: "wannb-timeline-tick" });
    for (const seconds of roundTicks(0, view.clock.length, (view.clock.length * 62) / width))
      shape(svg, "text", { x: Math.min(x(seconds), width - 16), y: TIMELINE.height - 8, class: "wannb-timeline-seconds" }, `${Number(seconds.toFixed(2))} s`);
  }

  function slider(node, part, label, value, least, most) {
    attributes(node, { role: "slider", tabindex: "0", "data-part": part, "aria-label": label, "aria-valuemin": least, "aria-valuemax": most, "aria-valuenow": value,
      "aria-valuetext": `${view.clock.start(value).toFixed(2)} s, frame ${value}` });
    return node;
  }

  function placeEnds() {
    view.pieces.forEach((piece, i) => ["start", "end"].forEach((end, side) => {
      const node = ends[2 * i + side], [least, most] = end === "start" ? [0, piece.stop - 1] : [piece.first + 1, view.clock.frames];
      const words = view.pieces.length > 1 ? ` of piece ${i + 1}` : "";
      slider(node, `${end}-${i}`, `${end === "start" ? "Start" : "End"}${words}`, end === "start" ? piece.first : piece.stop, least, most);
      node.style.left = `${x(piece[end])}px`;
      node.dataset.chosen = i === view.piece;
    }));
  }

  function placeHead() {
    if (!view) return;
    head.style.left = `${x(view.clock.start(view.playhead))}px`;
    attributes(head, { "aria-valuenow": view.playhead, "aria-valuetext": `${view.clock.start(view.playhead).toFixed(2)} s, frame ${view.playhead}` });
  }

  function playhead(frame) {
    if (!view) return;
    view.playhead = frame;
    placeHead();
  }

  /** Move an end of a piece to `edge` (a frame number): on the page at once, in the list when `done`. */
  function moveEnd(number, end, edge, done) {
    const piece = view.pieces[number];
    if (end === "start") piece.first = Math.max(0, Math.min(piece.stop - 1, edge));
    else piece.stop = Math.min(view.clock.frames, Math.max(piece.first + 1, edge));
    [piece.start, piece.end] = [view.clock.start(piece.first), view.clock.start(piece.stop)];
    calls.seek(end === "start" ? piece.first : piece.stop - 1);
    if (done) calls.trim(number, piece.first, piece.stop);
    draw();
  }

  const grabbed = (node) => { const [end, number] = node.dataset.part.split("-"); return [Number(number), end]; };

  holder.addEventListener("pointerdown", (event) => {
    if (!view || event.button) return;
    rest.flush();
    const handle = event.target.closest(".wannb-timeline-handle"), seconds = secondsAt(event);
    drag = handle ? grabbed(handle) : "head";
    event.preventDefault();
    holder.setPointerCapture(event.pointerId);
    (handle ?? head).focus({ preventScroll: true });
    if (handle) calls.choose(drag[0]);
    else {
      const inside = view.pieces.findIndex((piece) => seconds >= piece.start && seconds < piece.end);
      if (inside >= 0) calls.choose(inside);
      calls.seek(view.clock.frameAt(seconds));
    }
  });
  holder.addEventListener("pointermove", (event) => {
    if (drag === "head") calls.seek(view.clock.frameAt(secondsAt(event)));
    else if (drag) moveEnd(...drag, view.clock.edgeAt(secondsAt(event)), false);
  });
  const letGo = (event) => {
    const held = drag;
    drag = null;
    if (held && held !== "head") moveEnd(...held, view.clock.edgeAt(secondsAt(event)), true);
  };
  holder.addEventListener("pointerup", letGo);
  holder.addEventListener("pointercancel", () => { drag = null; draw(); });

  holder.addEventListener("keydown", (event) => {
    const part = event.target.dataset?.part;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -COARSE, PageUp: COARSE, Home: -1e9, End: 1e9 }[event.key];
    if (!part || !by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? COARSE * by : by;
    if (part === "head") return calls.seek(view.playhead + step);
    const [number, end] = grabbed(event.target), piece = view.pieces[number];
    moveEnd(number, end, (end === "start" ? piece.first : piece.stop) + step, false);
    const { first, stop } = view.pieces[number];
    rest.later(() => calls.trim(number, first, stop));
  });
  const sized = new ResizeObserver(() => holder.clientWidth !== width && draw());
  sized.observe(holder);
  return { holder, show, playhead, flush: rest.flush, clear: () => { rest.flush(); sized.disconnect(); } };
}
