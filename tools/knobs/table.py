"""The figures as a Markdown table."""

from tools.knobs.measures import Measured

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
