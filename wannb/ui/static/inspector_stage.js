// The large picture of the opened clip: the film at the playhead, or a frame as it is trained, and the crop box on it.

const TALLEST = 340; // pixels of the picture

/** `calls`: moved(frame) while it plays; crop(box, done). */
function stage(calls) {
  const film = Object.assign(document.createElement("video"), { muted: true, playsInline: true, preload: "auto", disableRemotePlayback: true, className: "wannb-stage-film" });
  film.muted = true;
  const still = attributes(element("img", "wannb-stage-film"), { alt: "" }), trained = attributes(element("img", "wannb-stage-trained"), { alt: "" });
  const note = element("span", "wannb-stage-note"), crop = cropLayer(calls.crop);
  const frame = element("div", "wannb-stage-frame", film, still, crop.layer, trained, note);
  const play = button("wannb-do wannb-stage-play", "▶", toggle), time = element("span", "wannb-stage-time");
  const bar = element("div", "wannb-stage-bar", play, time), root = element("div", "wannb-stage", frame, bar);
  let clock = null, known = null, facts = null, url = "", at = 0, within = null, timer = 0, waiting = null;

  /** Begin with another clip. */
  function begin(given) {
    pause();
    [facts, clock, known, url] = [given, clipClock(given), null, ""];
    film.removeAttribute("src");
    film.load();
    still.removeAttribute("src");
    [film.hidden, still.hidden] = [given.is_image, !given.is_image];
    bar.hidden = given.is_image;
    frame.style.aspectRatio = `${given.width} / ${given.height}`;
    frame.style.width = `min(100%, ${Math.round((TALLEST * given.width) / given.height)}px)`;
    frame.dataset.busy = "true";
    look(null);
    at = 0;
    told();
  }

  function load(picture_) {
    frame.dataset.busy = "false";
    if (picture_.facts.refused || !picture_.url || picture_.url === url) return;
    url = picture_.url;
    known = picture_.facts;
    if (facts.is_image) still.src = url;
    else film.src = url;
    seek(at);
  }

  /** Seconds in the film of the middle of a frame of the clip; the film may have fewer frames, or an even rate. */
  function filmTime(index) {
    if (known.timed && facts.times.length) return clock.start(index) + 0.25 / facts.fps;
    return (Math.floor((index * known.frames) / facts.frames) + 0.5) / known.fps;
  }
  function frameNow() {
    if (known.timed && facts.times.length) return clock.frameAt(film.currentTime);
    return Math.min(facts.frames - 1, Math.floor((Math.floor(film.currentTime * known.fps + 0.01) * facts.frames) / known.frames));
  }

  function seek(index) {
    if (!clock) return;
    at = Math.max(0, Math.min(clock.frames - 1, index));
    told();
    if (!known || facts.is_image) return;
    if (film.seeking) { waiting = at; return; }
    film.currentTime = filmTime(at);
  }
  film.addEventListener("seeked", () => {
    frame.dataset.shown = frameNow();
    if (waiting === null) return;
    const next = waiting;
    waiting = null;
    if (next !== frameNow()) film.currentTime = filmTime(next);
  });

  function told() {
    if (!clock) return;
    write(time, facts.is_image ? "" : `${clock.start(at).toFixed(2)} s · frame ${at} / ${clock.frames - 1}`);
    write(play, film.paused ? "▶" : "❚❚");
    attributes(play, { "aria-label": film.paused ? "Play the piece" : "Pause", title: film.paused ? "Play (space)" : "Pause (space)" });
  }

  function toggle() {
    if (film.paused) start();
    else pause();
  }
  function start() {
    if (!known || facts.is_image) return;
    look(null);
    if (within && (at < within.first || at >= within.stop - 1)) film.currentTime = filmTime(within.first);
    film.play().then(tick, () => {});
  }
  function pause() {
    film.pause();
    cancelAnimationFrame(timer);
    told();
  }
  function tick() {
    if (film.paused && !film.ended) return told();
    at = frameNow();
    const [first, stop] = within ? [within.first, within.stop] : [0, clock.frames];
    if (film.ended || at >= stop) {
      film.currentTime = filmTime(first);
      if (film.ended) film.play().catch(() => {});
    }
    told();
    calls.moved(at);
    timer = requestAnimationFrame(tick);
  }

  /** Show a frame as it is trained (null: the film again); `words` say which. */
  function look(picture_, words = "") {
    trained.hidden = !picture_;
    note.hidden = !words;
    write(note, words);
    if (picture_) trained.src = picture_.url;
    else trained.removeAttribute("src");
    frame.dataset.trained = Boolean(picture_);
  }

  return {
    root, bar, crop, begin, load, seek, toggle, pause, look,
    keep: (piece) => { within = piece; },
    get at() { return at; },
    clear: () => { pause(); film.removeAttribute("src"); film.load(); },
  };
}
