// A heartbeat that the browser gives the kernel while there is something to wait for: a widget that is changed from a
// thread would not be redrawn everywhere, and one that answers is.

function render({ model, el }) {
  el.hidden = true;
  let timer = null;
  const beat = () => model.send({ do: "beat" });
  function update() {
    clearInterval(timer);
    timer = model.get("every") > 0 ? setInterval(beat, model.get("every")) : null;
  }
  model.on("change:every", update);
  update();
  return () => {
    clearInterval(timer);
    model.off("change:every", update);
  };
}

export default { render };
