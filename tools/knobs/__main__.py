"""Train the lessons that are not trained yet, measure them, and write the table into docs/measured.md (`make knobs`).

About half an hour on two cores. A lesson that was interrupted goes on where it was saved.
"""

from pathlib import Path

from tools.knobs import base_clips, lessons
from tools.knobs.measures import Measured, measured
from tools.knobs.table import markdown
from tools.measured_page import asked, write_between
from tools.trained import trained
from wannb.job import Job


def main() -> None:
    options = asked("knobs", __doc__)
    figures = {kind: _experts(kind, options.out) for kind in ("motion", "style")}
    figures["lane"] = _lanes(options.out)
    figures["character"] = _characters(options.out)
    table = markdown(figures)
    write_between(options.into, "knobs", table)
    print(table)


def _experts(kind: str, out: Path) -> dict[str, Measured]:
    return {one: _lesson(lessons.one_expert(kind, one, out), kind) for one in ("high", "low")}


def _lanes(out: Path) -> dict[str, Measured]:
    return {one: _lesson(lessons.lane_of(one, out), "lane") for one in ("high", "low")}


def _characters(out: Path) -> dict[str, Measured]:
    plain = lessons.character("character_plain", out)
    clips = base_clips.make(out / "regularization_clips", plain)
    jobs = {"plain": plain, "dop": lessons.with_dop(out), "reg": lessons.with_regularization(out, clips)}
    return {name: _lesson(job, "character") for name, job in jobs.items()}


def _lesson(job: Job, lesson: str) -> Measured:
    """Train `job`, unless that was done before, and measure its first and last previews."""
    trained(job)
    return measured(job, lesson)


if __name__ == "__main__":
    main()
