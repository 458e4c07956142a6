// One clip in its place: the moving picture or why there is none, what is noted on it, its figures.

const LEAST_TINT = 6, MOST_TINT = 42; // per cent of the accent colour, from a row's least figure to its most
const APART = 0.05; // of the larger: figures closer than this are not coloured as if they differed

/** A figure as it is read: three digits, and its unit. */
function figureWords(value, { short: unit }) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
  return unit ? `${digits}${unit === "°" ? "" : " "}${unit}` : digits;
}

/** For each figure the least and the most among `cells`; null where there is nothing to tell apart. */
function rangesOf(cells, figures) {
  return new Map(figures.map(({ name, scale }) => {
    const values = cells.map((cell) => cell.figures?.[name]).filter(Number.isFinite);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return [name, scale && values.length > 1 && high - low > APART * Math.max(Math.abs(high), Math.abs(low)) ? [low, high] : null];
  }));
}

function makeCell(book, clock, act) {
  const frame = element("div", "wannb-cmp-frame"), blank = element("div", "wannb-cmp-blank"), words = element("span", "");
  const bar = element("div", "wannb-cmp-share"), track = element("div", "wannb-cmp-track", bar);
  const make = button("wannb-do", "Make", () => act("make", cell)), drop = button("wannb-do", "Cancel", () => act("cancel", cell));
  const marks = element("div", "wannb-cmp-marks"), stars = element("span", "wannb-cmp-stars"), list = element("div", "wannb-cmp-figures");
  blank.append(words, track, make, drop);
  frame.append(blank, marks);
  make.tabIndex = drop.tabIndex = -1; // R and X do it from the cell
  const node = attributes(element("div", "wannb-cmp-cell", frame, stars, list), { role: "gridcell", tabindex: "-1" });
  const view = clipView(book, clock, frame);
  let cell = null, shown = "";

  function showBlank() {
    const { state, words: said, done, of } = cell;
    const text = { missing: "not made yet", waiting: "waits to be made", ready: "" }[state] ?? said;
    write(words, said || text);
    make.hidden = !(state === "missing" || state === "refused" || (state === "waiting" && said)); // nobody makes it any more
    write(make, state === "missing" ? "Make" : "Try again");
    drop.hidden = !["waiting", "rendering"].includes(state);
    track.hidden = state !== "rendering";
    bar.style.width = `${of ? (100 * done) / of : 0}%`;
    blank.hidden = state === "ready";
    attributes(track, { role: "progressbar", "aria-valuenow": of ? Math.round((100 * done) / of) : 0, "aria-label": "Denoising" });
  }

  function showMarks({ a, b, pinned, proposed, chosen, preferred }) {
    const found = [["A", a, "clip A"], ["B", b, "clip B"], ["pinned", pinned, "pinned"], ["proposed", proposed, "the proposed pair"],
      ["chosen", chosen, "the chosen pair"], ["preferred", preferred, "preferred in this row"]].filter(([, on]) => on);
    const key = found.map(([name]) => name).join();
    if (marks.dataset.key === key) return;
    marks.dataset.key = key;
    marks.replaceChildren(...found.map(([name, , title]) => attributes(element("span", `wannb-cmp-mark wannb-cmp-${name.toLowerCase()}`, name), { title })));
  }

  function showFigures(figures, ranges) {
    const key = JSON.stringify([figures.map(({ name }) => [name, cell.figures?.[name], ranges.get(name)]), cell.state]);
    if (shown === key) return;
    shown = key;
    list.replaceChildren(...(cell.state === "ready" ? figures : []).map((figure) => {
      const value = cell.figures?.[figure.name], range = ranges.get(figure.name);
      const share = range && Number.isFinite(value) ? (value - range[0]) / (range[1] - range[0]) : null;
      const line = element("div", "", element("span", "", figure.label), element("span", "", figureWords(value, figure)));
      line.title = figure.tells;
      if (share !== null) line.style.setProperty("--tint", `${LEAST_TINT + share * (MOST_TINT - LEAST_TINT)}%`);
      return line;
    }));
    list.hidden = !list.children.length;
  }

  function show(next, { label, figures, ranges, rating, marks: on, unnamed }) {
    cell = next;
    frame.style.aspectRatio = `${cell.width} / ${cell.height}`;
    view.show(cell.state === "ready" ? cell.clip : null);
    showBlank();
    showMarks(on);
    write(stars, rating === undefined ? "" : "★".repeat(rating) + "☆".repeat(5 - rating));
    stars.hidden = rating === undefined;
    showFigures(unnamed ? [] : figures, ranges);
    const noted = [on.a && "A", on.b && "B", on.pinned && "pinned", on.proposed && "proposed", on.chosen && "chosen", on.preferred && "preferred",
      rating !== undefined && `rated ${rating} of 5`].filter(Boolean);
    const told = unnamed ? [] : figures.map((one) => `${one.label} ${figureWords(cell.figures?.[one.name], one)}`);
    const state = cell.state === "ready" ? told : [words.textContent];
    attributes(node, { "aria-label": [label, ...noted, ...state].join(", "), "data-state": cell.state, "data-key": cell.key, "data-proposed": on.proposed, "data-chosen": on.chosen });
  }
  node.addEventListener("click", (event) => { if (!event.target.closest("button")) act("focus", cell, node); });
  node.addEventListener("dblclick", () => act("look", cell));
  return { node, show, view, get cell() { return cell; } };
}
