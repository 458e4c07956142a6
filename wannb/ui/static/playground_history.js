// What was made before, the newest first; one that is pressed comes back with its settings.

function playgroundHistory(open, wantThumbs) {
  const list = element("ol", "wannb-pg-list"), title = element("h3", "wannb-pg-title", "Made before");
  const root = attributes(element("section", "wannb-pg-history", title, list), { "aria-label": "Clips made before, the newest first" });
  const thumbs = new Map(); // key → URL
  let shown = null;
  root.hidden = true;

  function row({ key, pair, prompt, seed }) {
    const picture = attributes(element("img", "wannb-pg-thumb"), { alt: "", "data-key": key, src: thumbs.get(key) ?? null });
    const words = element("span", "wannb-pg-entry-words", element("span", "wannb-pg-pair", pair),
      element("span", "wannb-pg-prompt", prompt || "no words"), element("span", "wannb-pg-seed", `seed ${seed}`));
    const entry = attributes(button("wannb-pg-entry", "", () => open(key)), { "data-key": key, title: prompt });
    entry.append(picture, words);
    return element("li", "", entry);
  }

  function take(rows) {
    root.hidden = !rows.length;
    const there = new Set(rows.map(({ key }) => key));
    for (const [key, url] of thumbs) if (!there.has(key)) { URL.revokeObjectURL(url); thumbs.delete(key); }
    list.replaceChildren(...rows.map(row));
    mark(shown);
    const lacking = rows.map(({ key }) => key).filter((key) => !thumbs.has(key));
    if (lacking.length) wantThumbs(lacking);
  }

  function takeThumbs(keys, buffers) {
    keys.forEach((key, i) => {
      if (thumbs.has(key)) return;
      thumbs.set(key, URL.createObjectURL(new Blob([buffers[i]], { type: "image/jpeg" })));
      for (const picture of list.querySelectorAll(`img[data-key="${key}"]`)) picture.src = thumbs.get(key);
    });
  }

  function mark(key) {
    shown = key;
    for (const entry of list.querySelectorAll(".wannb-pg-entry")) attributes(entry, { "aria-current": entry.dataset.key === key ? "true" : null });
  }

  function clear() {
    for (const url of thumbs.values()) URL.revokeObjectURL(url);
    thumbs.clear();
  }
  return { root, take, takeThumbs, mark, clear };
}
