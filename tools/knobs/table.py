"""The figures as a Markdown table, and its place in a file."""

from pathlib import Path

from tools.knobs.measures import Measured
from wannb.files import write_atomically
from wannb.refusal import Refusal

ROWS = (
    ("High Noise alone (Low Noise off)", "motion", "high"),
    ("Low Noise alone (High Noise off)", "motion", "low"),
    ("High Noise alone (Low Noise off)", "style", "high"),
    ("Low Noise alone (High Noise off)", "style", "low"),
    ("none", "character", "plain"),
    ("Differential Output Preservation, class *circle*", "character", "dop"),
    ("a regularization set of the base's circles", "character", "reg"),
)
UNITS = {"motion": "° turned", "style": " % in the palette", "character": " % with the character"}


def markdown(figures: dict[str, dict[str, Measured]]) -> str:
    """One row a lesson: what was set, what was taught, the base's and the LoRA's score, how far the class was kept."""
    lines = ["| knob | lesson | base | LoRA | class prompts against the base |", "|---|---|---|---|---|"]
    for knob, kind, name in ROWS:
        one = figures[kind][name]
        kept = "" if one.kept is None else f"{one.kept:.1f} dB"
        lines.append(f"| {knob} | {kind} | {one.base:.0f}{UNITS[kind]} | {one.lora:.0f}{UNITS[kind]} | {kept} |")
    return "\n".join(lines)


def write_between(path: Path, mark: str, text: str) -> None:
    """Replace what stands in `path` between `<!-- mark -->` and `<!-- /mark -->`; Refusal where these are missing."""
    before, found, rest = path.read_text(encoding="utf-8").partition(f"<!-- {mark} -->\n")
    _, closed, after = rest.partition(f"<!-- /{mark} -->")
    if not found or not closed:
        raise Refusal(f"{path} has no <!-- {mark} --> … <!-- /{mark} --> for the table: put them where it belongs.")
    write_atomically(path, f"{before}{found}{text}\n{closed}{after}")
