// A run that trains somewhere, polled: this asks, Python answers with what is new. All of it lies in the run directory,
// so a page that is reloaded shows the same.

const SOON = 1000, SELDOM = 10000; // milliseconds between two looks at a run that goes, and at one that has ended
const SURE = 400; // milliseconds between asking to stop and meaning it, so that a double click is no answer
const SHOWN = 4; // events

function buttons(send) {
  const make = (name, what) => button("wannb-do", name, () => send(typeof what === "function" ? what() : what));
  let paused = false, armed = 0, timer = 0;
  const pause = make("Pause", () => (paused ? "go on" : "pause"));
  const stop = button("wannb-do wannb-watch-stop", "Stop", () => {
    if (!armed) arm();
    else if (performance.now() - armed > SURE) { disarm(); send("stop"); }
  });
  function arm() {
    armed = performance.now();
    write(stop, "Save and stop?");
    stop.classList.add("wannb-watch-armed");
    timer = setTimeout(disarm, 6000);
  }
  function disarm() {
    clearTimeout(timer);
    armed = 0;
    write(stop, "Stop");
    stop.classList.remove("wannb-watch-armed");
  }
  stop.addEventListener("blur", disarm);
  stop.addEventListener("keydown", (event) => event.key === "Escape" && disarm());
  const row = element("div", "wannb-watch-buttons", pause, make("Save", "save"), make("Preview", "preview"), stop);
  return {
    row, disarm,
    update({ state, at_work }) {
      row.hidden = !at_work;
      paused = state === "paused";
      write(pause, paused ? "Go on" : "Pause");
    },
  };
}

function render({ model, el }) {
  const colours = model.get("_colours"), experts = Object.keys(colours), rows = lossRows(), clip = clipFigure();
  const state = element("span", "wannb-watch-state"), line = element("span", "wannb-watch-line", "asking the kernel");
  const share = element("div", "wannb-watch-share"), bar = element("div", "wannb-watch-bar", share);
  const said = attributes(element("p", "wannb-watch-said"), { role: "status" });
  const canvas = attributes(element("canvas", "wannb-watch-canvas"), { role: "img" });
  const legend = element("div", "wannb-watch-legend"), chart = element("div", "wannb-watch-chart", canvas, legend);
  const press = buttons(send), list = element("ul", "wannb-watch-events");
  const head = element("div", "wannb-watch-head", element("span", "wannb-watch-name", model.get("_name")), state, line);
  const root = attributes(element("section", "wannb-theme wannb-watch", head, bar, said,
    element("div", "wannb-watch-body", chart, clip.figure), element("div", "wannb-watch-foot", press.row, list)), {
    "aria-label": `Run ${model.get("_name")}`,
  });
  el.replaceChildren(root);
  chart.hidden = true;

  let cuts = 0, shownClip = "", ended = false, total = 0;
  let wish = null, answers = {}; // what a button asked for, until the run has answered

  function post(content) { sendTo(model, content); }

  function send(what) {
    if (what !== wish?.what) post({ do: what });
  }

  function say(words, kind = "") {
    write(said, words);
    attributes(said, { "data-kind": kind });
    said.hidden = !words;
  }

  function hear(content, buffers) {
    if (content.news) take(content.news, buffers);
    else if (content.trouble) say(content.trouble, "bad");
    else if (content.refused) return say(content.refused, "refused");
    else if (content.asked) {
      wish = { what: content.asked, answers: answers[content.asked] ?? 0 };
      return say(`Asked to ${content.asked}: it does so after the step that is under way.`, "asked");
    }
    if (content.news || content.trouble) clock.answered(ended ? SELDOM : SOON);
  }

  function take(news, buffers) {
    const { status } = news, before = rows.all.length ? rows.all.at(-1) : null;
    if (rows.take(news.from, floatRows(buffers[0], 3))) cuts = news.cuts;
    if (news.clip && news.clip.name !== shownClip) {
      shownClip = news.clip.name;
      clip.show(news.clip, buffers[1]);
    }
    const changed = (rows.all.length ? rows.all.at(-1) : null) !== before || status.steps !== total;
    answers = news.answers;
    ended = !status.at_work;
    total = status.steps ?? 0;
    showStatus(status);
    list.replaceChildren(...news.events.slice(-SHOWN).reverse().map(eventLine));
    if (changed) drawChart();
    Object.assign(root.dataset, { steps: rows.all.length, state: status.state });
  }

  function showStatus(status) {
    write(state, status.state);
    attributes(state, { "data-state": status.state, title: status.meaning });
    const parts = standing(status), busy = aside(status);
    if (line.textContent !== parts.join(" · "))
      line.replaceChildren(...parts.flatMap((part, i) => [...(i ? [" · "] : []), element("span", "", part)]));
    const [done, of] = busy ? [busy.done, busy.total] : [status.step, status.steps];
    const percent = of ? Math.min(100, (100 * done) / of) : 0;
    share.style.width = `${percent}%`;
    attributes(bar, { role: "progressbar", "aria-label": busy ? busy.phase : "Steps", "aria-valuenow": Math.round(percent), "data-phase": busy && busy.phase });
    press.update(status);
    if (wish && (ended || (answers[wish.what] ?? 0) > wish.answers)) wish = null;
    const kind = said.getAttribute("data-kind");
    if (kind === "refused" && !ended) return; // it stays until something else is said
    if (!wish) say(status.sentence, status.state === "died" ? "bad" : "");
  }

  function drawChart() {
    chart.hidden = !rows.all.length;
    if (chart.hidden || !root.clientWidth) return;
    drawLosses(canvas, rows.all, total, colours);
    const means = experts.map((expert, i) => [expert, rows.mean(i)]).filter(([, mean]) => mean !== undefined);
    legend.replaceChildren(...means.map(([expert, mean]) => {
      const name = element("span", "", `${expert} noise`);
      name.style.color = colours[expert];
      return element("span", "", name, ` loss ${mean.toPrecision(3)}`);
    }));
    attributes(canvas, { "aria-label": `Loss by step: ${means.map(([expert, mean]) => `${expert} noise ${mean.toPrecision(3)}`).join(", ")}` });
  }

  const clock = asking(root, {
    ask: () => post({ ask: rows.last, cuts, clip: shownClip }), complain: (words) => say(words, "wait"), turned: clip.playing,
  });
  const sized = new ResizeObserver(drawChart);
  model.on("msg:custom", hear);
  say("");
  press.row.hidden = true;
  sized.observe(chart);
  const letKeysGo = keepKeys(() => root), themed = whenThemed(drawChart);
  return () => {
    clock.end();
    letKeysGo();
    themed();
    press.disarm();
    sized.disconnect();
    model.off("msg:custom", hear);
    clip.free();
  };
}

export default { render };
