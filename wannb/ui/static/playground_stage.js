// The clip beside the base, in step, and how far each is while it is being made.

const SMALLEST = 256; // pixels: clips of the tiny Wan would be stamps otherwise
const PLACES = { base: "Base", lora: "LoRA" };
const WORDS = { waiting: "waits for its turn", rendering: "is being made", missing: "", refused: "" };

function playgroundStage() {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let tracks = [], transport = makeTransport([], update), loops = true, resume = !calm, seen = false;
  const urls = new Map(); // key → { url, clip } of what is on the stage
  const places = Object.fromEntries(Object.entries(PLACES).map(([place, name]) => [place, makePlace(place, name)]));
  const toggleButton = button("wannb-do wannb-pg-play", "▶", () => toggle());
  const scrub = attributes(element("input", "wannb-pg-scrub"), { type: "range", min: 0, step: 1, "aria-label": "Frame" });
  const readout = element("span", "wannb-pg-readout");
  const loop = attributes(button("wannb-do wannb-pg-loop", "⟳", () => { loops = !loops; update(); }), { "aria-label": "Loop", title: "Loop (L)" });
  const bar = element("div", "wannb-pg-bar", toggleButton, scrub, readout, loop);
  const clips = element("div", "wannb-pg-clips", places.base.figure, places.lora.figure);
  const root = attributes(element("div", "wannb-pg-stage", clips, bar), {
    tabindex: 0, role: "group", "aria-label": "The base and the LoRA in step. Space plays, arrows step a frame, L loops.",
  });
  bar.hidden = true;
  for (const { figure } of Object.values(places)) figure.hidden = true;

  function makePlace(place, name) {
    const media = element("div", "wannb-pg-media"), share = element("div", "wannb-pg-share");
    const track = attributes(element("div", "wannb-pg-track", share), { role: "progressbar", "aria-valuemin": 0 });
    const words = attributes(element("p", "wannb-pg-words"), { role: "status" });
    const caption = element("figcaption", "wannb-pg-caption", name);
    const figure = attributes(element("figure", "wannb-pg-clip", media, track, words, caption), { "data-place": place });
    return { figure, media, share, track, words, caption, key: null };
  }

  /** Put the clips `wanted` (place → key) on the stage, without their pictures yet; `words` is the caption of the LoRA's. */
  function expect(wanted, words, size) {
    const kept = new Set(Object.values(wanted));
    for (const [place, one] of Object.entries(places)) {
      one.figure.hidden = !wanted[place];
      one.figure.style.setProperty("--shape", `${size.width} / ${size.height}`);
      one.figure.style.setProperty("--widest", `${Math.max(SMALLEST, size.width)}px`);
      if (one.key !== wanted[place]) { one.key = wanted[place] ?? null; one.media.replaceChildren(); }
    }
    write(places.lora.caption, words);
    for (const [key, { url }] of urls) if (!kept.has(key)) { URL.revokeObjectURL(url); urls.delete(key); }
    rebuild();
  }

  /** Show how far the clip of `place` is, or the clip itself where `bytes` came. */
  function take(place, state, bytes) {
    const one = places[place];
    if (one.key !== state.key) return;
    const making = state.state === "waiting" || state.state === "rendering";
    one.track.hidden = !making;
    one.share.style.width = `${state.steps ? (100 * state.step) / state.steps : 0}%`;
    attributes(one.track, { "aria-valuemax": state.steps || 1, "aria-valuenow": state.step || 0, "aria-label": `${PLACES[place]}: denoising steps` });
    const step = state.state === "rendering" && state.step ? `step ${state.step} of ${state.steps}` : "";
    const told = [WORDS[state.state], step, state.sentence].filter(Boolean);
    write(one.words, state.state === "ready" ? "" : state.state === "rendering" && told.length > 1 ? told.slice(1).join(", ") : told.join(": "));
    attributes(one.figure, { "data-state": state.state });
    if (bytes && !urls.has(state.key)) {
      urls.set(state.key, { url: URL.createObjectURL(new Blob([bytes], { type: state.clip.mime })), clip: state.clip });
      rebuild();
    }
  }

  function rebuild() {
    const playing = transport.playing || resume;
    transport.pause();
    tracks = [];
    for (const [place, one] of Object.entries(places)) {
      const there = one.key && urls.get(one.key);
      if (!there) continue;
      const track = makeTrack({ ...there.clip, caption: PLACES[place] }, there.url);
      one.media.replaceChildren(track.media);
      tracks.push(track);
    }
    transport = makeTransport(tracks, update, { loops: () => loops });
    bar.hidden = transport.frames < 2;
    scrub.max = Math.max(1, transport.frames - 1);
    update();
    if (playing && tracks.length) { resume = !seen; if (seen) transport.play(); }
  }

  function update(index = transport.frame()) {
    write(toggleButton, transport.playing ? "❚❚" : "▶");
    attributes(toggleButton, { "aria-label": transport.playing ? "Pause" : "Play", title: transport.playing ? "Pause (space)" : "Play (space)" });
    attributes(loop, { "aria-pressed": String(loops) });
    scrub.value = index;
    write(readout, `frame ${index + 1} of ${transport.frames}`);
    Object.assign(root.dataset, { playing: transport.playing, frame: index, clips: tracks.length });
  }

  const toggle = () => { resume = false; return transport.playing ? transport.pause() : transport.play(); };
  scrub.addEventListener("input", () => transport.show(Number(scrub.value)));
  const keys = {
    " ": toggle, k: toggle, l: () => loop.click(),
    ArrowLeft: () => transport.show(transport.frame() - 1), ArrowRight: () => transport.show(transport.frame() + 1),
    Home: () => transport.show(0), End: () => transport.show(transport.frames - 1),
  };
  root.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("button")) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });

  /** Hidden stages rest; what was playing goes on when it is seen again. */
  function sight(now) {
    seen = now;
    if (now && resume && tracks.length) { resume = false; transport.play(); }
    else if (!now && transport.playing) { resume = true; transport.pause(); }
  }

  function clear() {
    transport.pause();
    for (const track of tracks) track.media.removeAttribute("src");
    for (const { url } of urls.values()) URL.revokeObjectURL(url);
    urls.clear();
  }
  return { root, expect, take, sight, clear, has: () => [...urls.keys()] };
}
