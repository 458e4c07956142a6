// The Playground's fields. `get` reads them as Python's form, `set` fills them in, `faults` says what is wrong by each.

const OTHER_PATH = "path";
const EXPERT_ROWS = { high: ["high_strength", "guidance_scale"], low: ["low_strength", "guidance_scale_2"] };

function options(select, groups, chosen) {
  const made = groups.flatMap(([label, entries]) => {
    const nodes = entries.map(([value, text]) => Object.assign(document.createElement("option"), { value, textContent: text }));
    if (!label) return nodes;
    const group = attributes(document.createElement("optgroup"), { label });
    group.append(...nodes);
    return [group];
  });
  select.replaceChildren(...made);
  select.value = chosen;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}

/** Put `node` into a span where it stands, and return that. */
function wrap(node, className) {
  const box = element("span", className);
  node.replaceWith(box);
  box.append(node);
  return box;
}

function playgroundFields(about, wantPicture) {
  const nodes = {}, said = {};
  let fps = null, picture = "";

  /** One field under its label, its fault below it; `unit` stands behind the label. */
  function field(name, label, node, unit = "") {
    node.classList.add("wannb-pg-field");
    nodes[name] = node;
    said[name] = attributes(element("p", "wannb-pg-fault"), { role: "alert", hidden: true });
    const words = element("span", "wannb-pg-label", label, unit ? element("span", "wannb-pg-unit", ` ${unit}`) : "");
    return element("label", `wannb-pg-row wannb-pg-${name}`, words, node, said[name]);
  }

  const input = (type, more = {}) => attributes(document.createElement("input"), { type, ...more });
  const number = (min, step, max = null) => input("number", { min, step, max, inputmode: "decimal" });
  const text = (rows) => attributes(document.createElement("textarea"), { rows, spellcheck: "false" });

  const from = document.createElement("select");
  from.className = "wannb-pg-field";
  const fromRow = element("label", "wannb-pg-row", element("span", "wannb-pg-label", "Start from"), from);
  fromRow.hidden = !about.samples.some((sample) => sample.prompt);
  options(from, [["", about.samples.map((sample, i) => [String(i), `${i + 1}. ${sample.prompt || "no words"}`])]], "0");
  from.addEventListener("change", () => {
    const { high, low, high_strength, low_strength, ...rest } = about.samples[Number(from.value)];
    set(rest); // the pair stays as it was chosen
  });

  const image = document.createElement("select"), path = input("text", { placeholder: "path of a PNG or JPEG", spellcheck: "false", "aria-label": "Path of the first frame" });
  const shown = attributes(element("img", "wannb-pg-first"), { alt: "First frame", hidden: true });
  const imageRow = field("image", "First frame", image);
  path.classList.add("wannb-pg-field");
  wrap(wrap(image, "wannb-pg-frame-from"), "wannb-pg-frame").append(shown);
  image.after(path);
  imageRow.hidden = about.task !== "i2v";
  const groups = new Map();
  for (const { value, label, group } of about.images) groups.set(group, [...(groups.get(group) || []), [value, label]]);
  options(image, [...groups, ["", [[OTHER_PATH, "another image, by its path …"]]]], OTHER_PATH);
  const imageValue = () => (image.value === OTHER_PATH ? path.value.trim() : image.value);
  function imageChanged() {
    path.hidden = image.value !== OTHER_PATH;
    if (about.task !== "i2v" || imageValue() === picture) return;
    picture = imageValue();
    shown.hidden = true;
    faults({ image: "" });
    if (picture) wantPicture(picture);
  }
  image.addEventListener("change", imageChanged);
  path.addEventListener("change", imageChanged);

  const seed = number(0, 1), dice = button("wannb-do wannb-pg-dice", "New", () => { seed.value = Math.floor(Math.random() * 2 ** 31); });
  attributes(dice, { title: "Another seed: other noise, the same settings", "aria-label": "Another seed" });
  const seedRow = field("seed", "Seed", seed);
  seed.after(dice);

  const experts = element("div", "wannb-pg-experts");
  const heads = { high: "High noise", low: "Low noise" };
  for (const expert of ["high", "low"]) {
    const [strength, guidance] = EXPERT_ROWS[expert];
    const slider = input("range", { min: 0, max: 2, step: 0.05, "aria-label": `${heads[expert]}: LoRA strength` });
    const exact = number(0, 0.05);
    slider.addEventListener("input", () => { exact.value = slider.value; });
    exact.addEventListener("input", () => { slider.value = exact.value; });
    slider.className = "wannb-pg-slider";
    const strengthRow = field(strength, "LoRA strength", exact);
    wrap(exact, "wannb-pg-strength").prepend(slider);
    nodes[strength].slider = slider;
    experts.append(attributes(element("fieldset", "wannb-pg-expert",
      write(document.createElement("legend"), heads[expert]),
      field(expert, "Checkpoint", document.createElement("select")), strengthRow,
      field(guidance, "Guidance", number(0, 0.5))), { "data-expert": expert }));
  }

  const root = element("div", "wannb-pg-fields", fromRow,
    field("prompt", "Prompt", text(3)), field("negative", "Negative prompt", text(2)), imageRow, experts,
    element("div", "wannb-pg-line", seedRow, field("steps", "Steps", number(1, 1), "denoising")),
    element("div", "wannb-pg-line wannb-pg-size", field("width", "Width", number(16, 16), "px"),
      field("height", "Height", number(16, 16), "px"), field("num_frames", "Frames", number(1, 4), "4n+1")));

  const choices = { high: null, low: null };
  function steps(saved) {
    for (const expert of ["high", "low"]) {
      const select = nodes[expert], now = JSON.stringify(saved[expert]);
      if (choices[expert] === now) continue;
      choices[expert] = now;
      const kept = select.value || select.dataset.wanted || "0";
      const listed = [...saved[expert]].reverse().map((step) => [String(step), `step ${step.toLocaleString("en")}`]);
      options(select, [["", [...listed, ["0", "base, no LoRA"]]]], kept);
      select.disabled = !saved[expert].length;
      select.title = about.trained.includes(expert) ? "" : "This run trains the other expert alone.";
    }
  }

  function get() {
    const form = Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, node.value]));
    return { ...form, image: imageValue(), fps };
  }

  function set(form) {
    if (form.fps) fps = form.fps;
    for (const [name, value] of Object.entries(form)) {
      const node = nodes[name];
      if (!node || name === "image") continue;
      node.value = String(value);
      if (node.slider) node.slider.value = node.value;
      if (name === "high" || name === "low") node.dataset.wanted = String(value);
    }
    if (form.image !== undefined) {
      const known = [...image.options].some(({ value }) => value === form.image);
      image.value = known ? form.image : OTHER_PATH;
      if (!known) path.value = form.image;
      imageChanged();
    }
    from.selectedIndex = about.samples.findIndex((sample) => ["prompt", "seed"].every((name) => String(sample[name]) === nodes[name].value));
    faults({});
  }

  /** Show `found` (name → sentence); what is not in it is right. The first one gets the focus where `go`. */
  function faults(found, go = false) {
    for (const [name, node] of Object.entries(said)) {
      write(node, found[name] || "");
      node.hidden = !found[name];
      attributes(nodes[name], { "aria-invalid": found[name] ? "true" : null });
    }
    const first = Object.keys(said).find((name) => found[name]);
    if (go && first) nodes[first].focus();
  }

  function showPicture(value, url) {
    if (value !== picture) return false;
    shown.src = url;
    shown.hidden = false;
    return true;
  }

  imageChanged();
  return { root, get, set, steps, faults, showPicture };
}
