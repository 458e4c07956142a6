// A grid of posters of which only those in sight are in the page; hovering goes through a clip's frames.

const TILE = { least: 152, text: 42, gap: 8, shape: 0.625 };
const HOVER = 90; // milliseconds until a tile under the pointer asks for its frames

function gallery(book, open) {
  const space = element("div", "wannb-gallery-space");
  const root = attributes(element("div", "wannb-gallery", space), {
    role: "listbox", tabindex: "0", "aria-label": "Clips. Arrows move, Enter opens, slash searches.",
  });
  const name = `wannb-tile-${Math.random().toString(36).slice(2)}`;
  const tiles = new Map(); // name of the clip -> its tile
  let rows = [], sort = "name", columns = 1, width = TILE.least, poster = 95, active = 0, opened = "", hover = 0;

  function makeTile(row) {
    const picture = element("img", "wannb-tile-picture"), frames = element("div", "wannb-tile-frames");
    attributes(picture, { alt: "", draggable: "false" });
    const flags = element("div", "wannb-tile-flags"), head = element("div", "wannb-tile-poster", picture, frames, flags);
    const node = element("div", "wannb-tile", head, element("div", "wannb-tile-name"), element("div", "wannb-tile-facts"));
    const tile = { node, head, picture, frames, row, order: null, sprite: null };
    node.addEventListener("click", () => { root.focus({ preventScroll: true }); go(rows.indexOf(tile.row)); open(tile.row.name); });
    head.addEventListener("pointerenter", () => { clearTimeout(hover); hover = setTimeout(() => scrub(tile), HOVER); });
    head.addEventListener("pointermove", (event) => showFrame(tile, event));
    head.addEventListener("pointerleave", () => { clearTimeout(hover); leave(tile); });
    return tile;
  }

  function scrub(tile) {
    if (tile.row.image) return;
    book.want("hover", [["sprite", tile.row.name, tile.row.mark]], (_, { url, facts }) => {
      if (!url || !tile.node.isConnected) return;
      tile.sprite = facts.count;
      const box = fitting(tile);
      Object.assign(tile.frames.style, { ...box, backgroundImage: `url("${url}")`, backgroundSize: `${100 * facts.count}% 100%` });
      tile.frames.hidden = false;
    });
  }

  /** Where the poster's picture lies in its tile: a sprite's frames have the same shape. */
  function fitting({ picture }) {
    const share = Math.min(width / picture.naturalWidth, poster / picture.naturalHeight) || 1;
    const [wide, high] = [picture.naturalWidth * share, picture.naturalHeight * share];
    return { width: `${wide}px`, height: `${high}px`, left: `${(width - wide) / 2}px`, top: `${(poster - high) / 2}px` };
  }

  function showFrame(tile, event) {
    if (!tile.sprite) return;
    const share = Math.min(0.999, Math.max(0, event.offsetX / width));
    const frame = Math.floor(share * tile.sprite);
    tile.frames.style.backgroundPosition = `${tile.sprite > 1 ? (100 * frame) / (tile.sprite - 1) : 0}% 0`;
    tile.frames.dataset.frame = frame;
    tile.node.style.setProperty("--at", `${100 * share}%`);
    tile.node.dataset.scrubbed = "true";
  }

  function leave(tile) {
    tile.sprite = null;
    tile.frames.hidden = true;
    tile.frames.style.backgroundImage = "";
    delete tile.node.dataset.scrubbed;
    book.want("hover", [], () => {});
  }

  function updateTile(tile, row, index) {
    tile.row = row;
    const { node } = tile, line = Math.floor(index / columns);
    node.style.transform = `translate(${(index % columns) * (width + TILE.gap)}px, ${line * (poster + TILE.text + TILE.gap)}px)`;
    node.style.width = `${width}px`;
    tile.head.style.height = `${poster}px`;
    write(node.children[1], row.name);
    write(node.children[2], rowFacts(row, sort));
    const said = row.worst ? `${SEVERITY_NAMES[row.worst]}: ${row.why}` : "";
    attributes(node, {
      id: `${name}-${index}`, role: "option", "aria-selected": String(index === active), "aria-setsize": rows.length, "aria-posinset": index + 1,
      "aria-label": [row.name, rowFacts(row, sort), row.edited && !row.out ? "edited" : "", said].filter(Boolean).join(", "),
      "data-active": index === active, "data-open": row.name === opened, "data-out": row.out || row.ok === false, title: said || null,
    });
    flag(tile, row);
  }

  function flag(tile, row) {
    const key = `${row.worst}${row.edited}${row.out}`;
    const flags = tile.head.lastChild;
    if (flags.dataset.key === key) return;
    flags.dataset.key = key;
    flags.replaceChildren();
    if (RANKS[row.worst] > 1) flags.append(severityMark(row.worst, `wannb-tile-badge wannb-${row.worst}`));
    if (row.edited && !row.out) flags.append(element("span", "wannb-tile-edited", "edited"));
  }

  function range() {
    const line = poster + TILE.text + TILE.gap, lines = Math.ceil(rows.length / columns);
    const first = Math.max(0, Math.floor(root.scrollTop / line) - 1);
    const last = Math.min(lines, Math.ceil((root.scrollTop + root.clientHeight) / line) + 1);
    return [first * columns, Math.min(rows.length, last * columns)];
  }

  function draw() {
    const [from, to] = range(), seen = rows.slice(from, to), names = new Set(seen.map((row) => row.name));
    for (const [key, tile] of tiles) if (!names.has(key)) { tile.node.remove(); tiles.delete(key); }
    seen.forEach((row, i) => {
      let tile = tiles.get(row.name);
      if (!tile) {
        tiles.set(row.name, (tile = makeTile(row)));
        tile.frames.hidden = true;
        space.append(tile.node);
      }
      updateTile(tile, row, from + i);
    });
    book.want("posters", seen.filter((row) => row.ok !== false || row.out).map((row) => ["poster", row.name, row.mark]), showPoster);
    attributes(root, { "aria-activedescendant": rows.length ? `${name}-${active}` : null });
  }

  function showPoster([, clip], { url }) {
    const tile = tiles.get(clip);
    if (tile && url && tile.picture.src !== url) tile.picture.src = url;
  }

  function layout() {
    const room = root.clientWidth - 4;
    if (room <= 0) return;
    columns = Math.max(1, Math.floor((room + TILE.gap) / (TILE.least + TILE.gap)));
    width = Math.floor((room - TILE.gap * (columns - 1)) / columns);
    poster = Math.round(width * TILE.shape);
    space.style.height = `${Math.ceil(rows.length / columns) * (poster + TILE.text + TILE.gap)}px`;
    draw();
  }

  function go(index) {
    active = Math.max(0, Math.min(rows.length - 1, index));
    const line = poster + TILE.text + TILE.gap, top = Math.floor(active / columns) * line;
    if (top < root.scrollTop) root.scrollTop = top;
    else if (top + line > root.scrollTop + root.clientHeight) root.scrollTop = top + line - root.clientHeight;
    draw();
  }

  function show(wanted, how, shown) {
    const held = rows[active]?.name;
    [rows, sort, opened] = [wanted, how, shown];
    const at = rows.findIndex((row) => row.name === held);
    active = at < 0 ? 0 : at;
    layout();
  }

  root.addEventListener("keydown", (event) => {
    const page = columns * Math.max(1, Math.floor(root.clientHeight / (poster + TILE.text + TILE.gap)));
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -page, PageDown: page, Home: -1e9, End: 1e9 };
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== root) return;
    if (steps[event.key]) go(active + steps[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && rows[active]) open(rows[active].name);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  let frame = 0;
  root.addEventListener("scroll", () => { cancelAnimationFrame(frame); frame = requestAnimationFrame(draw); });
  const sized = new ResizeObserver(layout);
  sized.observe(root);
  return {
    root, show, go,
    focusOn: (clip) => { const at = rows.findIndex((row) => row.name === clip); if (at >= 0) go(at); root.focus({ preventScroll: true }); },
    clear: () => { sized.disconnect(); clearTimeout(hover); cancelAnimationFrame(frame); },
  };
}
