// What was sent of each run: bins of steps with the least, greatest and mean value of every curve, cells of its heat map.

/** The floats of `view` (a DataView) as rows of `width`. */
function packedRows(view, width) {
  const floats = new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  return Array.from({ length: Math.floor(floats.length / width) }, (_, i) => floats.subarray(i * width, (i + 1) * width));
}

/** Put `sent` in the place of all rows from bin `first` on. */
function replaceFrom(rows, first, sent) {
  let stay = rows.length;
  while (stay > 0 && rows[stay - 1][0] >= first) stay -= 1;
  rows.length = stay;
  for (const row of sent) rows.push(row);
}

function monitoredRun(name, index, series, bands) {
  const place = Object.fromEntries(series.map((one, i) => [one, 1 + 3 * i]));
  const run = { name, index, rows: [], cells: [], firsts: null, events: [], have: null, status: null, validation: null,
    norms: null, boundary: null, reading: 0, hidden: false, size: 1, wide: 1 };
  run.take = (told, buffers) => {
    const { size, wide, first, first_wide, whole, new_events, heated } = told;
    if (whole) { run.rows.length = 0; if (heated || size !== run.size) run.cells.length = 0; }
    run.grew = Boolean(run.have) && told.steps !== run.steps;
    Object.assign(run, { size, wide, steps: told.steps, reading: told.reading, account: told.account });
    replaceFrom(run.rows, whole ? -1 : first, packedRows(buffers.shift(), 1 + 3 * series.length));
    if (heated) {
      replaceFrom(run.cells, whole ? -1 : first_wide, packedRows(buffers.shift(), 1 + bands));
      run.firsts = packedRows(buffers.shift(), bands)[0];
    }
    run.events.push(...new_events);
    for (const name of ["status", "validation", "norms", "boundary"]) if (name in told) run[name] = told[name];
    const marks = { validation_mark: told.validation_mark ?? run.have?.validation_mark, norms_mark: told.norms_mark ?? run.have?.norms_mark };
    const { new_events: _, status: __, validation: ___, norms: ____, ...have } = told;
    run.have = { ...have, ...Object.fromEntries(Object.entries(marks).filter(([, mark]) => mark !== undefined)) };
  };
  /** [least, greatest, mean] of `curve` in a row of bins. */
  run.three = (row, curve) => row.subarray(place[curve], place[curve] + 3);
  run.has = (curve) => run.rows.some((row) => Number.isFinite(row[place[curve] + 2]));
  /** The row whose bin holds `step`, or the nearest one. */
  run.at = (step, rows = run.rows, size = run.size) => nearestBin(rows, (step - 1) / size - 0.5);
  return run;
}

function nearestBin(rows, bin) {
  if (!rows.length) return null;
  let low = 0, high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle][0] < bin) low = middle + 1;
    else high = middle;
  }
  return low > 0 && bin - rows[low - 1][0] < rows[low][0] - bin ? rows[low - 1] : rows[low];
}

/** The first and the last step of a bin. */
const binSteps = (bin, size) => [bin * size + 1, (bin + 1) * size];
