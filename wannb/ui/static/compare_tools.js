// The row above the grid: which grid, of which prompt, which figures, blind or not; and the keys in short.

const KINDS = [["steps", "Checkpoints", "G", "Prompts by checkpoints"], ["pairs", "High × low", "H", "Every high step with every low step, for one prompt"],
  ["strengths", "Strengths", "T", "One pair at strengths from 0 to 1.5, for one prompt"]];
const LEGEND = [
  ["Space", "play"], [", .", "frame"], ["[ ]", "speed"], ["L", "loop"], ["← ↑ → ↓", "move"], ["Enter", "large"], ["A B", "choose for A, B"],
  ["S W D O", "beside, wipe, difference, onion skin"], ["0–5", "rate"], ["P", "pin clip"], ["Shift+P", "pin column"], ["C", "choose the pair"],
  ["M", "make the clip"], ["X", "cancel"], ["G H T", "grids"], ["N", "blind"], ["V", "prefer"], ["+ −", "size"], ["Esc", "close"], ["?", "these keys"],
];

function compareTools(act) {
  const kinds = KINDS.map(([kind, text, key, title]) => attributes(button("wannb-do", text, () => act("kind", kind)), { "data-kind": kind, title: `${title} (${key})`, "aria-keyshortcuts": key }));
  const prompt = attributes(element("select", "wannb-field wannb-cmp-which"), { "aria-label": "Prompt" });
  prompt.addEventListener("change", () => act("prompt", prompt.value));
  const blind = attributes(button("wannb-do", "Blind", () => act("blind")), { title: "Shuffle the columns and hide their names (N)", "aria-keyshortcuts": "N" });
  const make = button("wannb-do", "", () => act("make-all")), drop = button("wannb-do", "Cancel all", () => act("cancel-all"));
  const list = element("div", "wannb-cmp-choices"), summary = document.createElement("summary"), figures = element("details", "wannb-cmp-which-figures", write(summary, "Figures"), list);
  const legend = element("div", "wannb-cmp-legend", ...LEGEND.map(([key, what]) => element("div", "", element("b", "", key), element("span", "", what))));
  const keys = attributes(button("wannb-do", "Keys", () => showKeys(legend.hidden)), { title: "The keys ( ? )", "aria-expanded": "false" });
  const progress = attributes(element("span", "wannb-cmp-progress"), { role: "status" });
  const root = element("div", "wannb-cmp-tools", ...kinds, prompt, blind, figures, keys, element("span", "wannb-cmp-gap"), progress, make, drop);
  let offered = "", boxes = "";
  showKeys(false);

  function showKeys(on) {
    legend.hidden = !on;
    attributes(keys, { "aria-expanded": String(on) });
  }

  function offerPrompts(prompts, chosen) {
    const key = JSON.stringify(prompts);
    if (key !== offered) {
      offered = key;
      prompt.replaceChildren(...prompts.map(({ id, label, detail }) => Object.assign(document.createElement("option"), { value: id, textContent: detail ? `${label} (${detail})` : label })));
    }
    prompt.value = chosen;
  }

  function offerFigures(all, shown) {
    figures.hidden = !all.length;
    const key = JSON.stringify([all, shown]);
    if (key === boxes) return;
    boxes = key;
    const held = list.contains(document.activeElement) ? document.activeElement.value : null;
    list.replaceChildren(...all.map(({ name, label, unit, tells }) => {
      const box = Object.assign(document.createElement("input"), { type: "checkbox", value: name, checked: shown.includes(name) });
      box.addEventListener("change", () => act("figures", all.map((one) => one.name).filter((one) => (one === name ? box.checked : shown.includes(one)))));
      return attributes(element("label", "", box, element("span", "", unit ? `${label}, ${unit}` : label, element("small", "", tells))), { title: tells });
    }));
    if (held) [...list.querySelectorAll("input")].find((box) => box.value === held)?.focus({ preventScroll: true });
  }

  function update({ view, kinds: offers, chosenPrompt, isBlind, figures: all, shown, missing, waiting, busy }) {
    for (const one of kinds) {
      one.hidden = !offers.includes(one.dataset.kind);
      attributes(one, { "aria-pressed": String(view.kind === one.dataset.kind), "aria-disabled": isBlind ? "true" : null });
    }
    prompt.hidden = view.kind === "steps" || isBlind;
    offerPrompts(view.prompts, chosenPrompt);
    blind.hidden = view.kind !== "steps";
    attributes(blind, { "aria-pressed": String(isBlind) });
    offerFigures(isBlind ? [] : all, shown);
    write(make, missing === 1 ? "Make the missing clip" : `Make ${missing} missing clips`);
    make.hidden = !missing;
    drop.hidden = !waiting;
    write(progress, busy);
  }
  figures.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !figures.open) return;
    figures.open = false;
    summary.focus();
    event.stopPropagation();
  });
  return { root, legend, update, toggleKeys: () => showKeys(legend.hidden) };
}
