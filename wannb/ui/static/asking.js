// One clock for every widget that asks its kernel while it is seen, and says so where no answer comes.

const PATIENCE = 5000, LONGEST = 60000; // milliseconds until a kernel that does not answer is asked again, each time twice as long

function lasting(seconds) {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60), hours = Math.floor(minutes / 60);
  if (!hours) return `${minutes} min`;
  return hours < 10 ? `${hours} h ${String(minutes % 60).padStart(2, "0")} min` : `${Math.round(minutes / 60)} h`;
}

/** Call `ask` as soon as `root` is seen and whenever `answered` and `now` say; `complain(words)` where no answer comes.
 * `turned(seen)` is told of the page's turning to `root` and away. Nothing is asked while it is not seen. */
function asking(root, { ask, complain, turned = () => {} }) {
  let seen = false, timer = 0, since = 0, patience = PATIENCE; // since when an answer is waited for, 0 while none is

  function again() {
    clearTimeout(timer);
    if (!seen || document.hidden) return;
    since ||= performance.now();
    timer = setTimeout(unanswered, patience);
    ask();
  }

  function unanswered() {
    complain(`The kernel has not answered for ${lasting((performance.now() - since) / 1000)}: it is busy, or it was restarted, and then this cell has to run again. Nothing is lost by that.`);
    patience = Math.min(2 * patience, LONGEST);
    again();
  }

  function forgive() {
    clearTimeout(timer);
    since = 0;
    patience = PATIENCE;
  }

  function look() {
    const now = seen && !document.hidden;
    turned(now);
    if (now) again();
    else forgive();
  }

  const sight = new IntersectionObserver((entries) => { seen = entries.at(-1).isIntersecting; look(); });
  document.addEventListener("visibilitychange", look);
  sight.observe(root);
  return {
    /** Ask at once, whatever is waited for. */
    now() { forgive(); again(); },
    /** An answer came: ask again in `pause` milliseconds; null: when `now` is called or the page turns here again. */
    answered(pause) {
      forgive();
      if (pause !== null) timer = setTimeout(again, pause);
    },
    end() {
      clearTimeout(timer);
      sight.disconnect();
      document.removeEventListener("visibilitychange", look);
    },
  };
}
