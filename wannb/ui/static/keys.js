// Keys pressed in a widget belong to it: in a notebook's command mode arrows move the cells and x cuts one.

/** Keep keys from JupyterLab's shortcuts while focus is in `root()`; with Ctrl, Alt or Meta they still mean the notebook
 * (Ctrl+S saves it), and so does Shift+Enter. Return what ends this. */
function keepKeys(root) {
  function look(event) {
    const node = event.target;
    if (!(node instanceof Element) || !root()?.contains(node)) return;
    const meant = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
    node.toggleAttribute("data-lm-suppress-shortcuts", !meant); // it counts on the node that has focus
  }
  window.addEventListener("keydown", look, true);
  return () => window.removeEventListener("keydown", look, true);
}
