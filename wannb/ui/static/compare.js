// Clips of a run by checkpoint. Python, or in a saved page its model, says what there is; this plays and asks for the rest.

const OFTEN = 1000, NOW_AND_THEN = 5000; // milliseconds between two looks: while something is made, and else
const SIZES = [110, 150, 200, 270, 360]; // pixels of a clip's width at least

function render({ model, el }) {
  const send = (content) => sendTo(model, content);
  const clock = clipClock(() => bar.update()), bar = transportBar(clock), book = clipBook(send), notes = noteBook(send, () => draw());
  const can = model.get("_can"); // what can be done here: "make", "export"
  const tools = compareTools(act), proposal = proposalBox(act), chosen = chosenBox(act, can.includes("export")), blind = blindBox(act);
  const stage = clipStage(book, clock, act), pins = clipGrid(book, clock, act), grid = clipGrid(book, clock, act);
  const said = attributes(element("p", "wannb-cmp-said"), { role: "status" }), title = element("p", "wannb-cmp-title");
  const pinned = element("div", "wannb-cmp-pins", pins.root);
  const root = attributes(element("section", "wannb-theme wannb-cmp", tools.root, tools.legend, proposal.root, chosen.root, blind.root, bar.root, said, stage.root, pinned, title, grid.root), {
    "aria-label": `Clips of ${model.get("_name")}`, tabindex: "-1", "data-state": "asking",
  });
  el.replaceChildren(root);

  let view = null, wish = { kind: "steps" }, pair = [null, null], known = "", size = 1, silence = 0, played = false;
  const cells = new Map(); // key -> the newest that is known of a clip

  function hear(content, buffers) {
    try { take(content, buffers); } catch (error) { reportError(error); } // it came by a promise, which would swallow it
  }

  function take(content, buffers) {
    if (content.clips) book.hear(content.clips, buffers);
    if (content.notes) notes.hear(content.notes, content.answered);
    if (content.view) takeView(content.view);
    if (content.trouble) {
      say(content.trouble, true);
      notes.refused();
      if (view) { wish = view.request; root.dataset.state = "shown"; }
    }
    if (content.said) say(content.said);
    if (content.again === undefined) return;
    asker.answered(content.again ? { now: 0, soon: OFTEN }[content.again] ?? NOW_AND_THEN : null);
    if (said.dataset.waits) say("");
  }

  function takeView(next) {
    if (JSON.stringify(next.request) !== JSON.stringify(wish)) return; // another grid was asked for since
    [view, known] = [next, next.version];
    for (const cell of [...view.rows.flatMap((row) => row.cells), ...view.pinned]) cells.set(cell.key, cell);
    clock.measure([...cells.values()].filter((cell) => cell.state === "ready"));
    draw();
    bar.update();
    if (!played && cells.size) begin();
  }

  /** Play once the first clips are seen, but not for those who asked for less motion. */
  function begin() {
    played = true;
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) startWhenHere();
  }
  function startWhenHere() {
    if (clock.live) clock.play(0);
    else if (root.isConnected) setTimeout(startWhenHere, 100);
  }

  const isBlind = () => Boolean(notes.now.blind) && wish.kind === "steps";

  /** The columns as they are shown: shuffled in a blind round; else the first, then pinned ones, then the others. */
  function arranged() {
    const all = view.columns.map((column, at) => ({ column, at }));
    if (isBlind()) return notes.now.blind.columns.map((id) => all.find(({ column }) => column.id === id)).filter(Boolean);
    const { columns } = notes.now.pins, rank = ({ column, at }) => (at === 0 ? 0 : columns.includes(column.id) ? 1 : 2);
    return all.sort((a, b) => rank(a) - rank(b) || a.at - b.at);
  }

  const same = (one, other) => Boolean(one && other) && one.high === other.high && one.low === other.low;
  const proposed = (one) => view.kind !== "strengths" && view.proposal && view.proposal.high !== undefined && same(one, view.proposal);

  function draw() {
    if (!view) return;
    const unnamed = isBlind(), now = notes.now, columns = arranged(), figures = view.figures.filter(({ name }) => (now.figures ?? view.usual).includes(name));
    const marks = (column) => ({ pinned: !unnamed && now.pins.columns.includes(column.id), proposed: !unnamed && view.kind === "steps" && proposed(column), chosen: !unnamed && view.kind === "steps" && same(column, now.chosen), unnamed });
    const rows = view.rows.map((row) => ({ id: row.id, label: row.label, detail: row.detail, cells: columns.map(({ at }) => row.cells[at]) }));
    const ranges = new Map(rows.map((row) => [row.id, rangesOf(row.cells, figures)]));
    grid.show({ across: view.across, down: view.down, columns: columns.map(({ column }) => ({ ...column, marks: marks(column) })), rows },
      (cell, row, column, i) => how(cell, ranges.get(row.id), `${row.label}, ${unnamed ? `column ${letter(i)}` : column.label}`, unnamed && now.blind.prefers[row.id] === column.id));
    const strip = unnamed ? [] : view.pinned.filter(({ key }) => key in now.pins.clips), strips = rangesOf(strip, figures);
    const held = pins.root.contains(document.activeElement);
    pinned.hidden = !strip.length;
    pins.show({ across: "", down: "", columns: strip.map((cell) => ({ id: cell.key, label: where(cell), detail: cell.prompt, marks: {} })),
      rows: strip.length ? [{ id: "pinned", label: "Pinned", detail: "", cells: strip }] : [] }, (cell) => how(cell, strips, `Pinned, ${cell.prompt}, ${where(cell)}`, false));
    if (held && !strip.length) grid.focus();
    const [a, b] = pair.map((key) => cells.get(key) ?? null);
    stage.show(a, b, (cell) => (unnamed ? `column ${letterOf(cell)} · ${cell.prompt}` : `${where(cell)} · ${cell.prompt}`));
    proposal.show(view.proposal, unnamed);
    chosen.show(unnamed ? null : now.chosen, now.chosen ? command(now.chosen) : "");
    blind.show(now, view.rows.length, (id) => view.names[id] ?? id);
    const all = view.rows.flatMap((row) => row.cells), of = (...states) => all.filter((cell) => states.includes(cell.state)).length;
    tools.update({ view, kinds: view.kinds, chosenPrompt: wish.row, isBlind: unnamed, figures: view.figures, shown: now.figures ?? view.usual, busy: view.busy,
      missing: can.includes("make") && !unnamed ? of("missing") : 0, waiting: of("waiting", "rendering") });
    write(title, view.title);
    title.hidden = !view.title || unnamed;
    Object.assign(root.dataset, { state: "shown", kind: view.kind, blind: unnamed, ready: of("ready"), cells: all.length });
  }

  function how(cell, ranges, label, preferred) {
    const now = notes.now, unnamed = isBlind(), figures = view.figures.filter(({ name }) => (now.figures ?? view.usual).includes(name));
    return { label, figures, ranges, unnamed, rating: unnamed ? undefined : now.ratings[cell.key], marks: {
      a: pair[0] === cell.key, b: pair[1] === cell.key, pinned: !unnamed && cell.key in now.pins.clips, preferred,
      proposed: view.kind === "pairs" && proposed(cell), chosen: view.kind === "pairs" && same(cell, now.chosen), // else the column says it
    } };
  }

  const letterOf = (cell) => letter(arranged().findIndex(({ at }) => view.rows.some((row) => row.cells[at].key === cell.key)));

  /** Which LoRAs a clip was made with, in words. */
  function where({ high, low, high_strength, low_strength, strength }) {
    const usual = high_strength === strength && low_strength === strength;
    const pairs = high === low ? (high ? `step ${stepWords(high)}` : "base") : pairWords({ high, low });
    return usual || (!high && !low) ? pairs : `${pairs} · × ${high_strength === low_strength ? high_strength : `${high_strength}, ${low_strength}`}`;
  }

  /** The line that exports a pair, "" where it has no file. */
  function command({ high, low }) {
    const { run, flags } = view.export, found = [flags.high[high], flags.low[low]];
    return found.includes(undefined) || !(high || low) ? "" : [`wannb export ${run}`, ...found].filter(Boolean).join(" ");
  }

  function act(what, value, node) {
    const held = stage.root.contains(document.activeElement);
    const deeds = {
      focus: () => node.focus({ preventScroll: true }),
      look: () => { pair = [value.key, null]; draw(); },
      make: () => can.includes("make") && ["missing", "refused", "waiting"].includes(value.state) && send({ do: "order", keys: [value.key] }),
      cancel: () => send({ do: "cancel", keys: [value.key] }),
      "make-all": () => send({ do: "order", keys: view.rows.flatMap((row) => row.cells).filter((cell) => cell.state === "missing").map((cell) => cell.key) }),
      "cancel-all": () => send({ do: "cancel", keys: null }),
      kind: () => turn(value),
      prompt: () => turn(wish.kind, value),
      figures: () => notes.figures(value),
      blind: () => goBlind(),
      reveal: () => notes.reveal(),
      forget: () => notes.forgetRounds(),
      swap: () => { pair = [pair[1], pair[0]]; draw(); },
      close: () => { pair = [null, null]; if (held) grid.focus(); draw(); },
      choose: () => choose(value),
      export: () => send({ do: "export", ...notes.now.chosen }),
    };
    deeds[what]();
  }

  function goBlind() {
    if (notes.now.blind) return notes.reveal();
    if (view.kind !== "steps") return;
    pair = [null, null];
    notes.goBlind(view.columns.map(({ id }) => id));
    grid.to(0, 0); // where a clip went would tell which it is
  }

  function choose({ high, low }) {
    if (!command({ high, low })) return say(high || low ? "This pair has no files to export." : "The base has nothing to export: choose a clip of a checkpoint.", true);
    notes.choose(same({ high, low }, notes.now.chosen) ? null : { high, low });
  }

  /** Turn to another grid, of the prompt and pair of the clip that has focus. */
  function turn(kind, row = null) {
    if (isBlind() || !view || !view.kinds.includes(kind)) return;
    const here = current(), prompt = row ?? here?.row ?? wish.row ?? view.prompts[0]?.id;
    const last = view.usual_pair, from = here && (here.high || here.low) ? here : notes.now.chosen ?? last;
    wish = kind === "steps" ? { kind } : kind === "pairs" ? { kind, row: prompt } : { kind, row: prompt, high: from.high, low: from.low };
    known = "";
    root.dataset.state = "asking";
    asker.now();
  }

  const current = () => (pins.root.contains(document.activeElement) ? pins.current() : grid.current())?.cell ?? null;

  function say(words, bad = false, waits = false) {
    clearTimeout(silence);
    write(said, words);
    attributes(said, { "data-bad": bad, "data-waits": waits });
    said.hidden = !words;
    if (words && !waits) silence = setTimeout(() => say(""), bad ? 20_000 : 8000);
  }

  function resize(by) {
    size = Math.max(0, Math.min(SIZES.length - 1, size + by));
    root.style.setProperty("--cell", `${SIZES[size]}px`);
  }

  /** Choose the clip in focus for side 0 (A) or 1 (B); once more takes it back. */
  function put(side) {
    const cell = current();
    if (cell?.state !== "ready") return;
    pair[side] = pair[side] === cell.key ? null : cell.key;
    draw();
  }

  /** Hold A and B against each other in this `way`; from here arrows belong to the stage, and Escape leads back. */
  function hold(way) {
    stage.go(way);
    if (!stage.root.hidden) stage.focus();
  }

  const mover = () => (pins.root.contains(document.activeElement) ? pins : grid);
  const keys = {
    " ": clock.toggle, k: clock.toggle, ",": () => clock.step(-1), ".": () => clock.step(1), "[": () => bar.faster(-1), "]": () => bar.faster(1), l: bar.toggleLoop,
    ArrowLeft: () => mover().move(0, -1), ArrowRight: () => mover().move(0, 1), ArrowUp: () => mover().move(-1, 0), ArrowDown: () => mover().move(1, 0),
    Home: () => mover().move(0, -1e6), End: () => mover().move(0, 1e6), Enter: () => current()?.state === "ready" && act("look", current()),
    a: () => put(0), b: () => put(1), s: () => hold("beside"), w: () => hold("wipe"), d: () => hold("difference"), o: () => hold("onion"),
    p: () => current() && !isBlind() && notes.pinClip(current()), P: pinColumn, c: () => current() && !isBlind() && choose(current()),
    m: () => current() && act("make", current()), x: () => current() && act("cancel", current()), v: prefer, n: goBlind,
    g: () => turn("steps"), h: () => turn("pairs"), t: () => turn("strengths"), "+": () => resize(1), "=": () => resize(1), "-": () => resize(-1),
    Escape: () => act("close"), "?": tools.toggleKeys,
    ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((stars) => [String(stars), () => !isBlind() && current()?.state === "ready" && notes.rate(current().key, stars)])),
  };

  function pinColumn() {
    const column = arranged()[grid.where()[1]];
    if (column && column.at && !isBlind()) notes.pinColumn(column.column.id);
  }

  function prefer() {
    const [i, j] = grid.where(), cell = grid.current()?.cell;
    if (isBlind() && cell?.state === "ready") notes.prefer(view.rows[i].id, arranged()[j].column.id);
  }

  root.addEventListener("keydown", (event) => {
    const { target } = event, deed = keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!deed || !view || event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter")) return;
    const typed = target.closest("select, input, button, summary"), own = [" ", "Enter", "Home", "End", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
    if (typed && own.includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    deed(event);
  });

  function turned(here) {
    if (here && root.dataset.rests) { delete root.dataset.rests; startWhenHere(); }
    if (!here && clock.playing) { root.dataset.rests = "true"; clock.pause(); }
    for (const one of [stage, pins, grid]) one.seen(here);
  }
  const asker = asking(root, { ask: () => send({ do: "view", view: wish, known }), complain: (words) => say(words, true, true), turned });
  model.on("msg:custom", hear);
  say("");
  pinned.hidden = true;
  resize(0);
  bar.update();
  const letKeysGo = keepKeys(() => root);
  return () => {
    asker.end();
    clearTimeout(silence);
    letKeysGo();
    model.off("msg:custom", hear);
    clock.stop();
    for (const one of [stage, pins, grid]) one.clear();
    book.clear();
  };
}

export default { render };
