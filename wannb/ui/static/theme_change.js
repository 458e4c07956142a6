// What a canvas is drawn with does not follow the page: it is drawn anew when the host or the system turns dark or light.

/** Call `redraw` after such a turn; return what ends this. */
function whenThemed(redraw) {
  const system = matchMedia("(prefers-color-scheme: dark)"), host = new MutationObserver(redraw);
  for (const node of [document.documentElement, document.body])
    host.observe(node, { attributes: true, attributeFilter: ["data-jp-theme-light", "class", "theme"] });
  system.addEventListener("change", redraw);
  return () => {
    host.disconnect();
    system.removeEventListener("change", redraw);
  };
}
