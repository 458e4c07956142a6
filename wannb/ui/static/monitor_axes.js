// One axis of steps for all plots, and the frame that each plot draws in.

const MONITOR_EDGES = { left: 52, right: 10, top: 6, bottom: 6 };

function stepScale(view, width) {
  const inner = Math.max(1, width - MONITOR_EDGES.left - MONITOR_EDGES.right), low = view.low - 0.5, high = view.high + 0.5;
  return {
    x: (step) => MONITOR_EDGES.left + ((step - low) / (high - low)) * inner,
    step: (x) => low + ((x - MONITOR_EDGES.left) / inner) * (high - low),
    inner, low, high,
  };
}

/** Round numbers from `low` to `high`, at most `most` of them. */
function niceTicks(low, high, most, whole = false) {
  const rough = Math.max((high - low) / Math.max(1, most), whole ? 1 : 1e-30), power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough * 0.999), ticks = [];
  for (let i = Math.ceil(low / size - 1e-9); i * size <= high + size * 1e-9; i += 1) ticks.push(i * size);
  return ticks;
}

function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
    for (const factor of [1, 2, 5]) ticks.push(factor * 10 ** power);
  const inside = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  return inside.length > 5 ? inside.filter((tick) => Math.abs(Math.log10(tick) % 1) < 1e-6) : inside;
}

/** Make a canvas ready at the size it is shown in; return its pen, with colours of the page. */
function penOf(canvas) {
  const width = canvas.clientWidth, height = canvas.clientHeight, scale = window.devicePixelRatio || 1;
  Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
  const pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
  pen.scale(scale, scale);
  pen.font = MONITOR_FONT;
  return { pen, width, height, ink: style.getPropertyValue("outline-color"), faint: style.color, hair: style.borderTopColor, ground: style.backgroundColor };
}

function drawValueAxis(at, ticks, y, words = digits) {
  const { pen, width, faint, hair } = at;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const tick of ticks) {
    pen.strokeStyle = hair;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(MONITOR_EDGES.left, Math.round(y(tick)) + 0.5);
    pen.lineTo(width - MONITOR_EDGES.right, Math.round(y(tick)) + 0.5);
    pen.stroke();
    pen.fillStyle = faint;
    pen.fillText(words(tick), MONITOR_EDGES.left - 6, y(tick));
  }
}

function clipToFrame({ pen, height }, scale) {
  pen.save();
  pen.beginPath();
  pen.rect(MONITOR_EDGES.left, 0, scale.inner, height);
  pen.clip();
}

/** The steps below (or above) all plots. */
function drawSteps(canvas, view) {
  const at = penOf(canvas), scale = stepScale(view, at.width), { pen } = at;
  pen.fillStyle = at.faint;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const tick of niceTicks(view.low, view.high, Math.max(2, scale.inner / 90), true)) {
    const words = Math.round(tick).toLocaleString("en"), half = pen.measureText(words).width / 2;
    pen.fillText(words, Math.min(scale.x(tick), at.width - half - 1), at.height / 2 + 2);
    pen.fillRect(Math.round(scale.x(tick)), 0, 1, 3);
  }
}
