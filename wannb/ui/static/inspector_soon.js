// A run of key presses is one step of undo: it is done when the keys rest, or at once when something else is begun.

const REST = 400; // milliseconds

function whenKeysRest() {
  let wish = null, timer = 0;
  function flush() {
    clearTimeout(timer);
    const now = wish;
    wish = null;
    now?.();
  }
  return {
    flush,
    later: (act) => { clearTimeout(timer); wish = act; timer = setTimeout(flush, REST); },
    get waits() { return wish !== null; },
  };
}
