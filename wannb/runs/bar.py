"""A progress bar, a line a phase, in a shell or a cell: what `wannb.train` shows where nobody else listens."""

from typing import Any

from tqdm.auto import tqdm


class Bar:
    """Called as `progress(phase, done, total)`, while training with the step's metrics in `row`; then `close`."""

    def __init__(self) -> None:
        self._phase, self._bar = "", None

    def __call__(self, phase: str, done: int, total: int, row: dict[str, Any] | None = None, **facts: Any) -> None:
        if phase != self._phase:
            self.close()
            unit = "step" if phase == "training" else "clip"
            self._phase, self._bar = phase, tqdm(total=total, initial=done, desc=phase, unit=unit)
        self._bar.total = total
        if row:
            self._bar.set_postfix_str(f"{row['stage']} noise, loss {row['loss']:.4f}", refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._phase, self._bar = "", None
