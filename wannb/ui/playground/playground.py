"""`Playground`: prompts tried on any pair of a run's checkpoints, beside the base, while the run trains or after."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from PIL import Image

from wannb.refusal import Refusal
from wannb.runs.clips.saved import saved_steps
from wannb.runs.clips.shelf import Shelf, StoredClip
from wannb.runs.clips.wish import Wish
from wannb.runs.run import Run
from wannb.ui.browser_files import joined
from wannb.ui.contact_sheet import contact_sheet
from wannb.ui.pictures import jpeg
from wannb.ui.playable import playable
from wannb.ui.playground.form import EXPERTS, Faults, begun, form_of, wish_of
from wannb.ui.playground.images import FirstFrames

REMEMBERED = 60  # clips of the history
THUMB = 96  # pixels of the longer side


class Playground(anywidget.AnyWidget):
    """The run in `run`, a Run or its folder: prompt, first frame, seed, steps, guidance, size, and of each expert the
    checkpoint and the strength; what comes of it plays beside the base, and what was made before is a click away.

    Clips are rendered by a process of their own (`wannb.runs.clips`) into the run's `clips/`, so the kernel stays idle
    and a page that is reloaded finds them again. Raises Refusal where no run is.
    """

    _esm = joined(
        "dom.js", "keys.js", "asking.js", "transport.js", "playground_fields.js", "playground_stage.js",
        "playground_history.js", "playground.js",
    )  # fmt: skip
    _css = joined("theme.css", "playground.css")
    _name = traitlets.Unicode().tag(sync=True)
    _about = traitlets.Dict().tag(sync=True)

    def __init__(self, run: Run | str | Path) -> None:
        self.run = run if isinstance(run, Run) else Run(run)
        self._shelf, self._frames = Shelf(self.run), FirstFrames(self.run)
        self._wishes: dict[str, Wish] = {}
        job = self.run.config
        about = {
            "task": job.task,
            "trained": list(job.stages),
            "samples": begun(job, self._steps()),
            "images": self._frames.offered(),
        }
        super().__init__(_name=self.run.path.name, _about=about)
        self.on_msg(self._heard)

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        deed = DEEDS.get(content.get("do"))
        if deed is None:
            return
        try:
            deed(self, content)
        except Faults as faults:
            self.send({"faults": faults.said})
        except (Refusal, OSError) as error:  # the folder was moved, the disk is full
            self.send({"trouble": str(error), "of": content["do"]})

    def _ask(self, content: dict[str, Any]) -> None:
        """Tell what is new: steps, the state of the two clips in sight, the history; and bring clips not yet there."""
        shown, has = content.get("shown") or {}, set(content.get("has") or ())
        rows = {row["key"]: row for row in self._shelf.progress()}
        clips, buffers = {}, []
        for place, key in shown.items():
            clips[place] = state = self._state(key, rows)
            if state["state"] == "ready" and key not in has:
                clip = playable(self._shelf.find(self._wish(key)).video)
                state["clip"] = {"mime": clip.mime, "frames": clip.frames, "fps": clip.fps, "buffer": len(buffers)}
                buffers.append(clip.data)
        others = [row for key, row in rows.items() if row["state"] != "refused" and key not in shown.values()]
        history = self._history()
        version = hashlib.sha256(" ".join(clip.wish.key for clip in history).encode()).hexdigest()[:16]
        news = {"steps": self._steps(), "clips": clips, "others": len(others), "version": version}
        if content.get("history") != version:
            news["history"] = [_told(clip) for clip in history]
        self.send({"news": news}, buffers)

    def _render(self, content: dict[str, Any]) -> None:
        """Order the clip of the fields, and the base's beside it."""
        wish = wish_of(content["form"], self.run, self._frames.at)
        pair = [wish] if wish.key == wish.base.key else [wish, wish.base]
        self._shelf.order(pair)
        self._send_shown(wish)

    def _open(self, content: dict[str, Any]) -> None:
        """Bring back a clip of the history with its settings."""
        self._send_shown(self._wish(content["key"]))

    def _send_shown(self, wish: Wish) -> None:
        self._wishes |= {wish.key: wish, wish.base.key: wish.base}
        shown = {"lora": wish.key, "base": wish.base.key}
        shown = {"base": wish.base.key} if wish.key == wish.base.key else shown
        self.send({"shown": shown, "form": form_of(wish), "words": _pair(wish)})

    def _cancel(self, content: dict[str, Any]) -> None:
        self._shelf.cancel(content["keys"])

    def _thumbs(self, content: dict[str, Any]) -> None:
        found = {key: clip.poster for key in content["keys"] if (clip := self._shelf.find(self._wish(key)))}
        self.send({"thumbs": list(found)}, [_thumb(path) for path in found.values()])

    def _picture(self, content: dict[str, Any]) -> None:
        value = str(content["value"]).strip()
        try:
            self.send({"picture": value}, [self._frames.picture(value)])
        except Refusal as refusal:
            self.send({"picture": value, "faults": {"image": str(refusal)}})

    def _state(self, key: str, rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
        if self._shelf.find(self._wish(key)):
            return {"key": key, "state": "ready"}
        return rows.get(key, {"key": key, "state": "missing", "sentence": "It was not rendered."})

    def _wish(self, key: str) -> Wish:
        if key not in self._wishes:
            self._wishes |= {clip.wish.key: clip.wish for clip in self._shelf.rendered()}
        if key not in self._wishes:
            raise Refusal("This clip is not there any more: render it anew.")
        return self._wishes[key]

    def _history(self) -> list[StoredClip]:
        """What was rendered here, the newest first, without the base's clips, which stand beside the others."""
        found = [clip for clip in self._shelf.rendered() if clip.wish.key != clip.wish.base.key]
        return found[:REMEMBERED]

    def _steps(self) -> dict[str, list[int]]:
        return {expert: list(saved_steps(self.run, expert)) for expert in EXPERTS}

    def __repr__(self) -> str:
        return f"Playground({str(self.run.path)!r})"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """Beside the live view, a picture of the newest clip and the base for hosts that show no widgets."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        picture = self._sheet()
        return {**data, "text/plain": repr(self), **({"image/jpeg": picture} if picture else {})}, metadata

    def _sheet(self) -> str | None:
        newest = self._history()[:1]
        both = [clip for one in newest for clip in (self._shelf.find(one.wish.base), one) if clip]
        if not both:
            return None
        sheet = contact_sheet(
            [clip.video for clip in both], [f"{_pair(clip.wish)}: {clip.wish.prompt}" for clip in both]
        )
        return base64.b64encode(jpeg(sheet, quality=70)).decode()


DEEDS = {
    "ask": Playground._ask,
    "render": Playground._render,
    "open": Playground._open,
    "cancel": Playground._cancel,
    "thumbs": Playground._thumbs,
    "picture": Playground._picture,
}


def _told(clip: StoredClip) -> dict[str, Any]:
    return {"key": clip.wish.key, "pair": _pair(clip.wish), "prompt": clip.wish.prompt, "seed": clip.wish.seed}


def _pair(wish: Wish) -> str:
    """The pair in words: `high 600 × 0.8, low 600`, `base`."""
    settled, parts = wish.settled(), []
    for expert in EXPERTS:
        step, strength = getattr(settled, expert), getattr(settled, f"{expert}_strength")
        times = f"\u00a0×\u00a0{strength:g}" if strength != 1 else ""
        parts.append(f"{expert} {step:,}{times}" if step else f"{expert} base")
    return "base" if wish.key == wish.base.key else ", ".join(parts)


def _thumb(poster: Path) -> bytes:
    with Image.open(poster) as image:
        picture = image.convert("RGB")
    picture.thumbnail((THUMB, THUMB))
    return jpeg(picture)
