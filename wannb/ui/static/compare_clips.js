// The bytes of clips: asked for when a clip comes into sight, shown from Blob URLs, revoked when there are many.

const CLIPS_AT_ONCE = 6; // in one question: each answer is some megabytes at most
const KEPT_BYTES = 96e6; // of clips that nobody shows; a clip in sight always stays
const NO_ANSWER = 8000; // milliseconds until a kernel that does not answer is asked again

function clipBook(send) {
  const kept = new Map(), wanted = new Map(); // clip -> { url, facts, bytes, users } · clip -> those who wait
  let timer = 0, soon = 0, asked = [];

  /** Bring the clip `id` to `arrived({ url, facts })`; what is returned lets go of it. */
  function borrow(id, arrived) {
    let here = null, gone = false;
    const take = (clip) => {
      if (gone) return;
      here = clip;
      clip.users += 1;
      arrived(clip);
    };
    const found = kept.get(id);
    if (found) {
      kept.delete(id);
      kept.set(id, found); // the newest are at the end
      take(found);
    } else {
      wanted.set(id, [...(wanted.get(id) ?? []), take]);
      if (!asked.length && !soon) soon = setTimeout(ask, 10);
    }
    return () => {
      if (gone) return;
      gone = true;
      if (here) here.users -= 1;
      const others = (wanted.get(id) ?? []).filter((one) => one !== take);
      if (others.length) wanted.set(id, others);
      else wanted.delete(id);
      forget();
    };
  }

  function ask() {
    clearTimeout(timer);
    clearTimeout(soon);
    soon = 0;
    asked = [...wanted.keys()].slice(0, CLIPS_AT_ONCE);
    if (!asked.length) return;
    timer = setTimeout(ask, NO_ANSWER);
    send({ do: "clips", wanted: asked });
  }

  /** Take what Python says of `clips`: facts of each, its bytes among `buffers` where it has any. */
  function hear(clips, buffers) {
    let next = 0;
    for (const { id, trouble, ...facts } of clips) {
      asked = asked.filter((one) => one !== id);
      const waiting = wanted.get(id) ?? [], bytes = trouble ? null : buffers[next++];
      wanted.delete(id);
      if (trouble) for (const take of waiting) take({ trouble, users: 0 });
      if (!bytes || kept.has(id) || !waiting.length) continue;
      const clip = { url: URL.createObjectURL(new Blob([bytes], { type: facts.mime })), facts, bytes: bytes.byteLength, users: 0 };
      kept.set(id, clip);
      for (const take of waiting) take(clip);
    }
    forget();
    if (!asked.length) ask();
  }

  /** Free the oldest clips that nobody shows, beyond what is kept of them. */
  function forget() {
    const idle = [...kept].filter(([, clip]) => !clip.users);
    let bytes = idle.reduce((sum, [, clip]) => sum + clip.bytes, 0);
    for (const [id, clip] of idle) {
      if (bytes <= KEPT_BYTES) break;
      URL.revokeObjectURL(clip.url);
      kept.delete(id);
      bytes -= clip.bytes;
    }
  }

  function clear() {
    clearTimeout(timer);
    clearTimeout(soon);
    wanted.clear();
    for (const { url } of kept.values()) URL.revokeObjectURL(url);
    kept.clear();
  }
  return { borrow, hear, clear, get size() { return kept.size; } };
}

/** What shows the clip `id` in `place` while `on`, under `clock`, and holds nothing while it is not. */
function clipView(book, clock, place) {
  let id = null, on = false, giveBack = null, track = null;
  const free = () => {
    if (track) {
      clock.leave(track);
      track.media.remove();
      track.media.removeAttribute("src");
      track.media.load?.(); // lets the decoder go now, not when it is collected
    }
    giveBack?.();
    track = giveBack = null;
    place.removeAttribute("data-here");
  };
  function update() {
    free();
    if (!on || !id) return;
    giveBack = book.borrow(id, ({ url, facts, trouble = null }) => {
      attributes(place, { "data-trouble": trouble });
      if (trouble) return;
      track = makeTrack({ ...facts, caption: "" }, url);
      place.prepend(track.media);
      place.dataset.here = "true";
      clock.join(track);
    });
  }
  return {
    show: (wanted) => { if (wanted !== id) { id = wanted; update(); } },
    seen: (is) => { if (is !== on) { on = is; update(); } },
    free: () => { on = false; free(); },
    get media() { return track?.media ?? null; },
  };
}
