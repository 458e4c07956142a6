// A training's progress bar and loss curves. Python sends [step, loss, smoothed, expert] as float32; this only draws.

const WIDTH = 640, HEIGHT = 200, LEFT = 46, BOTTOM = 24, TOP = 8, RIGHT = 8;
const COLUMNS = 4;

function element(name, className, ...children) {
  const node = document.createElement(name);
  node.className = className;
  node.append(...children);
  return node;
}

/** Round steps for an axis from 0 to `most`: at most six of them. */
function ticks(most) {
  const rough = most / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  return Array.from({ length: Math.floor(most / step + 1e-6) + 1 }, (_, i) => i * step);
}

function rowsOf(view) {
  const floats = new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  return Array.from({ length: floats.length / COLUMNS }, (_, i) => floats.subarray(i * COLUMNS, (i + 1) * COLUMNS));
}

function draw(canvas, rows, total, colours) {
  const scale = window.devicePixelRatio || 1;
  Object.assign(canvas, { width: WIDTH * scale, height: HEIGHT * scale });
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const last = Math.max(total, ...rows.map((row) => row[0]), 1);
  const losses = rows.map((row) => row[1]).sort((a, b) => a - b);
  const most = (losses[Math.floor(losses.length * 0.99)] || 1) * 1.1; // one wild step must not flatten the rest
  const x = (step) => LEFT + (step / last) * (WIDTH - LEFT - RIGHT);
  const y = (loss) => TOP + (1 - Math.min(loss, most) / most) * (HEIGHT - TOP - BOTTOM);
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = style.color;
  pen.strokeStyle = style.borderColor;
  pen.textAlign = "right";
  for (const tick of ticks(most)) {
    pen.fillText(Number(tick.toPrecision(3)), LEFT - 6, y(tick) + 4);
    pen.beginPath(); pen.moveTo(LEFT, y(tick)); pen.lineTo(WIDTH - RIGHT, y(tick)); pen.stroke();
  }
  pen.textAlign = "center";
  for (const tick of ticks(last)) pen.fillText(tick, Math.min(x(tick), WIDTH - 16), HEIGHT - 8);
  Object.values(colours).forEach((colour, expert) => {
    const own = rows.filter((row) => row[3] === expert);
    pen.fillStyle = pen.strokeStyle = colour;
    pen.globalAlpha = 0.3;
    for (const row of own) pen.fillRect(x(row[0]) - 1, y(row[1]) - 1, 2, 2);
    pen.globalAlpha = 1;
    pen.lineWidth = 2;
    pen.beginPath();
    for (const row of own) pen.lineTo(x(row[0]), y(row[2]));
    pen.stroke();
    pen.lineWidth = 1;
  });
}

function describe({ phase, done, total, left, stage }) {
  const parts = [`${phase} ${done} / ${total}`];
  if (stage) parts.push(`${stage} noise`);
  if (left !== null && left !== undefined && done < total) parts.push(`${Math.ceil(left)} s left`);
  return parts.join(" · ");
}

function render({ model, el }) {
  const bar = element("progress", "wannb-progress");
  const words = element("span", "wannb-words", "waiting");
  const colours = model.get("_colours");
  const legend = element("span", "wannb-legend", ...Object.entries(colours).map(([expert, colour]) => {
    const name = element("span", "wannb-name", `● ${expert} noise`);
    name.style.color = colour;
    return name;
  }));
  const canvas = element("canvas", "wannb-canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Loss by step, one curve an expert");
  const root = element("div", "wannb-live", element("div", "wannb-head", bar, words, legend), canvas);
  el.replaceChildren(root);
  let total = 0;

  function update() {
    const status = model.get("_status");
    if (status.phase) {
      words.textContent = describe(status);
      Object.assign(bar, { max: Math.max(1, status.total), value: status.done });
      if (status.phase === "training") total = status.total;
    }
    const rows = rowsOf(model.get("_rows"));
    canvas.hidden = !rows.length;
    if (rows.length) draw(canvas, rows, total, colours);
    root.dataset.steps = rows.length;
  }

  const names = ["change:_rows", "change:_status"];
  names.forEach((name) => model.on(name, update));
  update();
  return () => names.forEach((name) => model.off(name, update));
}

export default { render };
