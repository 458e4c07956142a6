// Several clips in step. The longest clip is the clock; the others follow it, so a slow machine plays slower, not apart.

const SMALLEST = 320; // pixels: clips of the tiny Wan would be stamps otherwise
const FAR = 0.25; // seconds: beyond this a follower seeks; within it, it only changes its pace

function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** One clip: its picture (video or image), its length, and how to bring it to a moment. */
function makeTrack(clip, url) {
  const still = clip.mime.startsWith("image/");
  const media = element(still ? "img" : "video", { class: "wannb-media" });
  if (still) media.alt = clip.caption;
  else Object.assign(media, { muted: true, playsInline: true, preload: "auto", disableRemotePlayback: true });
  media.src = url;
  const track = { clip, media, still, seconds: still ? 0 : clip.frames / clip.fps, wanted: null };
  if (!still) media.addEventListener("seeked", () => seek(track, track.wanted));
  return track;
}

/** Go to `time` seconds; while a seek is under way only the latest wish is kept. */
function seek(track, time) {
  track.wanted = null;
  if (track.still || time === null) return;
  const last = track.seconds - 0.5 / track.clip.fps;
  const target = Math.max(0, Math.min(time, last));
  if (track.media.seeking) track.wanted = target;
  else if (Math.abs(track.media.currentTime - target) > 0.001) track.media.currentTime = target;
}

function settled(track) {
  if (track.still || !track.media.seeking) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      if (track.media.seeking) return;
      clearTimeout(timer);
      track.media.removeEventListener("seeked", done);
      resolve();
    };
    const timer = setTimeout(resolve, 2000); // a broken clip must not hold the others
    track.media.addEventListener("seeked", done);
  });
}

function ready(track) {
  if (track.still || track.media.readyState >= 3) return Promise.resolve();
  return new Promise((resolve) => {
    for (const name of ["canplay", "error"]) track.media.addEventListener(name, resolve, { once: true });
  });
}

/** Keep a follower with the clock: change its pace a little, or seek where it has fallen far behind. */
function follow(track, time) {
  const { media, clip } = track;
  if (time > track.seconds - 0.5 / clip.fps) {
    if (!media.paused) media.pause();
    return;
  }
  const ahead = media.currentTime - time;
  if (Math.abs(ahead) > FAR) seek(track, time);
  media.playbackRate = Math.abs(ahead) < 0.1 / clip.fps ? 1 : Math.max(0.5, Math.min(2, 1 - 4 * ahead));
}

function makeTransport(tracks, changed, model) {
  const moving = tracks.filter((track) => !track.still);
  const lead = moving.reduce((a, b) => (a && a.seconds >= b.seconds ? a : b), null);
  const fps = lead ? lead.clip.fps : 1;
  const frames = lead ? lead.clip.frames : 1;
  let playing = false;
  let timer = 0;
  let turn = 0; // counts play() calls: a later one makes an earlier, still waiting one void

  const frame = () => (lead ? Math.min(frames - 1, Math.max(0, Math.floor(lead.media.currentTime * fps + 0.01))) : 0);

  async function play(from = null) {
    if (!lead) return;
    playing = true;
    const mine = ++turn;
    changed();
    if (from === null && frame() >= frames - 1) from = 0;
    const start = from ?? lead.media.currentTime;
    for (const track of moving) {
      track.media.pause();
      track.media.playbackRate = 1;
      seek(track, start);
    }
    await Promise.all(moving.map(ready));
    await Promise.all(moving.map(settled));
    if (mine !== turn || !playing) return;
    await Promise.allSettled(moving.filter((t) => start < t.seconds).map((track) => track.media.play()));
    if (mine !== turn || !playing) return;
    cancelAnimationFrame(timer);
    timer = requestAnimationFrame(tick);
  }

  function pause() {
    playing = false;
    turn += 1;
    cancelAnimationFrame(timer);
    for (const track of moving) track.media.pause();
    changed();
  }

  function tick() {
    if (!playing) return;
    const time = lead.media.currentTime;
    if (lead.media.ended || time >= lead.seconds - 0.1 / fps) return model.get("loop") ? play(0) : pause();
    for (const track of moving) if (track !== lead) follow(track, time);
    changed();
    timer = requestAnimationFrame(tick);
  }

  function show(wanted) {
    if (playing) pause();
    const index = Math.max(0, Math.min(frames - 1, wanted));
    for (const track of moving) seek(track, (index + 0.5) / fps);
    changed(index);
  }

  return { play, pause, show, frame, frames, get playing() { return playing; } };
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
  const transport = makeTransport(tracks, update, model);
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
