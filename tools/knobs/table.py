"""The figures as a Markdown table, and its place in a file."""

from pathlib import Path

from tools.knobs.measures import Measured
from wannb.files import write_atomically
from wannb.refusal import Refusal

HIGH, LOW = "High Noise alone", "Low Noise alone"
ROWS = (
    (HIGH, "lane", "high"),
    (LOW, "lane", "low"),
    (HIGH, "motion", "high"),
    (LOW, "motion", "low"),
    (HIGH, "style", "high"),
    (LOW, "style", "low"),
    ("none", "character", "plain"),
    ("Differential Output Preservation, class *circle*", "character", "dop"),
    ("a regularization set of the base's circles", "character", "reg"),
)
LESSONS = {
    "lane": "a path and a detail (t2v)",
    "motion": "*orbits* (i2v)",
    "style": "*duotone style* (i2v)",
    "character": "*frung* (t2v)",
}


def markdown(figures: dict[str, dict[str, Measured]]) -> str:
    """A row a lesson and score: what was set, what was taught, the base's and the LoRA's score, how far the class was
    kept."""
    lines = ["| knob | lesson | base | LoRA | class prompts against the base |", "|---|---|---|---|---|"]
    for knob, lesson, name in ROWS:
        one = figures[lesson][name]
        kept = "" if one.kept is None else f"{one.kept:.1f} dB"
        for unit, (base, lora) in one.scores.items():
            lines.append(f"| {knob} | {LESSONS[lesson]} | {base:.0f}{unit} | {lora:.0f}{unit} | {kept} |")
    return "\n".join(lines)


def write_between(path: Path, mark: str, text: str) -> None:
    """Replace what stands in `path` between `<!-- mark -->` and `<!-- /mark -->`; Refusal where these are missing."""
    before, found, rest = path.read_text(encoding="utf-8").partition(f"<!-- {mark} -->\n")
    _, closed, after = rest.partition(f"<!-- /{mark} -->")
    if not found or not closed:
        raise Refusal(f"{path} has no <!-- {mark} --> … <!-- /{mark} --> for the table: put them where it belongs.")
    write_atomically(path, f"{before}{found}{text}\n{closed}{after}")
