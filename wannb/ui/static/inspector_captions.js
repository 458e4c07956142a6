// The opened clip's caption, its neighbours', and what is done to all captions at once.

/** Words of two texts, each with whether the other lacks it: the longest common run of words stays unmarked. */
function differences(before, after) {
  const [a, b] = [before, after].map((text) => text.split(/\s+/).filter(Boolean));
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      longest[i][j] = a[i] === b[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
  const marked = [];
  for (let i = 0, j = 0; j < b.length; ) {
    if (i < a.length && a[i] === b[j]) { marked.push([b[j], false]); i += 1; j += 1; }
    else if (i < a.length && longest[i + 1][j] >= longest[i][j + 1]) i += 1;
    else { marked.push([b[j], true]); j += 1; }
  }
  return marked;
}

/** How often `find` occurs in the texts of `rows`, and in how many; null for an expression that is none. */
function occurrences(rows, find, regex) {
  if (!find) return [0, 0];
  let expression;
  try { expression = new RegExp(regex ? find : find.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "g"); }
  catch { return null; }
  const counts = rows.map((row) => [...row.caption.matchAll(expression)].filter((match) => match[0]).length);
  return [counts.reduce((a, b) => a + b, 0), counts.filter(Boolean).length];
}

/** `calls`: send(deed), go(name) to open another clip. */
function captionPane(calls) {
  const box = attributes(element("textarea", "wannb-field wannb-caption-box"), { rows: "4", "aria-label": "Caption", spellcheck: "true" });
  const last = element("p", "wannb-caption-final"), meter = element("div", "wannb-caption-meter", element("div", "wannb-caption-share"));
  const tokens = element("span", "wannb-caption-tokens"), near = element("div", "wannb-caption-near");
  const many = captionsOfAll(calls);
  const undo = attributes(button("wannb-do", "Undo", () => { save(); calls.send({ do: "undo caption" }); }), { "aria-label": "Undo the last change of captions" });
  const redo = attributes(button("wannb-do", "Redo", () => { save(); calls.send({ do: "redo caption" }); }), { "aria-label": "Redo the change of captions" });
  const head = element("div", "wannb-part-head", element("h4", "", "Caption"), tokens, undo, redo);
  const root = element("section", "wannb-caption", head, box, meter, last, near, many.root);
  let name = null, saved = "";

  function save() {
    if (name === null || box.value.trim() === saved) return;
    saved = box.value.trim();
    calls.send({ do: "caption", name, text: saved });
  }
  box.addEventListener("blur", save);
  box.addEventListener("keydown", (event) => {
    event.stopPropagation(); // letters here are no shortcuts
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(); }
    if (event.key === "Escape") { box.value = saved; box.blur(); calls.focus(); }
  });

  function show(clip, rows, index) {
    const same = clip.name === name, { caption } = clip;
    if (!same) save();
    const untouched = !same || box.value.trim() === saved;
    name = clip.name;
    saved = caption.text;
    if (untouched) box.value = caption.text;
    box.placeholder = caption.source === "default" ? `${caption.default}  (Default Caption)` : "What happens here? Name the motion, the look or the character.";
    last.replaceChildren(element("span", "", "Trained as "), caption.final ? element("q", "", caption.final) : element("em", "", "the empty caption"));
    const share = Math.min(1, caption.tokens / caption.most);
    Object.assign(meter.firstChild.style, { width: `${100 * share}%` });
    attributes(meter, { "data-over": caption.tokens > caption.most });
    write(tokens, `${caption.exact ? "" : "about "}${caption.tokens} of ${caption.most} tokens`);
    showNear(rows, index);
    many.show(rows);
  }

  function showNear(rows, index) {
    const own = rows[index]?.caption ?? "";
    const line = (row, words) => {
      const marked = differences(own, row.caption).map(([word, other]) => (other ? element("mark", "", word) : element("span", "", word)));
      const link = button("wannb-link", `${words}: ${row.name}`, () => calls.go(row.name));
      return element("p", "", link, element("br", ""), ...(row.ok === null ? ["…"] : marked.length ? marked.flatMap((node) => [node, " "]) : [element("em", "", "no caption")]));
    };
    near.replaceChildren(...(index > 0 ? [line(rows[index - 1], "previous")] : []), ...(rows[index + 1] ? [line(rows[index + 1], "next")] : []));
  }
  return { root, show, save, templates: many.templates, forget: () => { name = null; } };
}

/** Find and replace, words before or after, templates: over all captions, or those of the clips that are shown. */
function captionsOfAll(calls) {
  const datalist = `wannb-templates-${Math.random().toString(36).slice(2)}`;
  const field = (label, list = null) => {
    const node = attributes(element("input", "wannb-field"), { type: "text", "aria-label": label, placeholder: label, spellcheck: "false", list });
    node.addEventListener("keydown", (event) => event.stopPropagation());
    return node;
  };
  const find = field("Find"), other = field("Replace with"), added = field("Words to add"), regex = attributes(element("input", ""), { type: "checkbox" });
  const found = attributes(element("span", "wannb-faint"), { role: "status" });
  const template = field("Template", datalist), offered = attributes(document.createElement("datalist"), { id: datalist });
  let rows = [], names = null;
  const all = (deed) => calls.send({ ...deed, names });
  const replace = button("wannb-do", "Replace", () => find.value && all({ do: "replace", find: find.value, with: other.value, regex: regex.checked }));
  const before = button("wannb-do", "Put before", () => added.value.trim() && all({ do: "prefix", text: added.value }));
  const after = button("wannb-do", "Put after", () => added.value.trim() && all({ do: "suffix", text: added.value }));
  const fill = attributes(button("wannb-do", "Make from template", () => template.value.trim() && all({ do: "template", template: template.value })), {
    title: "{caption} is what stands there, {name} the file's name in words",
  });
  const filling = element("div", "wannb-caption-line", template, fill, offered);
  template.placeholder = "Template, such as: orbit 360 around the subject, {caption}";
  const summary = document.createElement("summary");
  const root = element("details", "wannb-caption-all", summary,
    element("div", "wannb-caption-line", find, other, element("label", "wannb-labelled", regex, element("span", "", "expression")), replace, found),
    element("div", "wannb-caption-line", added, before, after), filling);
  const count = () => {
    const hits = occurrences(rows, find.value, regex.checked);
    write(found, hits === null ? "This is no expression." : find.value ? `${hits[0]} in ${hits[1]} captions` : "");
    attributes(replace, { "aria-disabled": hits && hits[0] ? null : "true" });
  };
  find.addEventListener("input", count);
  regex.addEventListener("change", count);
  return {
    root,
    /** rows: those of the clips that are shown. */
    show(shown) {
      rows = shown;
      names = shown.map((row) => row.name);
      write(summary, shown.length === 1 ? "Change this caption by rule" : `Change all ${shown.length} captions shown`);
      count();
    },
    templates(list) {
      offered.replaceChildren(...list.map((text) => Object.assign(document.createElement("option"), { value: text, textContent: text })));
    },
  };
}
