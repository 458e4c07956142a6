// What a job will take, as pictures: Python sends the numbers and the words, this draws them as wide as there is room.

const TITLES = { timesteps: "Timesteps", memory: "Memory", time: "Time", clips: "Clips", disk: "Disk", buckets: "Buckets" };
const DRAW = { timesteps: drawTimesteps, memory: drawMemory, time: drawTime, clips: drawClips, disk: drawDisk, buckets: drawBuckets };

function legend(parts) {
  return element("div", "wannb-outlook-legend", ...parts.map((part) => {
    const swatch = element("i", "wannb-outlook-swatch");
    swatch.style.background = partColour(part.name);
    return element("span", "", swatch, part.words);
  }));
}

function expertWords(experts, colours) {
  return element("div", "wannb-outlook-experts", ...experts.map((one) => {
    const words = element("span", one.t.length ? "" : "wannb-outlook-faint", one.words);
    if (one.t.length) words.style.color = colours[one.expert];
    return words;
  }));
}

function card(name, view, width, colours) {
  const head = element("figcaption", "wannb-outlook-head", element("span", "wannb-outlook-title", TITLES[name]));
  const node = element("figure", `wannb-outlook-card wannb-outlook-of-${name}`, head);
  if (view.said) {
    node.append(element("p", "wannb-outlook-faint", view.said));
    return node;
  }
  head.append(element("span", "wannb-outlook-headline", view.headline));
  if (view.between) head.append(element("span", "wannb-outlook-faint", view.between));
  if (view.verdict) head.append(attributes(element("span", "wannb-outlook-verdict", view.verdict), { "data-mood": view.mood }));
  if (view.experts) node.append(expertWords(view.experts, colours));
  node.append(DRAW[name](view, width, colours));
  if (view.parts) node.append(legend(view.parts));
  for (const line of view.lines ?? []) node.append(element("div", "wannb-outlook-faint", line));
  return node;
}

function render({ model, el }) {
  const root = attributes(element("section", "wannb-theme wannb-outlook"), { "aria-label": "What the job will take" });
  const grid = root.appendChild(element("div", "wannb-outlook-grid"));
  el.replaceChildren(root);
  const cards = new Map(); // name → { key, node }: a picture is drawn anew only where it differs
  let width = 0;

  /** The width of the cards that stand side by side, and of those as wide as all. */
  function widths() {
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const gap = parseFloat(getComputedStyle(grid).columnGap) || 0;
    return { all: Math.floor(width), one: Math.floor((width - gap * (columns - 1)) / columns) };
  }

  function update() {
    if (!width) return;
    const view = model.get("view"), colours = model.get("_colours"), { all, one } = widths();
    for (const [name, known] of cards) if (!view[name]) { known.node.remove(); cards.delete(name); }
    Object.entries(view).forEach(([name, own], place) => {
      const room = name === "timesteps" || name === "buckets" ? all : one;
      const key = `${room} ${JSON.stringify(own)}`;
      if (cards.get(name)?.key !== key) {
        const node = card(name, own, room, colours);
        cards.get(name)?.node.replaceWith(node);
        cards.set(name, { key, node });
      }
      const { node } = cards.get(name);
      if (grid.children[place] !== node) grid.insertBefore(node, grid.children[place] ?? null);
    });
  }

  const sized = new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) < 0.5) return;
    width = entry.contentRect.width;
    update();
  });
  sized.observe(root);
  model.on("change:view", update);
  return () => {
    sized.disconnect();
    model.off("change:view", update);
  };
}

export default { render };
