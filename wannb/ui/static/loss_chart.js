// Loss by step on a canvas: a dot for every step, a curve of their running mean for each expert.

const EDGES = { left: 46, bottom: 22, top: 8, right: 8 };
const MOST_DOTS = 4000; // of one expert; of more steps every n-th is drawn

/** Round steps for an axis from 0 to `most`: at most six of them. */
function axisTicks(most) {
  const rough = most / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  return Array.from({ length: Math.floor(most / step + 1e-6) + 1 }, (_, i) => i * step);
}

/** rows: [step, loss, smoothed loss, index of the expert]; total: the steps of the run; colours: by expert. */
function drawLosses(canvas, rows, total, colours) {
  const width = canvas.clientWidth || 640, height = canvas.clientHeight || 200, scale = window.devicePixelRatio || 1;
  Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const last = Math.max(total, rows.length ? rows.at(-1)[0] : 0, 1);
  const losses = Float32Array.from(rows, (row) => row[1]).filter(Number.isFinite).sort();
  const most = (losses[Math.floor(losses.length * 0.99)] || 1) * 1.1; // one wild step must not flatten the rest
  const x = (step) => EDGES.left + (step / last) * (width - EDGES.left - EDGES.right);
  const y = (loss) => EDGES.top + (1 - Math.min(loss, most) / most) * (height - EDGES.top - EDGES.bottom);
  drawLossAxes(pen, getComputedStyle(canvas), { last, most, x, y, width, height });
  Object.values(colours).forEach((colour, expert) => drawLossCurve(pen, rows.filter((row) => row[3] === expert), colour, x, y));
}

function drawLossAxes(pen, style, { last, most, x, y, width, height }) {
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = style.color;
  pen.strokeStyle = style.borderColor;
  pen.textAlign = "right";
  const ticks = axisTicks(last), highest = axisTicks(most).at(-1);
  for (const tick of axisTicks(most)) {
    pen.fillText(Number(tick.toPrecision(3)), EDGES.left - 6, y(tick) + 4);
    pen.beginPath(); pen.moveTo(EDGES.left, y(tick)); pen.lineTo(width - EDGES.right, y(tick)); pen.stroke();
  }
  pen.fillText("loss", EDGES.left - 6, y(highest) + 20);
  pen.textAlign = "center";
  for (const tick of ticks.slice(0, -1)) pen.fillText(tick, x(tick), height - 6);
  pen.fillText(`step ${ticks.at(-1)}`, Math.min(x(ticks.at(-1)), width - 30), height - 6);
}

function drawLossCurve(pen, rows, colour, x, y) {
  pen.fillStyle = pen.strokeStyle = colour;
  pen.globalAlpha = 0.3;
  const stride = Math.ceil(rows.length / MOST_DOTS);
  for (let i = 0; i < rows.length; i += stride) pen.fillRect(x(rows[i][0]) - 1, y(rows[i][1]) - 1, 2, 2);
  pen.globalAlpha = 1;
  pen.lineWidth = 2;
  pen.beginPath();
  for (const row of rows) pen.lineTo(x(row[0]), y(row[2]));
  pen.stroke();
  pen.lineWidth = 1;
}

/** The floats that `view` (a DataView) holds, as rows of `columns`. */
function floatRows(view, columns) {
  const floats = new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  return Array.from({ length: floats.length / columns }, (_, i) => floats.subarray(i * columns, (i + 1) * columns));
}
