// A saved page: the same grid over what was written into it. Nothing is asked of anyone; notes stay in this browser.

function fixedModel(data) {
  const place = `wannb-compare ${data.traits._name} ${data.id}`, hearers = new Set();
  const cells = new Map(data.views.flatMap((view) => view.rows.flatMap((row) => row.cells)).map((cell) => [cell.key, cell]));
  let notes = recall() ?? data.notes;

  function recall() {
    try { return JSON.parse(localStorage.getItem(place)); } catch { return null; } // some browsers keep nothing for files
  }
  function keep(next) {
    notes = next;
    try { localStorage.setItem(place, JSON.stringify(notes)); } catch { /* then they last as long as the page */ }
  }
  const tell = (content, buffers = []) => queueMicrotask(() => hearers.forEach((hear) => hear(content, buffers)));
  const pinned = () => Object.keys(notes.pins.clips).map((key) => cells.get(key)).filter(Boolean);

  /** The grid of `request`; of the same kind another one where there is none of that prompt. */
  function show(request) {
    const same = data.views.filter((view) => view.kind === request.kind);
    const exact = same.find((view) => Object.entries(request).every(([name, value]) => view.request[name] === value));
    const found = exact ?? same.find((view) => view.request.row === request.row);
    if (!found) return tell({ trouble: "This page has no such grid of this prompt.", again: "" });
    tell({ view: { ...found, request, pinned: pinned() }, notes, again: "" });
  }

  function bytes(id) {
    const text = atob(document.getElementById(`clip-${data.clips[id].at}`).textContent);
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  }

  let shown = { kind: "steps" };
  const deeds = {
    view: ({ view }) => show((shown = view)),
    clips: ({ wanted }) => { for (const id of wanted) tell({ clips: [{ id, ...data.clips[id] }] }, [bytes(id)]); },
    note: ({ name, value, id }) => {
      keep({ ...notes, [name]: value });
      tell({ notes, answered: id });
      show(shown);
    },
    rate: ({ clip, stars, id }) => {
      const { [clip]: before, ...ratings } = notes.ratings;
      keep({ ...notes, ratings: stars === null ? ratings : { ...ratings, [clip]: stars } });
      tell({ notes, answered: id });
    },
  };
  return {
    get: (name) => data.traits[name],
    on: (event, hear) => hearers.add(hear),
    off: (event, hear) => hearers.delete(hear),
    send: (content) => deeds[content.do]?.(content),
  };
}

const written = JSON.parse(document.getElementById("wannb-data").textContent);
render({ model: fixedModel(written), el: document.getElementById("wannb") });
