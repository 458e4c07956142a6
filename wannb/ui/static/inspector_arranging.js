// Which rows are shown, and in which order. Pure: rows and a wish in, rows out.

const RANKS = { error: 3, warning: 2, info: 1, "": 0 };
const SORTS = {
  name: ["Name", null],
  findings: ["Findings", (row) => RANKS[row.worst] * 100 + row.codes.length],
  seconds: ["Length", (row) => row.seconds],
  frames: ["Frames", (row) => row.frames],
  fps: ["Frame rate", (row) => row.fps],
  size: ["Size", (row) => (row.width ? row.width * row.height : null)],
  energy: ["Motion", (row) => row.energy],
  speed: ["Speed trained", (row) => row.speed],
  words: ["Caption length", (row) => row.words],
  edited: ["Edited", (row) => Number(row.edited) + Number(row.out)],
};
const DOWNWARD = new Set(["findings", "energy", "edited"]); // what one wants to see most of first

/** wish: text (words that all occur in name or caption), finding ("", "any", "none", "edited", "out" or a code), sort, down. */
function arranged(rows, { text, finding, sort, down }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter((row) => words.every((word) => `${row.name} ${row.caption}`.toLowerCase().includes(word)) && has(row, finding));
  const [, value] = SORTS[sort];
  const sign = down ? -1 : 1;
  if (!value) return down ? found.reverse() : found;
  const known = (row) => { const one = value(row); return one === null || one === undefined ? null : one; };
  return found
    .map((row, i) => [known(row), i, row])
    .sort(([a, i], [b, j]) => (a === null) - (b === null) || sign * ((a ?? 0) - (b ?? 0)) || i - j)
    .map(([, , row]) => row);
}

function has(row, finding) {
  if (!finding) return true;
  if (finding === "any") return RANKS[row.worst] > 1;
  if (finding === "none") return RANKS[row.worst] < 2;
  if (finding === "edited") return row.edited && !row.out;
  if (finding === "out") return row.out;
  return row.codes.includes(finding.slice(5)); // "code:…"
}

/** [code, clips] of every finding, the most frequent first. */
function codesOf(rows) {
  const counts = new Map();
  for (const row of rows) for (const code of row.codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
}

const round = (value, digits) => Number(value.toFixed(digits)).toLocaleString("en", { useGrouping: false });
const secondsOf = (value) => `${value < 9.95 ? value.toFixed(1) : Math.round(value)} s`;

/** What stands under a clip's name; where it is sorted by something, that stands there too. */
function rowFacts(row, sort) {
  if (row.out) return "left out";
  if (row.ok === false) return "cannot be used";
  if (row.seconds === null) return "…";
  const size = `${row.width}×${row.height}`;
  const parts = row.image ? ["image", size] : [secondsOf(row.seconds), sort === "size" ? size : `${round(row.fps, 1)} fps`];
  if (sort === "frames") parts.push(`${row.frames} frames`);
  else if (sort === "energy" && row.energy !== null) parts.push(`motion ${round(row.energy, 1)}`);
  else if (sort === "words") parts.push(`${row.words} words`);
  else if (row.speed && (sort === "speed" || row.speed >= 1.25 || row.speed <= 0.8)) parts.push(`${round(row.speed, row.speed < 10 ? 1 : 0)}× speed`);
  if (row.pieces > 1) parts.push(`${row.pieces} pieces`);
  return parts.join(" · ");
}
