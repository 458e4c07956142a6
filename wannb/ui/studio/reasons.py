"""What the recipe set, and why, as a table."""

from html import escape

from wannb.job import Job
from wannb.job.recipes import reasons


def table(job: Job) -> str:
    """HTML: panel, setting, value and reason of everything that the recipe for `job`'s kind, task and card sets."""
    rows = reasons(job)
    if not rows:
        return "<p class='wannb-advice'>Choose a Kind and a Card Memory (JOB) to see what the guides advise.</p>"
    cells = "".join(
        f"<tr><td>{escape(one.panel)}</td><th>{escape(one.label)}</th><td>{escape(one.value)}</td>"
        f"<td>{escape(one.why)}</td></tr>"
        for one in rows
    )
    return f"<table class='wannb-reasons'>{cells}</table>"
