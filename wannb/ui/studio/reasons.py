"""What the recipe set, and why, as a table."""

from html import escape

from wannb.job import Job
from wannb.job.recipes import reasons
from wannb.words import say, tell


def table(job: Job) -> str:
    """HTML: panel, setting, value and reason of everything that the recipe for `job`'s kind, task and card sets."""
    rows = reasons(job)
    if not rows:
        how = say("Choose a Kind and a Card Memory (JOB) to see what the guides advise.")
        return f"<p class='wannb-advice'>{escape(tell(how))}</p>"
    cells = "".join(
        f"<tr><td>{escape(one.panel)}</td><th>{escape(one.label)}</th><td>{escape(tell(one.value))}</td>"
        f"<td>{escape(tell(one.why))}</td></tr>"
        for one in rows
    )
    return f"<table class='wannb-reasons'>{cells}</table>"
