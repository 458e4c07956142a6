"""A page in headless Chromium with one of our widgets on it, its model played by a few lines of JavaScript."""

import base64
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
]

# anywidget's model, as far as a widget sees it: get, set, on, off, save_changes, send. What a widget sends is kept in
# `wannb.sent`, and goes to Python's side where `mount` was told so, whose answers `wannb.tell` brings.
HARNESS = """
async ({ module, css, state, channel }) => {
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const thaw = (value) => {
    if (Array.isArray(value)) return value.map(thaw);
    if (value && value.base64 !== undefined) return bytes(value.base64);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, thaw(inner)]));
    return value;
  };
  const values = thaw(state), listeners = {}, sent = [];
  const hear = (name, ...facts) => (listeners[name] || []).forEach((call) => call(...facts));
  const tell = (content, buffers = []) => hear("msg:custom", content, thaw(buffers));
  const model = {
    get: (key) => values[key],
    set: (key, value) => { values[key] = value; hear(`change:${key}`); },
    on: (name, call) => { (listeners[name] ||= []).push(call); },
    off: (name, call) => { listeners[name] = (listeners[name] || []).filter((other) => other !== call); },
    save_changes: () => {},
    send: async (content) => {
      sent.push(content);
      if (!channel) return;
      const { state, answers } = await window[channel](content);
      Object.entries(thaw(state)).forEach(([key, value]) => model.set(key, value));
      answers.forEach((answer) => tell(...answer));
    },
  };
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  const widget = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
  const el = document.body.appendChild(document.createElement("div"));
  window.wannb = { model, thaw, sent, tell };
  window.wannb.clear = widget.default.render({ model, el });
}
"""


_running: list[tuple[Browser, ExitStack]] = []  # the one Chromium that pages are opened in, and what ends it


@contextmanager
def page(executable: str, dark: bool = False) -> Iterator[Page]:
    """An empty page in a profile of its own; any console error or thrown exception fails the test when it is left.

    The Chromium that it is opened in stays for the next page, until `end_chromium`.
    """
    colours = "dark" if dark else "light"
    profile = _chromium(executable).new_context(viewport={"width": 900, "height": 600}, color_scheme=colours)
    try:
        sheet = profile.new_page()
        troubles: list[str] = []
        sheet.on("pageerror", lambda error: troubles.append(str(error)))
        sheet.on("console", lambda line: troubles.append(told(line)) if line.type == "error" else None)
        ground = "#111" if dark else "#fff"
        sheet.set_content(f"<!doctype html><style>body{{background:{ground}}}</style>")
        yield sheet
        assert not troubles, troubles
    finally:
        profile.close()


def told(line: ConsoleMessage) -> str:
    """What the console says, and of which file or request."""
    return f"{line.text} ({line.location['url']})"


def _chromium(executable: str) -> Browser:
    if _running and not _running[0][0].is_connected():  # it crashed in the page before
        end_chromium()
    if not _running:
        with ExitStack() as stack:
            playwright = stack.enter_context(sync_playwright())
            browser = playwright.chromium.launch(executable_path=executable, headless=True, args=ARGUMENTS)
            stack.callback(browser.close)
            _running.append((browser, stack.pop_all()))
    return _running[0][0]


def end_chromium() -> None:
    """Close the Chromium of `page`, if there is one."""
    if _running:
        _running.pop()[1].close()


def mount(sheet: Page, widget: object, names: list[str], talks: bool = False) -> None:
    """Put `widget` on the page with the traits `names` as its Python side has them.

    talks: bring what its browser side sends to its Python side, and back what that answers or sets.
    """
    channel = _channel(sheet, widget, names) if talks else None
    state = {name: frozen(getattr(widget, name)) for name in names}
    sheet.evaluate(HARNESS, {"module": str(widget._esm), "css": str(widget._css), "state": state, "channel": channel})


def refresh(sheet: Page, widget: object, names: list[str]) -> None:
    """Bring the traits `names` to the page once more, as a comm does when Python sets them."""
    state = {name: frozen(getattr(widget, name)) for name in names}
    sheet.evaluate("(state) => Object.entries(wannb.thaw(state)).forEach(([k, v]) => wannb.model.set(k, v))", state)


def _channel(sheet: Page, widget: object, names: list[str]) -> str:
    """Give the page a function that is the widget's comm; return its name."""
    answers: list[list] = []
    widget.send = lambda content, buffers=(): answers.append([content, [frozen(bytes(one)) for one in buffers or ()]])

    def heard(content: dict) -> dict:
        before = {name: getattr(widget, name) for name in names}
        answers.clear()
        widget._handle_custom_msg(content, [])
        now = {name: getattr(widget, name) for name in names}
        changed = {name: frozen(value) for name, value in now.items() if value != before[name]}
        return {"state": changed, "answers": list(answers)}

    name = f"wannb_comm_{id(widget)}"
    sheet.expose_function(name, heard)
    return name


def frozen(value: object) -> object:
    """Traits as JSON; bytes as {"base64": …}, which the page thaws to a DataView as a comm would bring it."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: frozen(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [frozen(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value
