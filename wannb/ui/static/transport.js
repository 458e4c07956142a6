// Several clips in step. The longest clip is the clock; the others follow it, so a slow machine plays slower, not apart.

const FAR = 0.25; // seconds: beyond this a follower seeks; within it, it only changes its pace

/** One clip, `{ mime, frames, fps, caption }`, and the URL of its bytes: its picture (video or image) and its length. */
function makeTrack(clip, url) {
  const still = clip.mime.startsWith("image/");
  const media = document.createElement(still ? "img" : "video");
  media.className = "wannb-media";
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
function follow(track, time, speed = 1) {
  const { media, clip } = track;
  if (time > track.seconds - 0.5 / clip.fps) {
    if (!media.paused) media.pause();
    return;
  }
  const ahead = media.currentTime - time;
  if (Math.abs(ahead) > FAR) seek(track, time);
  const pace = Math.abs(ahead) < 0.1 / clip.fps ? 1 : Math.max(0.5, Math.min(2, 1 - 4 * ahead));
  media.playbackRate = speed * pace;
}

/** What plays `tracks` together and shows one frame of all.
 *
 * `changed(frame)` is called whenever something is to be drawn anew, without a frame where that is to be asked for;
 * `loops()` says whether the end is followed by the beginning, `speed()` how fast a second goes by (1: as it is). */
function makeTransport(tracks, changed, { loops = () => true, speed = () => 1 } = {}) {
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
      track.media.playbackRate = speed();
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
    if (lead.media.ended || time >= lead.seconds - 0.1 / fps) return loops() ? play(0) : pause();
    const now = speed();
    if (lead.media.playbackRate !== now) lead.media.playbackRate = now;
    for (const track of moving) if (track !== lead) follow(track, time, now);
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
