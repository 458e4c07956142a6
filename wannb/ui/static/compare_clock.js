// One clock for clips that come into sight and leave it: the longest of them is the clock, the others follow it, and
// one that comes late joins in where the others are. Its tracks are those of transport.js.

const SLACK = 0.02; // of a frame: twenty clips that differ by more would change pictures at different moments
const PULL = 12; // a clip that is off goes so many times that faster or slower, per second; less where looks at it are rare
const REACH = 0.8; // seconds: a clip that is within them catches up by going faster, another one is gathered with all
const REST = 1000, LONG_REST = 4000; // milliseconds between two gatherings, at first and when they do not help
const PATIENT = 4000; // milliseconds that a clip which is not ready may hold the others

/** `changed()` is called whenever a frame, or whether it plays, is to be drawn anew. */
function clipClock(changed) {
  const live = new Set();
  let frames = 1, fps = 16, at = 0, speed = 1, loops = true, playing = false, turn = 0, timer = 0, lead = null, gathered = 0, rest = REST, looked = 0, pull = PULL;

  const moving = () => [...live].filter((track) => !track.still);
  const able = (track) => track.media.readyState >= 3 && !track.media.error;
  const clamp = (index) => Math.max(0, Math.min(frames - 1, index));

  /** The clip that is the clock now; the same one as long as it is there. */
  function leader() {
    if (lead && live.has(lead) && able(lead)) return lead;
    lead = moving().filter(able).reduce((a, b) => (a && a.seconds >= b.seconds ? a : b), null);
    return lead;
  }

  function frame() {
    const one = playing ? leader() : null;
    return one ? clamp(Math.floor(one.media.currentTime * fps + 0.01)) : at;
  }

  const within = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, PATIENT))]);

  async function play(from = null) {
    if (!moving().length || frames < 2) return;
    if (from === null && frame() >= frames - 1) from = 0;
    const start = from ?? (frame() + 0.5) / fps, mine = (turn += 1);
    at = clamp(Math.floor(start * fps + 0.01));
    playing = true;
    changed();
    for (const track of moving()) {
      track.media.pause();
      track.media.playbackRate = speed;
      seek(track, start);
    }
    const all = (what) => () => Promise.all(moving().map(what));
    await within(all(ready)().then(all(settled)).then(all(ready))); // one that has sought is not ready at once
    if (mine !== turn || !playing) return;
    await within(Promise.allSettled(moving().filter((track) => able(track) && start < track.seconds).map((track) => track.media.play())));
    if (mine !== turn || !playing) return;
    cancelAnimationFrame(timer);
    timer = requestAnimationFrame(tick);
  }

  function pause() {
    if (playing) show(frame());
  }

  function stop() {
    playing = false;
    turn += 1;
    cancelAnimationFrame(timer);
    for (const track of moving()) track.media.pause();
  }

  function tick() {
    if (!playing) return;
    timer = requestAnimationFrame(tick);
    const one = leader();
    if (!one) return;
    const time = one.media.currentTime;
    if (one.media.ended || time >= one.seconds - 0.1 / fps) {
      cancelAnimationFrame(timer);
      return loops ? void play(0) : show(frames - 1);
    }
    const now = performance.now();
    pull = Math.min(PULL, 500 / (now - looked)); // or it would be pulled past the others before it is looked at again
    looked = now;
    if (one.media.playbackRate !== speed) one.media.playbackRate = speed;
    const far = moving().filter((track) => (track.media.paused ? !rejoin(track, time) : track !== one && !keepUp(track, time)));
    if (far.length && now - gathered > rest) return void gather(time);
    at = frame();
    changed();
  }

  /** Bring all to `time` at once: one that sought alone would be late again when it is there, on a busy machine for ever. */
  function gather(time) {
    gathered = performance.now();
    rest = Math.min(LONG_REST, 2 * rest);
    cancelAnimationFrame(timer);
    play(time);
  }

  /** As transport.js's follow, but closer, for of many clips the eye sees which is late; false for one that is far. */
  function keepUp(track, time) {
    const { media, clip } = track, ahead = media.currentTime - time;
    if (Math.abs(ahead) > REACH && time < track.seconds - 0.5 / clip.fps) return media.seeking;
    if (time > track.seconds - 0.5 / clip.fps) {
      media.pause();
      return true;
    }
    const pace = Math.abs(ahead) < SLACK / clip.fps ? 1 : Math.max(0.5, Math.min(2, 1 - pull * ahead));
    if (media.playbackRate !== speed * pace) media.playbackRate = speed * pace;
    return true;
  }

  /** Start a clip that stands still while the others play: it came into sight, or was moved in the page; false for one
   * that is far. */
  function rejoin(track, time) {
    if (!able(track) || track.media.seeking || time > track.seconds - 0.5 / track.clip.fps) return true;
    if (Math.abs(track.media.currentTime - time) > REACH) return false;
    track.media.playbackRate = speed;
    track.media.play().catch(() => {});
    return true;
  }

  /** Stand still on frame `wanted` of all. */
  function show(wanted) {
    stop();
    rest = REST;
    at = clamp(wanted);
    for (const track of moving()) seek(track, (at + 0.5) / fps);
    changed();
  }

  async function join(track) {
    live.add(track);
    if (track.still) return;
    await ready(track);
    if (live.has(track) && !playing) seek(track, (at + 0.5) / fps);
  }

  function leave(track) {
    live.delete(track);
    if (lead === track) lead = null;
    if (!live.size && playing) show(at);
  }

  /** Have the length of the longest clip there is, in sight or not. */
  function measure(clips) {
    const longest = clips.reduce((a, b) => (a && a.frames / a.fps >= b.frames / b.fps ? a : b), null);
    [frames, fps] = longest ? [longest.frames, longest.fps] : [1, 16];
    at = clamp(at);
  }

  return {
    play, pause, show, frame, join, leave, measure, stop,
    step: (by) => show(frame() + by),
    toggle: () => (playing ? pause() : play()),
    speed: (value) => { speed = value; },
    loop: (value) => { loops = value; },
    get frames() { return frames; },
    get fps() { return fps; },
    get playing() { return playing; },
    get live() { return live.size; },
  };
}
