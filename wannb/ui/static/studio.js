// What the Studio does in the page itself: the row that one is sent to comes into sight.

const SOON = 3000; // milliseconds in which a row that was just asked for is there

/** Bring the marked row of the Studio around `el` into sight and its field into focus, as soon as it is there. */
function goToRow(el, since = performance.now()) {
  const row = el.closest(".wannb-studio")?.querySelector(".wannb-row.wannb-here");
  if (!row?.offsetParent) {
    if (performance.now() - since < SOON) requestAnimationFrame(() => goToRow(el, since));
    return;
  }
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  row.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  row.querySelector("input, select, textarea, button")?.focus({ preventScroll: true });
}
