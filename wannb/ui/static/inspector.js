// The clips of a folder and the one that is opened. Python knows them; this asks for what is in sight, and shows it.

const SOON = 300, SELDOM = 5000; // milliseconds between two looks while clips are looked at, and when all are known

function render({ model, el }) {
  const send = (content) => sendTo(model, content);
  const book = pictureBook(send), wish = { text: "", finding: "", sort: "name", down: false };
  const controls = galleryControls(wish, arrange), grid = gallery(book, open);
  const busy = attributes(element("span", "wannb-inspector-busy"), { role: "status" }), share = element("div", "wannb-inspector-share");
  const said = attributes(element("p", "wannb-inspector-said"), { role: "status" });
  const undo = attributes(button("wannb-do", "Undo", () => act({ do: "undo" })), { title: "Take the last edit back" });
  const redo = attributes(button("wannb-do", "Redo", () => act({ do: "redo" })), { title: "Do it again" });
  const suggest = attributes(button("wannb-do", "Suggest for all", () => act({ do: "suggest" })), { title: "Trim dead time, crop bars and split at cuts of every clip, as the findings say" });
  controls.row.append(busy, element("span", "wannb-inspector-tools", suggest, undo, redo));
  const notes = element("details", "wannb-inspector-notes");
  const copies = copiesForm((to, fps) => send({ do: "copies", to, fps }));
  const clip = clipPane(book, { send: (deed) => act(deed), close: () => open(""), step, go: open });
  const root = attributes(element("section", "wannb-theme wannb-inspector", controls.row, element("div", "wannb-inspector-track", share), notes, grid.root, clip.root, copies.root, said), {
    "aria-label": "Clips", tabindex: "-1",
  });
  el.replaceChildren(root);
  clip.root.hidden = true;

  const rows = new Map();
  let order = [], shown = [], fresh = true, opened = null, waiting = "", silence = 0;

  function poll() {
    send({ do: "rows", fresh });
    fresh = false;
  }

  function hear(content, buffers) {
    try { take(content, buffers); } catch (error) { reportError(error); } // it came by a promise, which would swallow it
  }

  function take(content, buffers) {
    if (content.pictures) book.hear(content, buffers);
    else if (content.news) takeNews(content.news);
    else if (content.opened !== undefined && !content.did) takeOpened(content.opened);
    else if (content.did) takeDone(content);
    else if (content.refused) say(content.refused, true);
  }

  function takeNews(news) {
    if (news.wishes) { clip.strip.begin(news.wishes); clip.templates(news.templates); copies.to.value ||= news.copies; }
    if (news.said) say(news.said);
    for (const row of news.rows ?? []) rows.set(row.name, row);
    for (const name of news.gone ?? []) rows.delete(name);
    if (news.order) order = news.order;
    write(busy, news.trouble || (/\d/.test(news.busy) ? news.busy : ""));
    const done = /(\d+) of (\d+)/.exec(news.busy);
    share.style.width = news.busy ? `${done ? (100 * done[1]) / Math.max(1, done[2]) : 100}%` : 0;
    attributes(suggest, { "aria-disabled": news.busy ? "true" : null }); // what is not looked at yet suggests nothing
    root.dataset.busy = Boolean(news.busy);
    if (news.findings) showNotes(news.findings);
    if (news.rows || news.gone || news.order) arrange();
    const changed = (news.rows ?? []).some((row) => row.name === model.get("selected"));
    if (model.get("selected") && (changed || !clip.name) && waiting !== model.get("selected")) ask(model.get("selected"));
    clock.answered(news.busy ? SOON : SELDOM);
    if (said.dataset.waits) say("");
  }

  function arrange() {
    const all = order.map((name) => rows.get(name)).filter(Boolean);
    shown = arranged(all, wish);
    controls.update(all, shown.length);
    grid.show(shown, wish.sort, model.get("selected"));
    grid.root.dataset.empty = !shown.length;
    if (opened) showOpened();
  }

  function showNotes(findings) {
    const serious = findings.filter((one) => one.severity !== "info").length;
    notes.hidden = !findings.length;
    const summary = document.createElement("summary");
    write(summary, `${findings.length} ${findings.length === 1 ? "finding" : "findings"} on the whole set${serious ? "" : ", good to know"}`);
    notes.replaceChildren(summary, element("ul", "", ...findings.map((one) => element("li", `wannb-finding wannb-${one.severity}`,
      severityMark(one.severity, "wannb-finding-mark"), element("span", "", one.message, one.fix ? element("span", "wannb-faint", ` ${one.fix}`) : "")))));
  }

  function ask(name) {
    waiting = name;
    send({ do: "open", name });
  }

  /** Open the clip `name`; "" closes. */
  function open(name) {
    if (model.get("selected") === name) return name && clip.root.focus({ preventScroll: true });
    model.set("selected", name);
    model.save_changes();
  }

  function follow() {
    const name = model.get("selected");
    say("");
    clip.leave();
    opened = null;
    clip.root.hidden = !name;
    root.dataset.opened = Boolean(name);
    arrange();
    if (name) {
      ask(name);
      grid.go(shown.findIndex((row) => row.name === name));
    } else grid.root.focus({ preventScroll: true });
  }

  function takeOpened(next) {
    waiting = "";
    if (next.name !== model.get("selected")) return;
    opened = next;
    if (!next.facts && !next.refused) setTimeout(() => model.get("selected") === next.name && ask(next.name), 400);
    showOpened();
  }

  function showOpened() {
    const row = rows.get(opened.name), index = shown.findIndex((one) => one.name === opened.name);
    clip.show(opened, { mark: opened.mark ?? row?.mark ?? "", rows: index < 0 && row ? [row] : shown, index: index < 0 ? 0 : index });
  }

  function act(deed) {
    send({ ...deed, show: model.get("selected") || null });
  }

  function takeDone({ said: words, opened: next }) {
    say(words);
    if (next) takeOpened(next);
    clock.now();
  }

  /** Say `words` for a while, over what is there: nothing moves away under a click. */
  function say(words, bad = false, waits = false) {
    clearTimeout(silence);
    write(said, words);
    attributes(said, { "data-bad": bad, "data-waits": waits });
    said.hidden = !words;
    if (words && !waits) silence = setTimeout(() => say(""), bad ? 15_000 : 6000);
  }

  function step(by) {
    const at = shown.findIndex((row) => row.name === model.get("selected")), next = shown[at + by];
    if (next) { open(next.name); clip.root.focus({ preventScroll: true }); }
  }

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target === controls.search && controls.search.value) {
      controls.search.value = wish.text = "";
      arrange();
    } else if (event.key === "Escape" && event.target === controls.search) grid.root.focus({ preventScroll: true });
    else if (event.key === "Escape" && model.get("selected")) open("");
    else if (event.key === "/" && !event.target.matches("input, textarea, select")) controls.search.focus();
    else if ((event.key === "Enter" || event.key === "ArrowDown") && event.target === controls.search) grid.root.focus({ preventScroll: true });
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const clock = asking(root, { ask: poll, complain: (words) => say(words, true, true) });
  model.on("msg:custom", hear);
  model.on("change:selected", follow);
  say("");
  notes.hidden = true;
  clip.root.hidden = !model.get("selected");
  const letKeysGo = keepKeys(() => root);
  return () => {
    clock.end();
    clearTimeout(silence);
    letKeysGo();
    model.off("msg:custom", hear);
    model.off("change:selected", follow);
    clip.clear();
    grid.clear();
    book.clear();
  };
}

export default { render };
