// The Playground: the page asks while it is seen, Python answers with what is new; clips are made by another process.

const SOON = 500, SELDOM = 5000; // milliseconds between two looks while something is made, and else

function render({ model, el }) {
  const about = model.get("_about"), urls = new Set();
  const fields = playgroundFields(about, (value) => post({ do: "picture", value }));
  const stage = playgroundStage();
  const history = playgroundHistory((key) => post({ do: "open", key }), (keys) => post({ do: "thumbs", keys }));
  const go = attributes(button("wannb-do wannb-pg-go", "Render", order), { title: "Render (Ctrl+Enter)" });
  const cancel = button("wannb-do", "Cancel", () => { post({ do: "cancel", keys: Object.values(shown) }); clock.now(); });
  const said = attributes(element("p", "wannb-pg-said"), { role: "status" });
  const others = element("span", "wannb-pg-others");
  const root = attributes(element("section", "wannb-theme wannb-playground",
    element("div", "wannb-pg-body",
      element("div", "wannb-pg-side", fields.root, element("div", "wannb-pg-deeds", go, cancel, others), said),
      element("div", "wannb-pg-main", stage.root, element("p", "wannb-pg-empty", "Choose a pair of checkpoints and press Render (Ctrl+Enter)."), history.root),
    )), { "aria-label": `Playground of ${model.get("_name")}` });
  el.replaceChildren(root);
  const empty = root.querySelector(".wannb-pg-empty");
  let shown = {}, version = "", busy = false;
  cancel.hidden = said.hidden = true;

  function post(content) { sendTo(model, content); }

  function order() {
    fields.faults({});
    say("");
    post({ do: "render", form: fields.get() });
  }

  function say(words, kind = "") {
    write(said, words);
    attributes(said, { "data-kind": kind });
    said.hidden = !words;
  }

  function hear(content, buffers) {
    if (content.faults) fields.faults(content.faults, !content.picture);
    if (content.picture !== undefined && buffers?.length) takePicture(content.picture, buffers[0]);
    if (content.thumbs) history.takeThumbs(content.thumbs, buffers);
    if (content.shown) takeShown(content);
    if (content.trouble) say(content.trouble, "bad");
    if (content.news) takeNews(content.news, buffers);
    else if (content.trouble && content.of === "ask") clock.answered(busy ? SOON : SELDOM);
  }

  function takePicture(value, bytes) {
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    if (!fields.showPicture(value, url)) return URL.revokeObjectURL(url);
    urls.forEach((old) => URL.revokeObjectURL(old));
    urls.clear();
    urls.add(url);
  }

  function takeShown({ shown: keys, form, words }) {
    shown = keys;
    fields.set(form);
    empty.hidden = true;
    stage.expect(shown, words, form);
    history.mark(shown.lora ?? null);
    say("");
    clock.now();
  }

  function takeNews(news, buffers) {
    fields.steps(news.steps);
    if (news.history) history.take(news.history);
    version = news.version;
    busy = news.others > 0;
    let making = false, refused = "";
    for (const [place, state] of Object.entries(news.clips)) {
      stage.take(place, state, state.clip && buffers[state.clip.buffer]);
      making ||= state.state === "waiting" || state.state === "rendering";
      if (state.state === "refused") refused = state.sentence;
    }
    busy ||= making;
    cancel.hidden = !making;
    write(others, news.others ? `${news.others} more ${news.others === 1 ? "clip is" : "clips are"} wanted` : "");
    if (refused) say(refused, "bad");
    else if (said.dataset.kind === "wait") say("");
    Object.assign(root.dataset, { making, history: news.version });
    clock.answered(busy ? SOON : SELDOM);
  }

  root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    order();
  });

  const clock = asking(root, {
    ask: () => post({ do: "ask", shown, has: stage.has(), history: version }), complain: (words) => say(words, "wait"), turned: stage.sight,
  });
  model.on("msg:custom", hear);
  fields.set(about.samples[0]);
  const letKeysGo = keepKeys(() => root);
  return () => {
    clock.end();
    letKeysGo();
    model.off("msg:custom", hear);
    stage.clear();
    history.clear();
    urls.forEach((url) => URL.revokeObjectURL(url));
  };
}

export default { render };
