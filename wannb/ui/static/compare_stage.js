// Two chosen clips held against each other: beside, wiped, as their difference, one shining through the other.

const WAYS = {
  beside: ["Beside", "S", null],
  wipe: ["Wipe", "W", { label: "Wipe", unit: "%", least: 0, most: 100, begin: 50, by: 1 }],
  difference: ["Difference", "D", { label: "Brightened", unit: "×", least: 1, most: 16, begin: 4, by: 1 }],
  onion: ["Onion skin", "O", { label: "Opacity of B", unit: "%", least: 0, most: 100, begin: 50, by: 2 }],
};

function clipStage(book, clock, act) {
  const layers = ["a", "b"].map((side) => element("div", `wannb-cmp-layer wannb-cmp-layer-${side}`));
  const views = layers.map((layer) => clipView(book, clock, layer));
  const labels = ["a", "b"].map((side) => element("div", `wannb-cmp-label wannb-cmp-label-${side}`));
  const line = attributes(element("div", "wannb-cmp-line"), { role: "slider", tabindex: "0", "aria-label": "Wipe line", "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": 100 });
  const box = element("div", "wannb-cmp-box", ...layers, line);
  const slider = attributes(element("input", "wannb-cmp-amount"), { type: "range" }), amount = element("label", "wannb-cmp-amounts", element("span", ""), slider, element("output", ""));
  const ways = Object.entries(WAYS).map(([way, [text, key]]) => attributes(button("wannb-do", text, () => go(way)), { "data-way": way, title: `${text} (${key})`, "aria-keyshortcuts": key }));
  const swap = attributes(button("wannb-do", "Swap", () => act("swap")), { title: "A becomes B, and B becomes A" });
  const close = attributes(button("wannb-do", "Close", () => act("close")), { title: "Close (Esc)" });
  const tools = element("div", "wannb-cmp-tools", ...ways, amount, element("span", "wannb-cmp-gap"), swap, close);
  const root = attributes(element("div", "wannb-cmp-stage", tools, element("div", "wannb-cmp-labels", ...labels), box), {
    tabindex: "0", role: "group", "aria-label": "Clips A and B. Arrows move the wipe, the opacity or the brightness.",
  });
  const values = Object.fromEntries(Object.entries(WAYS).map(([way, [, , range]]) => [way, range?.begin]));
  let way = "wipe", pair = [null, null], on = true;
  root.hidden = true;

  function draw() {
    const both = pair.every(Boolean), now = both ? way : "beside", range = WAYS[now][2], value = values[now];
    root.dataset.way = now;
    root.dataset.both = both;
    for (const one of ways) attributes(one, { "aria-pressed": String(both && one.dataset.way === now), "aria-disabled": both ? null : "true" });
    amount.hidden = !range;
    line.hidden = now !== "wipe";
    box.style.setProperty("--wipe", `${values.wipe}%`);
    box.style.setProperty("--onion", values.onion / 100);
    box.style.setProperty("--bright", values.difference);
    attributes(swap, { "aria-disabled": both ? null : "true" });
    if (!range) return;
    Object.assign(slider, { min: range.least, max: range.most, step: range.by, value });
    write(amount.firstChild, range.label);
    write(amount.lastChild, range.unit === "×" ? `×${value}` : `${Math.round(value)} ${range.unit}`);
    attributes(slider, { "aria-label": range.label });
    attributes(line, { "aria-valuenow": Math.round(values.wipe) });
  }

  function set(value) {
    const range = WAYS[way][2];
    if (!range) return;
    values[way] = Math.max(range.least, Math.min(range.most, value));
    draw();
  }

  function go(next) {
    way = next;
    draw();
  }

  /** Show clips `a` and `b`, { clip, label, width, height } or null. */
  function show(a, b, name) {
    pair = [a, b];
    const first = a ?? b;
    root.hidden = !first;
    pair.forEach((one, i) => {
      layers[i].hidden = !one;
      views[i].show(one?.clip ?? null);
      views[i].seen(on && Boolean(one));
      labels[i].hidden = !one;
      if (!one) return;
      labels[i].replaceChildren(element("b", "", i ? "B" : "A"), element("span", "", name(one)));
      layers[i].style.aspectRatio = `${one.width} / ${one.height}`;
    });
    if (first) box.style.setProperty("--shape", first.width / first.height);
    draw();
  }

  function drag(event) {
    const { left, width } = box.getBoundingClientRect();
    set((100 * (event.clientX - left)) / width);
  }
  box.addEventListener("pointerdown", (event) => {
    if (root.dataset.way !== "wipe" || event.button) return;
    event.preventDefault();
    line.focus({ preventScroll: true });
    box.setPointerCapture(event.pointerId);
    drag(event);
  });
  box.addEventListener("pointermove", (event) => { if (box.hasPointerCapture(event.pointerId)) drag(event); });
  slider.addEventListener("input", () => set(Number(slider.value)));
  root.addEventListener("keydown", (event) => {
    const range = WAYS[root.dataset.way][2], by = range ? range.by * (event.shiftKey ? 10 : 1) : 0;
    const steps = { ArrowLeft: -by, ArrowDown: -by, ArrowRight: by, ArrowUp: by };
    if (!range || event.target === slider || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) set(values[way] + steps[event.key]);
    else if (event.target === line && event.key === "Home") set(range.least);
    else if (event.target === line && event.key === "End") set(range.most);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return {
    root, show, go,
    focus: () => (root.dataset.way === "wipe" ? line : root).focus({ preventScroll: false }),
    seen: (is) => { on = is; views.forEach((view, i) => view.seen(is && Boolean(pair[i]))); },
    clear: () => views.forEach((view) => view.free()),
  };
}
