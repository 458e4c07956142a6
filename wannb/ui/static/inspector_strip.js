// The frames that training takes, each with its number and time: what the model sees of a clip.

const HOWS = [["uniform", "spread over the clip"], ["rate", "at true speed"], ["auto", "all, at true speed"]];

/** `calls`: asked() when a choice changes; over(index or null) when a frame is looked at; seek(frame). */
function frameStrip(calls) {
  const wish = { count: 41, how: "uniform", resolution: 512, window: 0 };
  const choices = element("div", "wannb-strip-choices"), words = attributes(element("p", "wannb-strip-words"), { role: "status" });
  const row = attributes(element("div", "wannb-strip-frames"), { role: "listbox", "aria-label": "Frames that training takes", "aria-orientation": "horizontal" });
  const root = element("section", "wannb-strip", choices, words, row);
  let facts = null, at = 0, task = null, options = null;

  function begin(given) {
    options = given;
    task = given.task;
    Object.assign(wish, { count: given.count, how: given.how, resolution: given.resolution });
  }

  const labelled = (text, node) => element("label", "wannb-labelled", element("span", "", text), node);

  function offer(windows) {
    const change = (key, number) => (value) => { wish[key] = number ? Number(value) : value; if (key !== "window") wish.window = 0; calls.asked(); };
    const numbers = (values, text = String) => values.map((value) => [String(value), text(value)]);
    const count = selectOf("wannb-field", "Num Frames", numbers(options.counts), String(wish.count), change("count", true));
    count.disabled = wish.how === "auto";
    const parts = [
      labelled("Num Frames", count),
      labelled("picked", selectOf("wannb-field", "How frames are picked", HOWS, wish.how, change("how"))),
      labelled("Resolution", selectOf("wannb-field", "Resolution", numbers(options.resolutions), String(wish.resolution), change("resolution", true))),
    ];
    if (windows.length > 1) parts.push(labelled("Window", selectOf("wannb-field", "Window",
      windows.map(([a, b], i) => [String(i), `${i + 1} of ${windows.length}: ${a.toFixed(2)}–${b.toFixed(2)} s`]), String(wish.window), change("window", true))));
    const state = JSON.stringify([wish, windows.length]);
    if (choices.dataset.state === state) return;
    const held = choices.contains(choices.getRootNode().activeElement) ? choices.getRootNode().activeElement.getAttribute("aria-label") : null;
    choices.dataset.state = state;
    choices.replaceChildren(...parts);
    if (held) choices.querySelector(`[aria-label="${held}"]`)?.focus({ preventScroll: true });
  }

  function told({ frames, size, speed, cropped, how, fell_back: fellBack, fits }, box) {
    const count = frames.length, parts = [`${count} ${count === 1 ? "frame" : "frames"} at ${size[0]}×${size[1]}`];
    if (count > 1) {
      parts[0] += `, ${((count - 1) / 16).toFixed(1)} s at 16 fps`;
      parts.push(Math.abs(speed - 1) < 0.03 ? "as fast as filmed" : speed > 1 ? `${round(speed, 1)}× as fast as filmed` : `at ${Math.round(100 * speed)} % of its speed`);
      const repeated = count - new Set(frames).size;
      if (repeated) parts.push(`${repeated} of them repeat`);
    }
    if (fellBack) parts.push(`too short for true speed, which would fit ${fits}: spread over the clip`);
    if (box) parts.push(`${round(100 * box, 1)} % of the picture cropped`);
    parts.push(cropped >= 0.0005 ? `the bucket cuts off ${round(100 * cropped, 1)} %` : "the bucket cuts off nothing");
    return `${parts.join(" · ")}.`;
  }

  /** The picture of the strip and what is known of it; `lost`: share of the picture outside the crop box. */
  function show({ url, facts: known }, lost) {
    root.dataset.busy = "false";
    if (known.refused) {
      facts = null;
      row.replaceChildren();
      offer([]);
      return write(words, known.refused);
    }
    facts = known;
    at = Math.min(at, known.frames.length - 1);
    offer(known.windows);
    write(words, told(known, lost));
    const [wide, high] = known.thumb, lines = Math.ceil(known.frames.length / known.columns);
    row.replaceChildren(...known.frames.map((frame, i) => {
      const thumb = element("span", "wannb-strip-thumb");
      Object.assign(thumb.style, {
        width: `${wide}px`, height: `${high}px`, backgroundImage: `url("${url}")`,
        backgroundSize: `${Math.min(known.columns, known.frames.length) * wide}px ${lines * high}px`,
        backgroundPosition: `${-(i % known.columns) * wide}px ${-Math.floor(i / known.columns) * high}px`,
      });
      const first = i === 0 && task !== "t2v" && known.frames.length > 1;
      const node = element("div", "wannb-strip-frame", thumb, element("span", "wannb-strip-index", `${i + 1}`),
        element("span", "wannb-strip-time", first ? "start image" : `${known.times[i].toFixed(2)} s`));
      return attributes(node, {
        role: "option", tabindex: i === at ? "0" : "-1", "aria-selected": String(i === at), "data-first": first, "data-repeat": i > 0 && frame === known.frames[i - 1],
        "aria-label": `Frame ${i + 1} of ${known.frames.length}: frame ${frame} of the clip, ${known.times[i].toFixed(2)} s${first ? ", the start image in image-to-video" : ""}`,
        title: `frame ${i + 1} of ${known.frames.length} · frame ${frame} of the clip · ${known.times[i].toFixed(3)} s${first ? " · the start image in image-to-video" : ""}`,
      });
    }));
  }

  function go(index) {
    at = Math.max(0, Math.min(facts.frames.length - 1, index));
    [...row.children].forEach((node, i) => attributes(node, { tabindex: i === at ? "0" : "-1", "aria-selected": String(i === at) }));
    row.children[at].focus({ preventScroll: true });
    row.children[at].scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  const indexOf = (event) => [...row.children].indexOf(event.target.closest?.(".wannb-strip-frame"));
  row.addEventListener("pointerover", (event) => { const i = indexOf(event); if (i >= 0) calls.over(i); });
  row.addEventListener("pointerleave", () => calls.over(null));
  row.addEventListener("focusin", (event) => { const i = indexOf(event); if (i >= 0 && event.target.matches(":focus-visible")) calls.over(i); });
  row.addEventListener("focusout", () => calls.over(null));
  row.addEventListener("click", (event) => { const i = indexOf(event); if (i >= 0) { go(i); calls.over(null); calls.seek(facts.frames[i]); } });
  row.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: 1e9 }[event.key];
    if (to === undefined || !facts || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    go(to);
  });
  return {
    root, wish, begin, show,
    wait: () => { root.dataset.busy = "true"; },
    get facts() { return facts; },
  };
}
