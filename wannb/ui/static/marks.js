// Shape and colour both tell how bad a finding is: an octagon, a triangle, a ring.

const SEVERITY_NAMES = { error: "Error", warning: "Warning", info: "Note" };
const SEVERITY_SHAPES = {
  error: '<path fill="currentColor" d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z"/><path stroke="Canvas" stroke-width="1.8" d="M5.3 5.3l5.4 5.4m0-5.4l-5.4 5.4"/>',
  warning: '<path fill="currentColor" stroke="currentColor" stroke-linejoin="round" d="M8 1.5L15.2 14.3H.8z"/><path stroke="Canvas" stroke-width="1.8" d="M8 5.6v4.6m0 1.3v1.7"/>',
  info: '<circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" stroke-width="1.3"/><path stroke="currentColor" stroke-width="1.6" d="M8 7v4.6M8 4.2v1.7"/>',
};

/** The mark of a severity, with its name for those who do not see it. */
function severityMark(severity, className) {
  const node = element("span", className);
  node.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true">${SEVERITY_SHAPES[severity]}</svg>`;
  node.append(element("span", "wannb-unseen", SEVERITY_NAMES[severity]));
  return node;
}
