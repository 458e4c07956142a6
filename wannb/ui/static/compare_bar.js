// The one transport of all clips, and the words about them: what is proposed and why, what is chosen, the tallies.

const PACES = [0.25, 0.5, 1, 1.5, 2];
const pace = (value) => ({ 0.25: "¼×", 0.5: "½×", 1: "1×", 1.5: "1½×", 2: "2×" })[value];

function transportBar(clock) {
  const play = button("wannb-do wannb-cmp-play", "▶", () => clock.toggle());
  const back = attributes(button("wannb-do", "‹", () => clock.step(-1)), { title: "One frame back ( , )", "aria-label": "One frame back" });
  const on = attributes(button("wannb-do", "›", () => clock.step(1)), { title: "One frame on ( . )", "aria-label": "One frame on" });
  const scrub = attributes(element("input", "wannb-cmp-scrub"), { type: "range", min: 0, step: 1, "aria-label": "Frame" });
  const readout = element("span", "wannb-cmp-readout");
  const loop = attributes(button("wannb-do", "⟳", () => setLoop(!loops)), { title: "Loop (L)", "aria-label": "Loop" });
  const speed = attributes(element("select", "wannb-field"), { "aria-label": "Speed", title: "Speed ( [ and ] )" });
  speed.append(...PACES.map((value) => Object.assign(document.createElement("option"), { value, textContent: pace(value) })));
  speed.value = 1;
  speed.addEventListener("change", () => clock.speed(Number(speed.value)));
  scrub.addEventListener("input", () => clock.show(Number(scrub.value)));
  const root = element("div", "wannb-cmp-bar", play, back, on, scrub, readout, loop, speed);
  let loops = true;

  function setLoop(value) {
    loops = value;
    clock.loop(value);
    attributes(loop, { "aria-pressed": String(value) });
  }

  function update() {
    const { playing, frames, fps } = clock, index = clock.frame();
    write(play, playing ? "❚❚" : "▶");
    attributes(play, { title: playing ? "Pause (space)" : "Play (space)", "aria-label": playing ? "Pause" : "Play" });
    if (Number(scrub.max) !== frames - 1) scrub.max = frames - 1;
    scrub.value = index;
    write(readout, `frame ${index + 1} of ${frames} · ${(index / fps).toFixed(2)} s`);
    scrub.setAttribute("aria-valuetext", readout.textContent);
  }

  function faster(by) {
    const at = PACES.indexOf(Number(speed.value)) + by;
    if (at < 0 || at >= PACES.length) return;
    speed.value = PACES[at];
    clock.speed(PACES[at]);
  }
  setLoop(true);
  return { root, update, faster, toggleLoop: () => setLoop(!loops) };
}

const stepWords = (step) => (step ? step.toLocaleString("en") : "base");
const pairWords = ({ high, low }) => `high ${stepWords(high)} · low ${stepWords(low)}`;

/** What is proposed, with its reasons and warnings; `act("choose", pair)`. */
function proposalBox(act) {
  const head = element("span", "wannb-cmp-proposed-pair"), take = button("wannb-do", "Choose it", () => act("choose", pair));
  const reasons = element("ul", "wannb-cmp-reasons"), warnings = element("ul", "wannb-cmp-warnings");
  const root = attributes(element("div", "wannb-cmp-proposal", element("div", "wannb-cmp-proposal-head", head, take), warnings, reasons), { role: "region", "aria-label": "Proposal" });
  let pair = null, shown = "";
  root.hidden = true;
  return {
    root,
    show(proposal, hidden) {
      root.hidden = hidden || !proposal;
      if (root.hidden) return;
      const key = JSON.stringify(proposal);
      if (key === shown) return;
      [shown, pair] = [key, proposal.high === undefined || proposal.high === null ? null : proposal];
      head.replaceChildren(...(pair ? [element("b", "", "Proposed: "), pairWords(pair)] : [proposal.busy ?? proposal.trouble ?? ""]));
      take.hidden = !pair || !(pair.high || pair.low);
      reasons.replaceChildren(...(proposal.reasons ?? []).map((one) => element("li", "", one)));
      warnings.replaceChildren(...(proposal.warnings ?? []).map((one) => element("li", "", one)));
    },
  };
}

/** The chosen pair and how it leaves: the line for a shell, and, where there is a kernel, a button. */
function chosenBox(act, can) {
  const words = element("span", ""), line = element("code", "wannb-cmp-command");
  const copy = button("wannb-do", "Copy", () => {
    const done = navigator.clipboard?.writeText(line.textContent);
    Promise.resolve(done).then(() => done && write(copy, "Copied"), () => {});
    getSelection().selectAllChildren(line);
  });
  const go = button("wannb-do", "Export", () => act("export"));
  const root = attributes(element("div", "wannb-cmp-chosen-pair", words, line, copy, go), { role: "region", "aria-label": "Chosen pair" });
  root.hidden = true;
  return {
    root,
    show(chosen, command) {
      root.hidden = !chosen || !command;
      if (root.hidden) return;
      words.replaceChildren(element("b", "", "Chosen: "), pairWords(chosen));
      if (line.textContent !== command) { write(line, command); write(copy, "Copy"); }
      go.hidden = !can;
    },
  };
}

/** The blind round under way, and what the ended ones came to. */
function blindBox(act) {
  const words = element("span", ""), end = button("wannb-do", "Reveal", () => act("reveal")), list = element("ol", "wannb-cmp-tally");
  const forget = button("wannb-do", "Forget the tallies", () => act("forget"));
  const root = attributes(element("div", "wannb-cmp-blind", words, end, list, forget), { role: "region", "aria-label": "Blind comparison" });
  return {
    root,
    show({ blind, rounds }, rows, labels) {
      const done = blind ? Object.keys(blind.prefers).length : 0;
      root.hidden = !blind && !rounds.length;
      end.hidden = !blind;
      list.hidden = forget.hidden = Boolean(blind);
      if (blind) return void write(words, `Blind: the columns are shuffled. V prefers a clip of a row; ${done} of ${rows} rows done.`);
      write(words, `Blind tallies, ${rounds.length} ${rounds.length === 1 ? "round" : "rounds"}:`);
      list.replaceChildren(...tallied(rounds).map(({ id, preferred, shown }) => element("li", "", element("b", "", labels(id)), ` preferred in ${preferred} of ${shown} rows`)));
    },
  };
}
