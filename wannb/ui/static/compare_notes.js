// What a person thinks of the clips: ratings, pins, the blind round, the chosen pair. Each change goes to who keeps them.

const NO_NOTES = { ratings: {}, pins: { clips: {}, columns: [] }, blind: null, rounds: [], chosen: null, figures: null };

function noteBook(send, changed) {
  let notes = NO_NOTES, mine = []; // `mine`: changes without an answer yet, of which the answers to earlier ones know nothing

  function change(made, content) {
    const id = String(Math.random());
    mine.push({ id, made });
    notes = made(notes);
    send({ ...content, id });
    changed();
  }

  const put = (name, value) => change((now) => ({ ...now, [name]: value }), { do: "note", name, value });

  function rate(clip, stars) {
    const given = notes.ratings[clip] === stars ? null : stars;
    const rated = ({ [clip]: before, ...others }) => (given === null ? others : { ...others, [clip]: given });
    change((now) => ({ ...now, ratings: rated(now.ratings) }), { do: "rate", clip, stars: given });
  }

  /** `news` are all notes as they were when the change `answered` had been kept; others of `mine` come after it. */
  function hear(news, answered) {
    mine = mine.slice(mine.findIndex(({ id }) => id === answered) + 1);
    notes = mine.reduce((now, { made }) => made(now), { ...NO_NOTES, ...news });
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
    rate, pinClip, pinColumn, goBlind, prefer, reveal, hear,
    refused: () => { mine = []; },
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
