// What preflight found, as rows that stay where they are while one types. Python folds and orders them; this shows them.

const WORDS = { error: ["error", "errors"], warning: ["warning", "warnings"], info: ["note", "notes"] };
const AGAIN = 700; // milliseconds in which a second press of Fix counts for nothing

const counted = (count, severity) => `${count} ${WORDS[severity][count === 1 ? 0 : 1]}`;
const sum = (rows, of = (row) => row.items.length) => rows.reduce((all, row) => all + of(row), 0);

/** Show `items` in order, a node for each key. Nodes that stay are left in the page, so focus stays in them too. */
function reconcile(list, items, make, update) {
  const old = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const keys = new Set(items.map((item) => item.key));
  for (const [key, node] of old) if (!keys.has(key)) node.remove();
  let at = list.firstElementChild;
  for (const item of items) {
    const node = old.get(item.key) ?? make(item);
    node.dataset.key = item.key;
    update(node, item);
    if (node === at) at = at.nextElementSibling;
    else list.insertBefore(node, at);
  }
}

/** A button of a row: there or not, its text, and what it sends. `part` names it, so that focus finds its like. */
function control(parent, part, className, text, pressed) {
  let node = [...parent.children].find((child) => child.dataset.part === part);
  if (text === null) return node?.remove();
  if (!node) {
    node = button(className, "", () => node.pressed());
    node.dataset.part = part;
    parent.append(node);
  }
  node.pressed = pressed;
  write(node, text);
  return node;
}

function fixControl(parent, text, about, send) {
  const node = control(parent, "fix", "wannb-do wannb-findings-fix", text, () => {
    if (node.getAttribute("aria-disabled")) return;
    attributes(node, { "aria-disabled": "true" });
    setTimeout(() => attributes(node, { "aria-disabled": null }), AGAIN);
    send();
  });
  if (node) attributes(node, { "aria-label": `${text}: ${about}` });
}

function makeRow(row) {
  const head = element("span", "wannb-findings-where");
  const words = element("div", "wannb-findings-words", head, element("span", "wannb-findings-message"),
    element("span", "wannb-findings-cure"));
  return element("li", "wannb-findings-row", severityMark(row.severity, "wannb-findings-mark"), words);
}

function makeItem() {
  return element("li", "wannb-findings-item", element("span", "", element("span", "wannb-findings-message")));
}

function render({ model, el }) {
  const total = attributes(element("span", "wannb-findings-sum"), { role: "status" });
  const busy = element("span", "wannb-findings-busy");
  const head = element("div", "wannb-findings-head", total, busy);
  const share = element("div", "wannb-findings-share");
  const track = element("div", "wannb-findings-track", share);
  const rows = element("ul", "wannb-findings-list"), notes = element("ul", "wannb-findings-list");
  const said = attributes(element("p", "wannb-findings-said"), { role: "alert" });
  const foot = element("div", "wannb-findings-foot");
  const root = attributes(element("section", "wannb-theme wannb-findings", head, track, said, rows, foot, notes), {
    "aria-label": "Findings", tabindex: "-1",
  });
  el.replaceChildren(root);
  const open = new Set(); // keys of the rows whose places are all shown, and "notes"

  const toggle = (key) => { open.has(key) ? open.delete(key) : open.add(key); update(); };
  const go = (item) => () => model.send({ do: "go", where: item.where });
  const fix = (code, where) => () => model.send({ do: "fix", code, where });

  function updateItem(node, item, row) {
    const words = node.firstElementChild;
    const place = control(words, "place", "wannb-findings-place", item.place, go(item));
    place.title = item.where;
    words.prepend(place);
    write(words.querySelector(".wannb-findings-message"), item.message);
    fixControl(node, item.curable ? "Fix" : null, `${item.place}: ${item.message || row.message}`, fix(row.code, item.where));
  }

  function updateRow(node, row) {
    node.dataset.severity = row.severity;
    const [first, ...others] = row.items, words = node.children[1], where = words.firstElementChild;
    const place = control(where, "place", "wannb-findings-place", first.place, go(first));
    place.title = first.where;
    const more = control(where, "more", "wannb-findings-more", others.length ? `and ${others.length} more` : null, () => toggle(row.key));
    write(words.children[1], row.message);
    write(words.children[2], row.fix);
    const shown = others.length > 0 && open.has(row.key);
    if (more) attributes(more, { "aria-expanded": String(shown) });
    let items = words.querySelector("ul");
    if (!shown) items?.remove();
    else {
      if (!items) words.append((items = element("ul", "wannb-findings-items")));
      reconcile(items, row.items, makeItem, (inner, item) => updateItem(inner, item, row));
    }
    const many = row.curable > 1;
    fixControl(node, row.curable ? (many ? `Fix ${row.curable}` : "Fix") : null, row.message,
      fix(row.code, many ? null : row.items.find((item) => item.curable)?.where));
  }

  function updateHead(serious, quiet) {
    const curable = sum(serious, (row) => row.curable), now = model.get("busy");
    const counts = ["error", "warning"].map((severity) => [sum(serious.filter((row) => row.severity === severity)), severity]);
    const words = counts.filter(([count]) => count).map((pair) => counted(...pair)).join(", ");
    write(total, words || (now ? "Nothing found so far" : "Nothing to mend"));
    attributes(total, { "data-calm": String(!words && !now) });
    write(busy, now);
    control(head, "all", "wannb-do wannb-findings-all", curable > 1 ? `Fix all ${curable}` : null, () => model.send({ do: "fix all" }));
    const done = model.get("_share");
    track.hidden = !now && !serious.length && !quiet.length;
    share.style.width = !now ? 0 : done === null ? "" : `${100 * done}%`;
    attributes(track, {
      role: now ? "progressbar" : null, "aria-label": now ? "Checking" : null, "data-endless": String(Boolean(now) && done === null),
      "aria-valuenow": now && done !== null ? Math.round(100 * done) : null,
    });
    const count = sum(quiet);
    const noted = control(foot, "notes", "wannb-findings-notes", count ? counted(count, "info") : null, () => toggle("notes"));
    if (noted) attributes(noted, { "aria-expanded": String(open.has("notes")) });
    said.hidden = !model.get("said");
    write(said, model.get("said"));
  }

  /** Bring focus back where an update took it: to the node itself, else to its like in the row that is there now. */
  function keepFocus(change) {
    const held = root.getRootNode().activeElement;
    if (!held || held === root || !root.contains(held)) return change();
    const list = held.closest("ul.wannb-findings-list"), part = held.dataset.part;
    const index = list ? [...list.children].indexOf(held.closest(".wannb-findings-row")) : -1;
    change();
    if (root.getRootNode().activeElement === held) return;
    const row = list?.children[Math.min(index, list.children.length - 1)];
    const like = row?.querySelector(`[data-part="${part}"]`) ?? row?.querySelector("button") ?? root.querySelector("button");
    (root.contains(held) ? held : like ?? root).focus({ preventScroll: true });
  }

  function update() {
    keepFocus(() => {
      const all = model.get("findings");
      const serious = all.filter((row) => row.severity !== "info"), quiet = all.filter((row) => row.severity === "info");
      updateHead(serious, quiet);
      reconcile(rows, serious, makeRow, updateRow);
      reconcile(notes, open.has("notes") ? quiet : [], makeRow, updateRow);
    });
  }

  const names = ["change:findings", "change:busy", "change:_share", "change:said"];
  names.forEach((name) => model.on(name, update));
  update();
  const letKeysGo = keepKeys(() => root);
  return () => {
    letKeysGo();
    names.forEach((name) => model.off(name, update));
  };
}

export default { render };
