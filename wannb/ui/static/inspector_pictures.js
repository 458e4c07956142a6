// Pictures that Python makes: asked for in batches until they are there, kept while there is room, then freed.

const KEPT_PICTURES = { poster: 240, sprite: 12, film: 2, look: 40, strip: 6, frame: 24 };
const PICTURE_KINDS = { poster: "image/jpeg", sprite: "image/jpeg", strip: "image/jpeg", frame: "image/png" };
const AT_ONCE = 24; // orders in one question
const AGAIN = 90; // milliseconds until what is still being made is asked for again
const SILENCE = 6000; // until a kernel that does not answer is asked again

/** A book of pictures by order ([kind, name, …]). `want(owner, orders, arrived)` replaces what an owner wants;
 * `arrived(order, picture)` gets each, with its `url` (null where it is only `facts`), at once where it is here. */
function pictureBook(send) {
  const kept = new Map(), owners = new Map();
  let timer = 0, asked = 0;
  const id = (order) => JSON.stringify(order);

  function look(order) {
    const key = id(order), found = kept.get(key);
    if (found) { kept.delete(key); kept.set(key, found); } // the newest are at the end
    return found;
  }

  function want(owner, orders, arrived) {
    owners.set(owner, { orders: orders.filter((order) => !look(order)), all: new Set(orders.map(id)), arrived });
    for (const order of orders) { const found = look(order); if (found) arrived(order, found); }
    if (!asked) { clearTimeout(timer); timer = setTimeout(ask, 15); }
  }

  const missing = () => [...owners.values()].flatMap(({ orders }) => orders);

  function ask() {
    clearTimeout(timer);
    const wanted = [...new Map(missing().map((order) => [id(order), order])).values()].slice(0, AT_ONCE);
    asked = wanted.length ? 1 : 0;
    if (!asked) return;
    timer = setTimeout(ask, SILENCE);
    send({ do: "pictures", wanted });
  }

  function hear({ pictures, wanted }, buffers) {
    pictures.forEach(([index, facts, full], at) => take(wanted[index], facts, full ? buffers[at] : null));
    clearTimeout(timer);
    asked = 0;
    if (missing().length) timer = setTimeout(ask, pictures.length ? 5 : AGAIN);
  }

  function take(order, facts, data) {
    const key = id(order), mime = facts.mime ?? PICTURE_KINDS[order[0]];
    if (!kept.has(key)) kept.set(key, { kind: order[0], facts, url: data ? URL.createObjectURL(new Blob([data], { type: mime })) : null });
    for (const owner of owners.values()) {
      owner.orders = owner.orders.filter((one) => id(one) !== key);
      if (owner.all.has(key)) owner.arrived(order, kept.get(key));
    }
    forget(order[0]);
  }

  /** Free the oldest of a kind beyond what is kept of it; what somebody shows stays. */
  function forget(kind) {
    const shown = new Set([...owners.values()].flatMap(({ all }) => [...all]));
    const same = [...kept].filter(([, one]) => one.kind === kind);
    const idle = same.filter(([key]) => !shown.has(key));
    for (const [key, one] of idle.slice(0, Math.max(0, same.length - KEPT_PICTURES[kind]))) {
      if (one.url) URL.revokeObjectURL(one.url);
      kept.delete(key);
    }
  }

  function clear() {
    clearTimeout(timer);
    owners.clear();
    for (const { url } of kept.values()) if (url) URL.revokeObjectURL(url);
    kept.clear();
  }
  return { want, hear, clear, look, get size() { return kept.size; } };
}
