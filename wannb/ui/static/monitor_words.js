// Numbers in words, each with its unit.

const MONITOR_FONT = "11px system-ui, sans-serif";

/** Three digits that matter: 0.123, 12.3, 1,230, 1.2e-5. */
function digits(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1).replace("e+", "e");
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });
}

const steps = (n) => `step ${Math.round(n).toLocaleString("en")}`;
const signed = (value, unit) => (Number.isFinite(value) ? `${value > 0 ? "+" : value < 0 ? "−" : ""}${digits(Math.abs(value))}${unit}` : "–");
const spread = (first, last) => (first === last ? steps(first) : `steps ${first.toLocaleString("en")}–${last.toLocaleString("en")}`);
const noiseOf = (expert) => (expert ? `${expert} noise` : "");
