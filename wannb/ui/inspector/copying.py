"""Trimmed copies are written aside: encoding takes a while, and the page asks how far it is."""

import threading
from pathlib import Path

from wannb.data.copies import write_copies
from wannb.refusal import Refusal


class Copying:
    """`busy` says how far it is, or ""; `said` what came of it, once."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._done = (0, 0)
        self._said = ""

    @property
    def busy(self) -> str:
        if not (self._thread and self._thread.is_alive()):
            return ""
        return f"writing copies, {self._done[0]} of {self._done[1]}"

    @property
    def said(self) -> str:
        if self.busy:  # taken while the thread writes it, it could be lost
            return ""
        told, self._said = self._said, ""
        return told

    def start(self, folder: Path, to: str, fps: float | None, caption_ext: str) -> None:
        """Begin to write the clips of `folder` as they are edited into `to`; raises Refusal where it is under way."""
        if self.busy:
            raise Refusal(f"It is {self.busy}: wait until they are written.")
        if not to.strip():
            raise Refusal("Name the folder that the copies go to.")
        self._done = (0, 0)
        self._thread = threading.Thread(
            target=self._write, args=(folder, to.strip(), fps, caption_ext), daemon=True, name="wannb-copies"
        )
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        if self._thread:
            self._thread.join(seconds)

    def _write(self, folder: Path, to: str, fps: float | None, caption_ext: str) -> None:
        try:
            written = write_copies(folder, to, fps, caption_ext, self._count)
            self._said = f"{len(written)} {'copy' if len(written) == 1 else 'copies'} written to {to}."
        except Exception as error:  # a thread's error would be seen by nobody
            self._said = str(error) if isinstance(error, Refusal) else f"Writing copies failed: {error!r}."

    def _count(self, done: int, of: int) -> None:
        self._done = (done, of)
