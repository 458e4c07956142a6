// What a person thinks of the clips: ratings, pins, the blind round, the chosen pair. Each change goes to who keeps them.

const NO_NOTES = { ratings: {}, pins: { clips: {}, columns: [] }, blind: null, rounds: [], chosen: null, figures: null };

function noteBook(send, changed) {
  let notes = NO_NOTES;
  function put(name, value) {
    notes = { ...notes, [name]: value };
    send({ do: "note", name, value });
    changed();
  }

  function rate(clip, stars) {
    const { [clip]: before, ...ratings } = notes.ratings, now = before === stars ? null : stars;
    notes = { ...notes, ratings: now === null ? ratings : { ...ratings, [clip]: now } };
    send({ do: "rate", clip, stars: now });
    changed();
  }

  function pinClip({ key, row, high, low, high_strength, low_strength }) {
    const { [key]: before, ...clips } = notes.pins.clips;
    put("pins", { ...notes.pins, clips: before ? clips : { ...clips, [key]: { row, high, low, high_strength, low_strength } } });
  }

  function pinColumn(id) {
    const { columns } = notes.pins;
    put("pins", { ...notes.pins, columns: columns.includes(id) ? columns.filter((one) => one !== id) : [...columns, id] });
  }

  /** Begin a blind round over the columns `ids`: from now on they stand in another order, under letters. */
  function goBlind(ids) {
    const columns = [...ids];
    for (let i = columns.length - 1; i > 0; i -= 1) {
      const j = Math.floor(Math.random() * (i + 1));
      [columns[i], columns[j]] = [columns[j], columns[i]];
    }
    put("blind", { columns, prefers: {} });
  }

  function prefer(row, column) {
    const { [row]: before, ...prefers } = notes.blind.prefers;
    put("blind", { ...notes.blind, prefers: before === column ? prefers : { ...prefers, [row]: column } });
  }

  /** End the round: what was preferred counts. */
  function reveal() {
    const round = notes.blind;
    put("blind", null);
    if (Object.keys(round.prefers).length) put("rounds", [...notes.rounds, round]);
  }

  return {
    rate, pinClip, pinColumn, goBlind, prefer, reveal,
    hear: (news) => { notes = { ...NO_NOTES, ...news }; changed(); },
    forgetRounds: () => put("rounds", []),
    choose: (pair) => put("chosen", pair),
    figures: (names) => put("figures", names),
    get now() { return notes; },
  };
}

/** Over all ended rounds: how often each column was preferred, in how many rows it was shown; the best first. */
function tallied(rounds) {
  const found = new Map();
  for (const { columns, prefers } of rounds) {
    const rows = Object.values(prefers);
    for (const id of columns) {
      const tally = found.get(id) ?? { id, preferred: 0, shown: 0 };
      tally.shown += rows.length;
      tally.preferred += rows.filter((chosen) => chosen === id).length;
      found.set(id, tally);
    }
  }
  return [...found.values()].sort((a, b) => b.preferred / b.shown - a.preferred / a.shown);
}
