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
  const hear = (content) => content.do === "go" && goToRow(el);
  const letKeysGo = keepKeys(() => el.closest(".wannb-studio"));
  model.on("change:every", update);
  model.on("msg:custom", hear);
  update();
  return () => {
    clearInterval(timer);
    letKeysGo();
    model.off("change:every", update);
    model.off("msg:custom", hear);
  };
}

export default { render };
