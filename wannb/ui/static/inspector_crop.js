// The crop box on the large picture: dragged, sized, moved by keys; locked to a shape, or free.

const LEAST_SIDE = 16; // pixels of the clip

/** The box of `aspect` about the middle of `box`, as large as it, inside a picture of `width` × `height`. */
function lockedBox([x0, y0, x1, y1], aspect, width, height) {
  const area = (x1 - x0) * (y1 - y0);
  let [wide, high] = [Math.sqrt(area * aspect), Math.sqrt(area / aspect)];
  const scale = Math.min(1, width / wide, height / high);
  [wide, high] = [wide * scale, high * scale];
  const left = Math.max(0, Math.min(width - wide, (x0 + x1 - wide) / 2)), top = Math.max(0, Math.min(height - high, (y0 + y1 - high) / 2));
  return [left, top, left + wide, top + high];
}

/** The box once the corner or side `grip` ("nw", "e", …; "move" for all of it) has gone by (dx, dy). */
function draggedBox(box, grip, dx, dy, aspect, width, height) {
  let [x0, y0, x1, y1] = box;
  if (grip === "move") {
    dx = Math.max(-x0, Math.min(width - x1, dx));
    dy = Math.max(-y0, Math.min(height - y1, dy));
    return [x0 + dx, y0 + dy, x1 + dx, y1 + dy];
  }
  if (grip.includes("w")) x0 = Math.max(0, Math.min(x1 - LEAST_SIDE, x0 + dx));
  if (grip.includes("e")) x1 = Math.min(width, Math.max(x0 + LEAST_SIDE, x1 + dx));
  if (grip.includes("n")) y0 = Math.max(0, Math.min(y1 - LEAST_SIDE, y0 + dy));
  if (grip.includes("s")) y1 = Math.min(height, Math.max(y0 + LEAST_SIDE, y1 + dy));
  return aspect ? keptShape(box, [x0, y0, x1, y1], grip, aspect, width, height) : [x0, y0, x1, y1];
}

/** `next` in the shape `aspect`, held at the corner (or the middle of the side) that lies across from `grip`. */
function keptShape(box, next, grip, aspect, width, height) {
  const across = grip === "n" || grip === "s" ? (next[3] - next[1]) * aspect : grip.length === 1 ? next[2] - next[0]
    : Math.max(next[2] - next[0], (next[3] - next[1]) * aspect);
  const holdX = grip.includes("w") ? box[2] : grip.includes("e") ? box[0] : (box[0] + box[2]) / 2;
  const holdY = grip.includes("n") ? box[3] : grip.includes("s") ? box[1] : (box[1] + box[3]) / 2;
  const roomX = grip.includes("w") ? holdX : grip.includes("e") ? width - holdX : 2 * Math.min(holdX, width - holdX);
  const roomY = grip.includes("n") ? holdY : grip.includes("s") ? height - holdY : 2 * Math.min(holdY, height - holdY);
  const wide = Math.max(Math.min(across, roomX, roomY * aspect), LEAST_SIDE * Math.max(1, aspect)), high = wide / aspect;
  const left = grip.includes("w") ? holdX - wide : grip.includes("e") ? holdX : holdX - wide / 2;
  const top = grip.includes("n") ? holdY - high : grip.includes("s") ? holdY : holdY - high / 2;
  return [left, top, left + wide, top + high];
}

/** What a bucket of `size` shows of `box`: the middle of it, in the bucket's shape. */
function bucketBox([x0, y0, x1, y1], [wide, high]) {
  const scale = Math.max(wide / (x1 - x0), high / (y1 - y0)), w = wide / scale, h = high / scale;
  return [(x0 + x1 - w) / 2, (y0 + y1 - h) / 2, (x0 + x1 + w) / 2, (y0 + y1 + h) / 2];
}

/** The layer over the picture. `changed(box, done)`: box in whole pixels of the clip, null for all of it. */
function cropLayer(changed) {
  const grips = ["nw", "n", "ne", "e", "se", "s", "sw", "w"].map((grip) => attributes(element("span", `wannb-crop-grip wannb-crop-${grip}`), { "data-grip": grip }));
  const seen = element("div", "wannb-crop-seen"), frame = attributes(element("div", "wannb-crop-box", seen, ...grips), { role: "group", "data-grip": "move" });
  const layer = element("div", "wannb-crop", frame);
  let width = 1, height = 1, box = null, aspect = null, editing = false, size = null, drag = null;
  const rest = whenKeysRest();
  const all = () => [0, 0, width, height];
  const whole = (one) => one.map(Math.round);
  const isAll = (one) => whole(one).join() === all().join();

  function draw() {
    const one = box ?? all(), percent = (value, of) => `${(100 * value) / of}%`;
    layer.hidden = !editing && !box;
    layer.dataset.editing = editing;
    Object.assign(frame.style, { left: percent(one[0], width), top: percent(one[1], height), width: percent(one[2] - one[0], width), height: percent(one[3] - one[1], height) });
    const [x0, y0, x1, y1] = size ? bucketBox(one, size) : one, [w, h] = [one[2] - one[0], one[3] - one[1]];
    Object.assign(seen.style, { left: percent(x0 - one[0], w), top: percent(y0 - one[1], h), width: percent(x1 - x0, w), height: percent(y1 - y0, h) });
    attributes(frame, {
      tabindex: editing ? "0" : null,
      "aria-label": `Crop box, ${Math.round(w)} by ${Math.round(h)} pixels at ${Math.round(one[0])}, ${Math.round(one[1])}. Arrows move it, plus and minus size it.`,
    });
  }

  function put(next, done) {
    box = isAll(next) ? null : next;
    draw();
    changed(box && whole(box), done);
  }

  function show(given) {
    if (drag || rest.waits) return; // what is under way is newer; its answer comes
    ({ width, height, box, aspect, editing, size } = { ...given, box: given.box ?? null });
    draw();
  }

  const scale = () => width / layer.getBoundingClientRect().width;
  frame.addEventListener("pointerdown", (event) => {
    if (!editing || event.button) return;
    rest.flush();
    drag = { grip: event.target.closest("[data-grip]").dataset.grip, x: event.clientX, y: event.clientY, from: box ?? all() };
    frame.setPointerCapture(event.pointerId);
    frame.focus({ preventScroll: true });
    event.preventDefault();
  });
  const moved = (event, done) => put(draggedBox(drag.from, drag.grip, (event.clientX - drag.x) * scale(), (event.clientY - drag.y) * scale(), aspect, width, height), done);
  frame.addEventListener("pointermove", (event) => drag && moved(event, false));
  frame.addEventListener("pointerup", (event) => { if (drag) { const far = event.clientX !== drag.x || event.clientY !== drag.y; if (far) moved(event, true); drag = null; } });
  frame.addEventListener("pointercancel", () => { drag = null; });
  frame.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 16 : 1, one = box ?? all();
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    const grow = { "+": 1, "=": 1, "-": -1 }[event.key];
    if (!editing || event.ctrlKey || event.metaKey || event.altKey || !(by || grow)) return;
    event.preventDefault();
    event.stopPropagation();
    put(by ? draggedBox(one, "move", ...by, aspect, width, height) : sized(one, grow), false);
    rest.later(() => changed(box && whole(box), true));
  });
  function sized([x0, y0, x1, y1], grow) {
    const share = 1 + 0.04 * grow, w = (x1 - x0) * share, h = (y1 - y0) * share;
    if (w > width || h > height) return aspect ? lockedBox([0, 0, width, height], aspect, width, height) : all();
    if (Math.min(w, h) < LEAST_SIDE) return [x0, y0, x1, y1];
    const left = Math.max(0, Math.min(width - w, (x0 + x1 - w) / 2)), top = Math.max(0, Math.min(height - h, (y0 + y1 - h) / 2));
    return [left, top, left + w, top + h];
  }
  /** Give the box the shape `wanted` (null: free). */
  function lock(wanted) {
    aspect = wanted;
    if (aspect) put(lockedBox(box ?? all(), aspect, width, height), true);
  }
  return { layer, show, lock, flush: rest.flush };
}
