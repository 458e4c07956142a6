// Small ways to make nodes, shared by several widgets: Python puts this file before theirs.

function element(tag, className, ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

/** Give `node` attributes; one that is null or false is taken away. */
function attributes(node, values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === false) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : value);
  }
  return node;
}

function button(className, text, pressed) {
  const node = element("button", className, text);
  node.type = "button";
  node.addEventListener("click", pressed);
  return node;
}

/** Change a node's text only where it differs, so that what is selected or read aloud is left alone. */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
  return node;
}

/** Send, also to a kernel that is gone: that no answer comes is told by who waits for it. */
function sendTo(model, content) {
  try {
    Promise.resolve(model.send(content)).catch(() => {});
  } catch { /* the comm is closed */ }
}
