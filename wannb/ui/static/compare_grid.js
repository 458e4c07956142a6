// Rows × columns of clips, of which only those in sight hold bytes and a decoder. Arrows move, the prompt stays in sight.

const NEAR = "120px"; // beyond the edge: a clip that is about to be seen is fetched
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const letter = (index) => (index < 26 ? LETTERS[index] : LETTERS[Math.floor(index / 26) - 1] + LETTERS[index % 26]);

function clipGrid(book, clock, act) {
  const table = attributes(element("div", "wannb-cmp-table"), { role: "grid", "aria-label": "Clips. Arrows move among them." });
  const root = element("div", "wannb-cmp-scroll", table);
  const places = new Map(), owners = new WeakMap(); // place -> cell component · its node -> place
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) places.get(owners.get(target))?.view.seen(isIntersecting);
  }, { rootMargin: NEAR, scrollMargin: NEAR });
  let lines = [], active = [0, 0], built = "", on = true;

  function cellAt(place) {
    let one = places.get(place);
    if (!one) {
      one = makeCell(book, clock, act);
      places.set(place, one);
      owners.set(one.node, place);
      if (on) sight.observe(one.node);
    }
    return one;
  }

  function rowHead({ label, detail, id }) {
    const head = attributes(element("div", "wannb-cmp-rowhead", element("span", "wannb-cmp-prompt", label), detail ? element("small", "", detail) : ""), { role: "rowheader", "data-row": id });
    head.title = label;
    return head;
  }

  function columnHead(column, { pinned = false, proposed = false, chosen = false, unnamed = false, index }) {
    const name = unnamed ? letter(index) : column.label;
    const head = attributes(element("div", "wannb-cmp-head", element("span", "", name)), { role: "columnheader", "data-column": unnamed ? name : column.id, "data-proposed": proposed });
    if (column.detail && !unnamed) head.append(element("small", "", column.detail));
    for (const [word, is] of [["pinned", pinned], ["proposed", proposed], ["chosen", chosen]]) if (is) head.append(element("span", `wannb-cmp-mark wannb-cmp-${word}`, word));
    return head;
  }

  /** Draw `shown`: { across, down, columns, rows: [{ id, label, detail, cells }] }, as `how(cell, row, column)` says. */
  function show(shown, how) {
    const heads = shown.columns.map((column, index) => columnHead(column, { ...column.marks, index }));
    const corner = attributes(element("div", "wannb-cmp-corner", ...(shown.across ? [element("span", "", `${shown.across} →`), element("span", "", `${shown.down} ↓`)] : [])), { role: "columnheader" });
    lines = shown.rows.map((row) => row.cells.map((cell, i) => {
      const one = cellAt(`${row.id} ${shown.columns[i].id}`);
      one.show(cell, how(cell, row, shown.columns[i], i));
      return one;
    }));
    const now = JSON.stringify([shown.across, shown.columns, shown.rows.map(({ cells, ...row }) => row)]);
    if (now === built) return focusable();
    built = now;
    const held = table.contains(document.activeElement) ? document.activeElement : null;
    table.style.setProperty("--columns", shown.columns.length);
    table.replaceChildren(
      attributes(element("div", "wannb-cmp-row", corner, ...heads), { role: "row" }),
      ...shown.rows.map((row, i) => attributes(element("div", "wannb-cmp-row", rowHead(row), ...lines[i].map((one) => one.node)), { role: "row" })),
    );
    const alive = new Set(lines.flat());
    for (const [place, one] of places) if (!alive.has(one)) { sight.unobserve(one.node); one.view.free(); places.delete(place); }
    focusable();
    if (held?.isConnected) held.focus({ preventScroll: true });
    else if (held) focus();
  }

  function focusable() {
    active = [Math.max(0, Math.min(lines.length - 1, active[0])), Math.max(0, Math.min((lines[0]?.length ?? 1) - 1, active[1]))];
    lines.forEach((line, i) => line.forEach((one, j) => { one.node.tabIndex = i === active[0] && j === active[1] ? 0 : -1; }));
  }

  const current = () => lines[active[0]]?.[active[1]] ?? null;

  function focus() {
    const one = current();
    if (!one) return;
    one.node.focus({ preventScroll: true });
    bring(one.node);
  }

  /** Scroll `node` into what the sticky heads leave free of the grid, and the page as little as is needed. */
  function bring(node) {
    const [box, inner] = [root.getBoundingClientRect(), node.getBoundingClientRect()];
    const [left, top] = [table.firstChild?.firstChild?.offsetWidth ?? 0, table.firstChild?.firstChild?.offsetHeight ?? 0];
    if (inner.left < box.left + left) root.scrollLeft -= box.left + left - inner.left + 4;
    else if (inner.right > box.right) root.scrollLeft += Math.min(inner.right - box.right + 16, inner.left - box.left - left);
    if (inner.top < box.top + top) root.scrollTop -= box.top + top - inner.top + 4;
    else if (inner.bottom > box.bottom) root.scrollTop += Math.min(inner.bottom - box.bottom + 16, inner.top - box.top - top);
    node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function move(down, right) {
    active = [active[0] + down, active[1] + right];
    focusable();
    focus();
  }

  table.addEventListener("focusin", (event) => {
    const node = event.target.closest(".wannb-cmp-cell");
    lines.forEach((line, i) => line.forEach((one, j) => { if (one.node === node) active = [i, j]; }));
    focusable();
  });

  /** Hold clips only while the whole is seen. */
  function seen(is) {
    on = is;
    for (const one of places.values()) {
      if (is) sight.observe(one.node);
      else { sight.unobserve(one.node); one.view.seen(false); }
    }
  }

  function clear() {
    sight.disconnect();
    for (const one of places.values()) one.view.free();
    places.clear();
  }
  return { root, table, show, move, focus, seen, clear, current, where: () => [...active], to: (i, j) => { active = [i, j]; focusable(); focus(); } };
}
