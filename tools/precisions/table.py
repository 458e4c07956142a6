"""The figures as a Markdown table."""

from tools.precisions.lessons import KIND, SEEDS, WAYS
from tools.precisions.measures import LAST, Held, Noise
from wannb.demo import SCORE

REFERENCE = next(iter(WAYS))


def markdown(ways: dict[str, Held], seeds: list[Held]) -> str:
    """A row a way to hold experts (`ways` by name, the reference first), after it one for each other seed of the
    reference (`seeds`), whose spread is the noise."""
    reference = ways[REFERENCE]
    noise = Noise.of([reference, *seeds])
    lines = [
        f"| experts | mean loss of the last {LAST} steps | against FP32's | {SCORE[KIND][0]} | untaught clips against "
        "FP32's | taught clips against FP32's | within the noise |",
        "|---|---|---|---|---|---|---|",
        _row(WAYS[REFERENCE].label, reference, ""),
        *(_row(f"{WAYS[REFERENCE].label}, seed {seed}", one, "") for seed, one in zip(SEEDS[1:], seeds, strict=True)),
    ]
    for name, one in ways.items():
        if name != REFERENCE:
            lines.append(_row(WAYS[name].label, one, "yes" if noise.covers(one, reference) else "no"))
    return "\n".join([*lines, "", f"Noise: {noise.loss:.1f} % in the loss, {noise.score:.0f} {SCORE[KIND][0]}."])


def _row(label: str, one: Held, verdict: str) -> str:
    clips = (f"{one.base_db:.1f} dB", f"{one.lora_db:.1f} dB")
    cells = (label, f"{one.loss:.4f}", f"{one.apart:+.1f} %", f"{one.score:.0f}", *clips, verdict)
    return f"| {' | '.join(cells)} |"
