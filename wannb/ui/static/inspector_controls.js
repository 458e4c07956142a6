// The row above the gallery: search, findings, order, how many are shown, how far the looking is.

function selectOf(className, label, options, chosen, changed) {
  const node = attributes(element("select", className), { "aria-label": label });
  node.append(...options.map(([value, text]) => Object.assign(document.createElement("option"), { value, textContent: text })));
  node.value = chosen;
  node.addEventListener("change", () => changed(node.value));
  return node;
}

/** Where trimmed copies are written to; `write(to, fps)` begins. */
function copiesForm(write_) {
  const to = attributes(element("input", "wannb-field wannb-copies-to"), { type: "text", "aria-label": "Folder for the copies", spellcheck: "false" });
  const even = attributes(element("input", ""), { type: "checkbox" }), summary = write(document.createElement("summary"), "Write trimmed copies");
  const go = button("wannb-do", "Write copies", () => write_(to.value, even.checked ? 16 : null));
  const root = element("details", "wannb-inspector-notes", summary, element("div", "wannb-inspector-controls", to,
    element("label", "wannb-labelled", even, element("span", "", "at 16 fps")), go,
    element("span", "wannb-faint", "H.264, with captions; for tools that know no edit list.")));
  to.addEventListener("keydown", (event) => event.stopPropagation());
  return { root, to };
}

function galleryControls(wish, changed) {
  const search = attributes(element("input", "wannb-field wannb-inspector-search"), {
    type: "search", placeholder: "Search names and captions  ( / )", "aria-label": "Search names and captions", spellcheck: "false",
  });
  search.addEventListener("input", () => { wish.text = search.value; changed(); });
  const finding = selectOf("wannb-field", "Show only", [["", "All clips"]], "", (value) => { wish.finding = value; changed(); });
  const sorts = Object.entries(SORTS).map(([value, [text]]) => [value, `by ${text.toLowerCase()}`]);
  const sort = selectOf("wannb-field", "Sort by", sorts, wish.sort, (value) => {
    Object.assign(wish, { sort: value, down: DOWNWARD.has(value) });
    changed();
  });
  const way = button("wannb-do wannb-inspector-way", "↑", () => { wish.down = !wish.down; changed(); });
  const count = attributes(element("span", "wannb-inspector-count"), { role: "status" });
  const row = attributes(element("div", "wannb-inspector-controls", search, finding, sort, way, count), { role: "search" });
  let offered = "";

  function offer(rows) {
    const bad = rows.filter((one) => has(one, "any")).length;
    const some = [["edited", rows.filter((one) => has(one, "edited")).length, "Edited"], ["out", rows.filter((one) => one.out).length, "Left out"]];
    const options = [["", "All clips"], ["any", `With findings (${bad})`], ["none", `Without findings (${rows.length - bad})`],
      ...some.filter(([, n]) => n).map(([value, n, text]) => [value, `${text} (${n})`]),
      ...codesOf(rows).map(([code, n]) => [`code:${code}`, `${code} (${n})`])];
    const now = JSON.stringify(options);
    if (now === offered) return;
    offered = now;
    finding.replaceChildren(...options.map(([value, text]) => Object.assign(document.createElement("option"), { value, textContent: text })));
    if (!options.some(([value]) => value === wish.finding)) { wish.finding = ""; changed(); }
    finding.value = wish.finding;
  }

  function update(all, shown) {
    offer(all);
    write(way, wish.down ? "↓" : "↑");
    attributes(way, { "aria-label": wish.down ? "Largest first; press for smallest first" : "Smallest first; press for largest first", title: wish.down ? "largest first" : "smallest first" });
    write(count, shown === all.length ? `${shown} ${shown === 1 ? "clip" : "clips"}` : `${shown} of ${all.length} clips`);
  }
  return { row, search, update };
}
