"""`Player`: several clips side by side, played in step."""

import base64
from collections.abc import Sequence
from pathlib import Path

import anywidget
import traitlets

from wannb.job.amounts import counted
from wannb.refusal import Refusal
from wannb.ui.browser_files import joined
from wannb.ui.contact_sheet import contact_sheet
from wannb.ui.pictures import jpeg
from wannb.ui.playable import playable


class Player(anywidget.AnyWidget):
    """Clips with captions under one transport: play, scrub, step, loop, by mouse and keyboard.

    `clips`: paths of videos or images; `captions`: one each (default: the file names); `columns`: per row, up to four
    by itself. Raises Refusal for no clips, a missing or unreadable one, or captions that do not match.
    The playing itself stays in the browser; the kernel is not asked again.
    """

    _esm = joined("keys.js", "transport.js", "player.js")
    _css = joined("player.css")
    _clips = traitlets.List(traitlets.Dict()).tag(sync=True)
    columns = traitlets.Int(0, min=0, help="clips per row; 0 chooses").tag(sync=True)
    loop = traitlets.Bool(True).tag(sync=True)
    autoplay = traitlets.Bool(True, help="play when first seen").tag(sync=True)

    def __init__(
        self,
        clips: Sequence[str | Path],
        captions: Sequence[str] | None = None,
        columns: int | None = None,
        loop: bool = True,
        autoplay: bool = True,
    ):
        self.paths = [Path(clip) for clip in clips]
        self.captions = [path.name for path in self.paths] if captions is None else list(captions)
        if not self.paths:
            raise Refusal("There are no clips to play: give Player at least one path.")
        if len(self.captions) != len(self.paths):
            amounts = counted(len(self.paths), "clip"), counted(len(self.captions), "caption")
            raise Refusal(f"{' and '.join(amounts)}: give one caption a clip.")
        described = [
            {**playable(path).to_dict(), "caption": caption}
            for path, caption in zip(self.paths, self.captions, strict=True)
        ]
        self._picture = base64.b64encode(jpeg(contact_sheet(self.paths, self.captions), quality=70)).decode()
        super().__init__(_clips=described, columns=columns or 0, loop=loop, autoplay=autoplay)

    def __repr__(self) -> str:
        return f"Player({counted(len(self.paths), 'clip')}: {' · '.join(self.captions)})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """Beside the live view, a picture for hosts that show none."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "image/jpeg": self._picture}, metadata
