"""What a job has several of: a card for each data set, a card for each preview, and the buttons that add and remove."""

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import ipywidgets
from PIL import Image

from wannb.job import Job
from wannb.job.dataset import Dataset
from wannb.job.sample import SampleItem
from wannb.refusal import Refusal
from wannb.ui.studio import form
from wannb.ui.studio.panels import Change, Reset, Rows
from wannb.ui.studio.rows import CONTROL, ROW, Row
from wannb.words import say

THUMBNAIL = (160, 96)  # pixels


class Cards:
    """The cards of `prefix` (`datasets[]` or `sample.samples[]`), as many as the job has.

    `act(what, change)` is told what is to be done to the job, `change` being a function of it.
    """

    def __init__(self, prefix: str, noun: str, change: Change, reset: Reset, act: Callable) -> None:
        self.prefix, self.noun = prefix, noun
        self._change, self._reset, self._act = change, reset, act
        self._cards: list[Card] = []
        self.list = ipywidgets.VBox([], layout=ROW)
        self.list.add_class("wannb-cards")
        self.add = button(f"Add {noun}", lambda: act(f"add {noun}", _adding(prefix)))
        self.box = ipywidgets.VBox([self.list, self.add], layout=ROW)

    def match(self, job: Job) -> None:
        """Have as many cards as `job` has of these."""
        count = len(_listed(job, self.prefix))
        if count == len(self._cards):
            return
        while len(self._cards) < count:
            self._cards.append(Card(self.prefix, len(self._cards), self.noun, self._change, self._reset, self._act))
        del self._cards[count:]
        self.list.children = [card.box for card in self._cards]

    def show(self, tier: str, always: set[str]) -> None:
        for card in self._cards:
            card.rows.show(tier, always)

    def picture(self, job: Job) -> None:
        """Show each preview's first frame."""
        if self.prefix == form.SAMPLES:
            for card, item in zip(self._cards, job.sample.samples, strict=True):
                card.picture(item.ctrl_img if job.task == "i2v" else None)

    def __iter__(self) -> Iterator[Row]:
        return (row for card in self._cards for row in card.rows)


class Card:
    """One data set or one preview."""

    def __init__(self, prefix: str, index: int, noun: str, change: Change, reset: Reset, act: Callable) -> None:
        self.rows = Rows(form.of_each(prefix), lambda setting: form.placed(setting, index), change, reset)
        title = ipywidgets.HTML(f"<h4 class='wannb-card-title'>{noun.capitalize()} {index + 1}</h4>", layout=ROW)
        remove = button("Remove", lambda: act(f"remove {noun}", _removing(prefix, index)))
        twice = button("Duplicate", lambda: act(f"duplicate {noun}", _doubling(prefix, index)))
        self._image, self._shown = ipywidgets.HTML(layout=ROW), None
        head = ipywidgets.HBox([title, twice, remove], layout=ROW)
        head.add_class("wannb-card-head")
        self.box = ipywidgets.VBox([head, self.rows.box, self._image], layout=ROW)
        self.box.add_class("wannb-card")

    def picture(self, path: str | None) -> None:
        if path != self._shown:
            self._shown, self._image.value = path, thumbnail(path)


def button(label: str, act: Callable[[], None], hint: str = "") -> ipywidgets.Button:
    """A plain button that does `act`."""
    made = ipywidgets.Button(description=label, tooltip=hint or label, layout=CONTROL)
    made.add_class("wannb-button")
    made.on_click(lambda _: act())
    return made


def thumbnail(path: str | None) -> str:
    """The image at `path` as a small `<img>`; nothing where there is none."""
    if not path or not Path(path).is_file():
        return ""
    try:
        with Image.open(path) as image:
            image.thumbnail(THUMBNAIL)
            buffer = io.BytesIO()
            image.convert("RGB").save(buffer, "JPEG", quality=80)
    except (OSError, ValueError, Image.DecompressionBombError):
        return ""
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"<img class='wannb-thumbnail' alt='first frame' src='data:image/jpeg;base64,{data}'>"


def _listed(job: Job, prefix: str) -> list:
    return job.datasets if prefix == form.SETS else job.sample.samples


def _put(job: Job, prefix: str, values: list) -> None:
    if prefix == form.SETS:
        job.datasets = values
    else:
        job.sample.samples = values


def _adding(prefix: str) -> Callable[[Job], None]:
    def add(job: Job) -> None:
        there = _listed(job, prefix)
        new = _like(there[-1]) if there else (Dataset.new() if prefix == form.SETS else SampleItem.new())
        _put(job, prefix, [*there, new])

    return add


def _like(last: Dataset | SampleItem) -> Dataset | SampleItem:
    """An empty one with the settings of the last."""
    if isinstance(last, SampleItem):
        return SampleItem.new()
    return last.model_copy(update={"folder_path": None}, deep=True)


def _doubling(prefix: str, index: int) -> Callable[[Job], None]:
    def double(job: Job) -> None:
        there = _listed(job, prefix)
        _put(job, prefix, [*there[: index + 1], there[index].model_copy(deep=True), *there[index + 1 :]])

    return double


def _removing(prefix: str, index: int) -> Callable[[Job], None]:
    def remove(job: Job) -> None:
        there = _listed(job, prefix)
        if len(there) == 1 and prefix == form.SETS:
            raise Refusal(say("A job needs a data set: change this one instead of removing it."))
        _put(job, prefix, [one for i, one in enumerate(there) if i != index])

    return remove
