"""A heartbeat from the browser, for as long as there is something to wait for; it brings along what is the page's: the
Studio's looks, keys that stay in it, the way to a row."""

from collections.abc import Callable

import anywidget
import traitlets

from wannb.ui.browser_files import joined


class Pulse(anywidget.AnyWidget):
    """Calls `beat` every `every` milliseconds, from the front end, in the kernel's own turn; 0: never."""

    _esm = joined("keys.js", "studio.js", "pulse.js")
    _css = joined("theme.css", "studio.css")
    every = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(self, beat: Callable[[], None]) -> None:
        super().__init__()
        self.on_msg(lambda *_: beat())
