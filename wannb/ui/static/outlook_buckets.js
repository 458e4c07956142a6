// The sizes that clips are trained in, to scale: more frames are more sheets, more clips a larger dot.

const WIDEST = 84, HIGHEST_BOX = 56; // pixels of the largest bucket
const SHEET = 3; // pixels between two sheets

function bucketSvg(bucket, scale, largest) {
  const sheets = bucket.frames === 1 ? 0 : Math.max(1, Math.min(5, Math.round(Math.log2(bucket.frames) - 2)));
  const width = bucket.width * scale, height = bucket.height * scale, shift = sheets * SHEET;
  const svg = picture(width + shift + 2, height + shift + 2, "");
  for (let i = sheets; i >= 0; i -= 1)
    shape(svg, "rect", { x: 1 + i * SHEET, y: 1 + shift - i * SHEET, width, height, rx: 2, class: "wannb-outlook-sheet" });
  const radius = bucket.clips ? Math.max(1.5, largest * Math.sqrt(bucket.clips)) : 0;
  shape(svg, "circle", { cx: 1 + width / 2, cy: 1 + shift + height / 2, r: radius, class: "wannb-outlook-dot" });
  return svg;
}

function drawBuckets(view) {
  const scale = Math.min(...view.buckets.map((bucket) => Math.min(WIDEST / bucket.width, HIGHEST_BOX / bucket.height)));
  // One radius a clip for all, such that every dot stays inside its rectangle.
  const rooms = view.buckets.map((bucket) => (0.42 * scale * Math.min(bucket.width, bucket.height)) / Math.sqrt(Math.max(1, bucket.clips)));
  const largest = Math.min(12, ...rooms);
  const list = element("div", "wannb-outlook-buckets", ...view.buckets.map((bucket) => element("div", "wannb-outlook-bucket",
    element("div", "wannb-outlook-box", bucketSvg(bucket, scale, largest)),
    element("div", "wannb-outlook-size", bucket.title),
    ...bucket.words.map((words) => element("div", "wannb-outlook-faint", words)))));
  return attributes(list, { role: "img", "aria-label": view.alt });
}
