// Clips side by side under one bar: play, scrub, step a frame, loop.

const SMALLEST = 320; // pixels: clips of the tiny Wan would be stamps otherwise

function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function build(model, el) {
  const urls = [];
  const tracks = model.get("_clips").map((clip) => {
    urls.push(URL.createObjectURL(new Blob([clip.data], { type: clip.mime })));
    return makeTrack(clip, urls.at(-1));
  });
  const button = element("button", { class: "wannb-button", type: "button" });
  const loop = element("button", { class: "wannb-button", type: "button", title: "Loop (L)", "aria-label": "Loop" }, "⟳");
  const scrub = element("input", { class: "wannb-scrub", type: "range", min: 0, step: 1, "aria-label": "Frame" });
  const readout = element("span", { class: "wannb-readout" });
  const grid = element("div", { class: "wannb-grid" });
  const root = element("div", { class: "wannb-player", tabindex: 0, role: "group",
    "aria-label": "Clips in step. Space plays, arrows step a frame, L loops." }, grid);
  for (const track of tracks) {
    const caption = element("figcaption", { class: "wannb-caption" }, track.clip.caption);
    grid.append(element("figure", { class: "wannb-clip" }, track.media, caption));
    track.media.addEventListener(track.still ? "load" : "loadedmetadata", widen);
  }
  const columns = model.get("columns") || Math.min(tracks.length, 4);
  grid.style.setProperty("--wannb-columns", columns);
  const transport = makeTransport(tracks, update, { loops: () => model.get("loop") });
  scrub.max = transport.frames - 1;
  if (transport.frames > 1) root.append(element("div", { class: "wannb-bar" }, button, scrub, readout, loop));
  el.replaceChildren(root);

  /** Small clips are shown larger, large ones no larger than they are. */
  function widen() {
    const widths = tracks.map(({ media }) => media.videoWidth || media.naturalWidth || 0);
    grid.style.setProperty("--wannb-widest", `${Math.max(SMALLEST, ...widths)}px`);
  }

  function update(index = transport.frame()) {
    button.textContent = transport.playing ? "❚❚" : "▶";
    button.title = transport.playing ? "Pause (space)" : "Play (space)";
    button.setAttribute("aria-label", transport.playing ? "Pause" : "Play");
    loop.setAttribute("aria-pressed", String(model.get("loop")));
    scrub.value = index;
    readout.textContent = `frame ${index + 1} / ${transport.frames}`;
    Object.assign(root.dataset, { playing: transport.playing, frame: index });
  }

  const toggle = () => (transport.playing ? transport.pause() : transport.play());
  const toggleLoop = () => { model.set("loop", !model.get("loop")); model.save_changes(); update(); };
  button.addEventListener("click", toggle);
  loop.addEventListener("click", toggleLoop);
  scrub.addEventListener("input", () => transport.show(Number(scrub.value)));
  const keys = {
    " ": toggle, k: toggle, l: toggleLoop,
    ArrowLeft: () => transport.show(transport.frame() - 1), ArrowRight: () => transport.show(transport.frame() + 1),
    Home: () => transport.show(0), End: () => transport.show(transport.frames - 1),
  };
  root.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });

  // Hidden cells rest; what was playing goes on when it is seen again. The first sight is also the autoplay.
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let resume = model.get("autoplay") && !calm;
  const sight = new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting && resume) { resume = false; transport.play(); }
    else if (!entry.isIntersecting && transport.playing) { resume = true; transport.pause(); }
  });
  sight.observe(root);
  const letKeysGo = keepKeys(() => root);
  update();
  return () => {
    sight.disconnect();
    letKeysGo();
    transport.pause();
    for (const track of tracks) track.media.removeAttribute("src");
    urls.forEach((url) => URL.revokeObjectURL(url));
  };
}

function render({ model, el }) {
  let clear = build(model, el);
  const rebuild = () => { clear(); clear = build(model, el); };
  const watched = ["change:_clips", "change:columns"];
  watched.forEach((name) => model.on(name, rebuild));
  return () => {
    watched.forEach((name) => model.off(name, rebuild));
    clear();
  };
}

export default { render };
