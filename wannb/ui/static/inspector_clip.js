// The opened clip: its picture and time, what training takes of it, what was found, its caption.

/** `book`: pictures; `calls`: send(deed), close(), step(±1), go(name), open names; nothing here is kept but what is shown. */
function clipPane(book, calls) {
  const name = element("h3", "wannb-clip-name"), facts = element("span", "wannb-clip-facts");
  const close = attributes(button("wannb-do", "✕", calls.close), { "aria-label": "Close the clip (Escape)", title: "Close (Escape)" });
  const back = attributes(button("wannb-do", "‹", () => calls.step(-1)), { "aria-label": "Previous clip", title: "Previous clip ( [ )" });
  const on = attributes(button("wannb-do", "›", () => calls.step(1)), { "aria-label": "Next clip", title: "Next clip ( ] )" });
  const head = element("div", "wannb-clip-head", back, on, name, facts, close);
  const view = stage({ moved: (frame) => time.playhead(frame), crop: cropped });
  const time = timeline({ seek, trim, choose });
  const strip = frameStrip({ asked: ask, over, seek });
  const captions = captionPane({ send: calls.send, go: calls.go, focus: () => root.focus({ preventScroll: true }) });
  const found = element("section", "wannb-clip-findings"), tools = element("div", "wannb-clip-tools"), shape_ = element("div", "wannb-clip-crop");
  const side = element("div", "wannb-clip-side", found, captions.root);
  const main = element("div", "wannb-clip-main", view.root, shape_);
  const body = element("div", "wannb-clip-body", main, element("div", "wannb-clip-time", time.holder, tools), strip.root, side);
  const root = attributes(element("section", "wannb-clip", head, body), {
    "aria-label": "The opened clip", tabindex: "-1",
  });
  let clip = null, clock = null, piece = 0, look = null, editing = false, lockedTo = "its own", mark = "", rows = [], index = -1;

  const tool = (text, pressed, title) => { const node = button("wannb-do", text, pressed); if (title) node.title = title; return node; };
  const act = (deed) => calls.send({ ...deed, name: clip.name });

  function begin() {
    time.flush(); // what was pressed last is for the clip that is left
    view.crop.flush();
    if (clip?.facts) view.pause();
    [clip, clock, piece, look, editing] = [null, null, 0, null, false];
    strip.wish.window = 0;
    captions.forget();
  }

  /** The clip that Python describes; `state`: its mark, the shown rows and the index among them. */
  function show(next, state) {
    const same = clip?.name === next.name && clip.facts;
    if (clip && clip.name !== next.name) begin();
    ({ mark, rows, index } = state);
    clip = next;
    write(name, next.name);
    attributes(back, { "aria-disabled": index > 0 ? null : "true" });
    attributes(on, { "aria-disabled": index < rows.length - 1 ? null : "true" });
    showFindings();
    if (next.caption) captions.show(next, rows, index);
    captions.root.hidden = !next.caption;
    const usable = Boolean(next.facts);
    for (const node of [main, time.holder, tools, strip.root]) node.hidden = !usable;
    write(facts, usable ? factsOf(next.facts) : next.refused ?? "being looked at");
    if (!usable) return;
    clock = clipClock(next.facts);
    piece = Math.max(0, Math.min(piece, next.pieces.length - 1));
    if (!same) {
      view.begin(next.facts);
      view.seek(next.pieces[0]?.first ?? 0);
    }
    time.holder.hidden = next.facts.is_image;
    update();
    ask();
  }

  const factsOf = ({ width, height, codec, is_image: image, frames, seconds, fps }) =>
    (image ? `${width}×${height} ${codec} image` : `${width}×${height} ${codec} · ${frames} frames · ${secondsOf(seconds)} at ${round(fps, 2)} fps`);

  function update() {
    view.keep(clip.pieces[piece] ?? null);
    time.show({ clock, pieces: clip.pieces.map((one) => ({ ...one })), piece, look, ticks: strip.facts?.times ?? [], playhead: view.at });
    showTools();
    showCrop(clip.pieces[piece]?.crop ?? null);
    view.crop.show({ width: clip.facts.width, height: clip.facts.height, box: clip.pieces[piece]?.crop, aspect: aspect(), editing, size: strip.facts?.size });
  }

  function ask() {
    if (!clip?.facts) return;
    const { count, how, resolution, window } = strip.wish, orders = [];
    if (!clip.out) {
      strip.wait();
      orders.push(["strip", clip.name, piece, window, count, how, resolution, mark]);
    }
    strip.root.hidden = clip.out;
    orders.push(["film", clip.name], ["look", clip.name]);
    book.want("clip", orders, arrived);
  }

  function arrived([kind, of, ...rest], picture_) {
    if (!clip || of !== clip.name) return;
    if (kind === "film") view.load(picture_);
    else if (kind === "look") look = picture_.facts.refused ? null : picture_.facts;
    else if (kind === "strip") {
      const { width, height } = clip.facts, box = clip.pieces[rest[0]]?.crop;
      strip.show(picture_, box ? 1 - ((box[2] - box[0]) * (box[3] - box[1])) / (width * height) : 0);
    }
    update();
  }

  function seek(frame) {
    view.pause();
    view.seek(frame);
    time.playhead(view.at);
  }

  function trim(number, first, stop) {
    const now = clip.pieces[number];
    if (now.first === first && now.stop === stop) return;
    act({ do: "trim", piece: number, start: clock.start(first), end: stop >= clock.frames ? null : clock.start(stop) });
  }

  function choose(number) {
    if (number === piece) return;
    piece = number;
    strip.wish.window = 0;
    update();
    ask();
  }

  /** A frame of the strip as it is trained, while it is pointed at. */
  function over(at) {
    const known = strip.facts;
    if (at === null || !known) {
      book.want("frame", [], () => {});
      return view.look(null);
    }
    view.pause();
    const frame = known.frames[at], order = ["frame", clip.name, frame, piece, known.size, mark];
    const words = `frame ${at + 1} of ${known.frames.length} as trained, ${known.size.join("×")}`;
    book.want("frame", [order], (_, picture_) => picture_.url && view.look(picture_, words));
  }

  function showTools() {
    const cuts = (look?.cuts ?? []).filter((cut) => clip.pieces.some((one) => cut > one.start + 1e-6 && cut < one.end - 1e-6));
    const many = clip.pieces.length, nodes = [];
    if (!clip.facts.is_image && !clip.out) {
      nodes.push(tool("Split here", () => act({ do: "split", at: [clock.start(view.at)] }), "Split at the playhead (S)"));
      if (cuts.length) nodes.push(tool(cuts.length === 1 ? "Split at the cut" : `Split at ${cuts.length} cuts`, () => act({ do: "split", at: cuts })));
      if (many > 1) nodes.push(tool(`Drop piece ${piece + 1}`, () => act({ do: "drop", piece })));
    }
    if (!clip.out) nodes.push(tool("Leave out", () => act({ do: "leave out" }), "Train on nothing of this clip"));
    if (clip.edited) nodes.push(tool(clip.out ? "Take it again" : "Whole clip", () => act({ do: "reset" }), "Undo all edits of this clip"));
    if (!clip.out && !clip.facts.is_image) nodes.push(tool("Suggest", () => act({ do: "suggest", names: [clip.name] }), "Trim dead time, crop bars, split at cuts, as the findings say"));
    const words = clip.out ? "This clip is left out." : many > 1 ? `Piece ${piece + 1} of ${many}: ${span(clip.pieces[piece])}` : clip.edited ? `Taken: ${span(clip.pieces[0])}` : "";
    tools.replaceChildren(...nodes, element("span", "wannb-faint", words));
  }
  const span = ({ start, end }) => `${start.toFixed(2)}–${end.toFixed(2)} s, ${(end - start).toFixed(2)} s long`;

  const shapes = () => clip.aspects[String(strip.wish.resolution)] ?? [];
  const aspect = () => { const one = shapes().find((other) => other.name === lockedTo); return one ? one.size[0] / one.size[1] : null; };

  /** The name of the shape that `box` has; "free" where it has none of them. */
  function shapeOf(box) {
    if (!box) return "its own";
    const own = (box[2] - box[0]) / (box[3] - box[1]);
    return shapes().find(({ size }) => Math.abs(own / (size[0] / size[1]) - 1) < 0.01)?.name ?? "free";
  }

  function showCrop(box) {
    const { width, height } = clip.facts;
    shape_.hidden = clip.out;
    const crop = attributes(tool(editing ? "Done" : "Crop", () => { editing = !editing; lockedTo = shapeOf(box); view.look(null); update(); }, "Show the crop box"), { "aria-pressed": String(editing) });
    const nodes = [crop];
    if (editing) {
      const options = [...shapes().map(({ name: one, size }) => [one, `${one} → ${size.join("×")}`]), ["free", "free"]];
      nodes.push(selectOf("wannb-field", "Shape of the crop box", options, lockedTo, (value) => {
        lockedTo = value;
        view.crop.lock(aspect());
        if (!aspect()) update();
      }));
      if (look?.box && String(look.box) !== String(box)) nodes.push(tool("To the picture inside the bars", () => act({ do: "crop", box: look.box, piece })));
    }
    if (box) nodes.push(tool("Whole picture", () => act({ do: "crop", box: null, piece })));
    if (box && clip.pieces.length > 1) nodes.push(tool("Same for all pieces", () => act({ do: "crop", box })));
    const lost = box ? 1 - ((box[2] - box[0]) * (box[3] - box[1])) / (width * height) : 0;
    const words = box ? `${box[2] - box[0]}×${box[3] - box[1]} of ${width}×${height}: ${round(100 * lost, 1)} % cut away` : editing ? "Drag a corner, or an edge." : "";
    const text = element("span", "wannb-faint", words);
    const held = shape_.contains(root.getRootNode().activeElement) ? root.getRootNode().activeElement : null, part = held && (held.getAttribute("aria-label") ?? held.textContent);
    shape_.replaceChildren(...nodes, text);
    if (part) [...shape_.children].find((node) => [node.getAttribute("aria-label"), node.textContent].includes(part))?.focus({ preventScroll: true });
  }

  function cropped(box, done) {
    write(shape_.lastChild, box ? `${box[2] - box[0]}×${box[3] - box[1]} of ${clip.facts.width}×${clip.facts.height}: ${round(100 * (1 - ((box[2] - box[0]) * (box[3] - box[1])) / (clip.facts.width * clip.facts.height)), 1)} % cut away` : "the whole picture");
    if (done) act({ do: "crop", box, piece });
  }

  function showFindings() {
    const lines = (clip.findings ?? []).map((one) => {
      const numbers = one.pieces.length && clip.pieces?.length > 1 ? `${one.pieces.length > 1 ? "Pieces" : "Piece"} ${one.pieces.join(", ")}: ` : "";
      const words = element("span", "", element("span", "wannb-faint", numbers), one.message, one.fix ? element("span", "wannb-faint", ` ${one.fix}`) : "");
      const node = element("li", `wannb-finding wannb-${one.severity}`, severityMark(one.severity, "wannb-finding-mark"), words);
      if (one.curable) node.append(attributes(button("wannb-do", "Fix", () => act({ do: "fix", code: one.code, where: one.where })), { "aria-label": `Fix: ${one.message}` }));
      return node;
    });
    const title = element("h4", "", lines.length ? "Findings" : clip.reported ? "Nothing found" : "Findings come when all clips are looked at");
    found.replaceChildren(element("div", "wannb-part-head", title), element("ul", "", ...lines));
  }

  root.addEventListener("keydown", (event) => {
    if (!clip || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    const onButton = event.target.matches("button");
    if (event.key === " " && !onButton && clip.facts && !clip.facts.is_image) view.toggle();
    else if (event.key === "s" && clip.facts && !clip.out) act({ do: "split", at: [clock.start(view.at)] });
    else if (event.key === "[") calls.step(-1);
    else if (event.key === "]") calls.step(1);
    else if (event.key === "," && clip.facts) seek(view.at - 1);
    else if (event.key === "." && clip.facts) seek(view.at + 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    root, show, begin, strip, captions,
    templates: captions.templates,
    leave: () => { captions.save(); book.want("clip", [], () => {}); book.want("frame", [], () => {}); view.pause(); begin(); },
    clear: () => { captions.save(); view.crop.flush(); view.clear(); time.clear(); },
    get name() { return clip?.name ?? ""; },
  };
}
