// A training's progress bar and loss curves. Python sends [step, loss, smoothed, expert] as float32; this only draws.

function describe({ phase, done, total, left, stage }) {
  if (phase === "done") return `done: ${done} steps`;
  const parts = [`${phase} ${done} / ${total}`];
  if (stage) parts.push(`${stage} noise`);
  if (left !== null && left !== undefined && done < total) parts.push(`${Math.ceil(left)} s left`);
  return parts.join(" · ");
}

function render({ model, el }) {
  const bar = element("progress", "wannb-live-bar");
  const words = element("span", "wannb-live-words", "waiting");
  const colours = model.get("_colours");
  const legend = element("span", "", ...Object.entries(colours).map(([expert, colour]) => {
    const name = element("span", "wannb-live-name", `● ${expert} noise`);
    name.style.color = colour;
    return name;
  }));
  const canvas = attributes(element("canvas", "wannb-live-canvas"), {
    role: "img", "aria-label": "Loss by step, one curve an expert",
  });
  const root = element("div", "wannb-live", element("div", "wannb-live-head", bar, words, legend), canvas);
  el.replaceChildren(root);
  let total = 0;

  function update() {
    const status = model.get("_status");
    if (status.phase) {
      words.textContent = describe(status);
      Object.assign(bar, { max: Math.max(1, status.total), value: status.done });
      if (["training", "done"].includes(status.phase)) total = status.total;
    }
    const rows = floatRows(model.get("_rows"), 4);
    canvas.hidden = !rows.length;
    if (rows.length) drawLosses(canvas, rows, total, colours);
    root.dataset.steps = rows.length;
  }

  const names = ["change:_rows", "change:_status"];
  names.forEach((name) => model.on(name, update));
  update();
  return () => names.forEach((name) => model.off(name, update));
}

export default { render };
