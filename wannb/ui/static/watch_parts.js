// The pieces of a watched run: the losses that were sent so far, its newest clip, the words of where it stands.

const KEEP = 0.95; // of the running mean at each step, as in wannb.ui.smoothing

/** Rows [step, loss, running mean, expert] of a run; what a resume took back is cut off. */
function lossRows() {
  let rows = [], means = new Map();
  function add(step, loss, expert) {
    const mean = means.get(expert) ?? { value: 0, weight: 0 };
    if (Number.isFinite(loss)) {
      mean.value = KEEP * mean.value + (1 - KEEP) * loss;
      mean.weight = KEEP * mean.weight + (1 - KEEP);
    }
    means.set(expert, mean);
    rows.push([step, loss, mean.value / mean.weight, expert]);
  }
  function cut(after) {
    const stay = rows.filter((row) => row[0] <= after);
    if (stay.length === rows.length) return;
    [rows, means] = [[], new Map()];
    for (const [step, loss, , expert] of stay) add(step, loss, expert);
  }
  return {
    get all() { return rows; },
    get last() { return rows.length ? rows.at(-1)[0] : 0; },
    mean: (expert) => rows.findLast((row) => row[3] === expert)?.[2],
    /** Take what comes after step `from`; false where rows are missing in between. */
    take(from, sent) {
      if (from > (rows.length ? rows.at(-1)[0] : 0)) return false;
      cut(from);
      for (const [step, loss, expert] of sent) add(step, loss, expert);
      return true;
    },
  };
}

/** Says of a preview that a distillation LoRA made it, as its facts do ("4 steps with NAME"); nothing of a plain one. */
function distilledChip(label) {
  if (!label) return [];
  const why = "Made with a distillation LoRA: quick to see, but not what the trained experts make in their own steps and guidance.";
  return [attributes(element("span", "wannb-watch-distilled", `distilled: ${label}`), { title: why })];
}

/** The newest preview: muted, looping, still for those who asked for less motion. */
function clipFigure() {
  const words = element("figcaption", "wannb-watch-faint"), figure = element("figure", "wannb-watch-clip");
  let url = null;
  figure.hidden = true;
  function free() {
    if (url) URL.revokeObjectURL(url);
    url = null;
  }
  function show({ mime, step, prompt, distilled }, data) {
    free();
    url = URL.createObjectURL(new Blob([data], { type: mime }));
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const video = Object.assign(document.createElement("video"), { muted: true, loop: true, playsInline: true, autoplay: !calm, controls: calm, src: url });
    const when = step ? `step ${step.toLocaleString("en")}` : "before training";
    attributes(video, { "aria-label": `Preview, ${when}: ${prompt}`, tabindex: calm ? "0" : null });
    words.replaceChildren(...distilledChip(distilled), `${when} · ${prompt}`);
    words.title = prompt;
    figure.replaceChildren(video, words);
    figure.hidden = false;
  }
  const playing = (on) => {
    const video = figure.querySelector("video");
    if (!video || video.controls) return;
    if (on) video.play().catch(() => {});
    else video.pause();
  };
  return { figure, show, free, playing };
}

/** What the run does beside its steps (reading clips, making previews); null while it takes steps. */
const aside = ({ phase }) => (phase && !["training", "paused"].includes(phase.phase) ? phase : null);

/** Where the run stands, in the parts of one line. */
function standing(status) {
  const { step, steps, s_per_step, eta_s, stage, state } = status, busy = aside(status);
  const number = (n) => n.toLocaleString("en"), parts = [];
  if (step || !busy) parts.push(steps ? `${number(step)} of ${number(steps)} steps` : `step ${number(step)}`);
  if (busy) parts.push(`${busy.phase} ${busy.done} of ${busy.total}`);
  else if (stage && state === "training") parts.push(`${stage} noise`);
  if (s_per_step) parts.push(`${Number(s_per_step.toPrecision(3))} s a step`);
  if (eta_s && state !== "paused") parts.push(`${lasting(eta_s)} left`);
  return parts;
}

function eventLine({ time, step, words, bad }) {
  const when = new Date(time), clock = isNaN(when) ? "" : when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const about = element("span", "wannb-watch-when", [clock, step ? `step ${step.toLocaleString("en")}` : ""].filter(Boolean).join(" · "));
  return attributes(element("li", "", about, element("span", "", words)), { "data-bad": bad ? "true" : null });
}
