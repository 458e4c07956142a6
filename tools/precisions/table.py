"""The figures as a Markdown table."""

from tools.precisions.lessons import KIND, SEEDS, WAYS
from tools.precisions.measures import LAST, Held, Noise
from wannb.demo import SCORE

REFERENCE = next(iter(WAYS))


def markdown(ways: dict[str, list[Held]]) -> str:
    """A row a way to hold experts, its seeds' mean where it has several, after one for each seed of the reference,
    whose spread is the noise. ways: by name, the reference first, a run a seed."""
    noise = Noise.of(ways[REFERENCE])
    lines = [
        f"| experts | runs | mean loss of the last {LAST} steps | against FP32's | {SCORE[KIND][0]} | against FP32's | "
        "untaught clips against FP32's | taught clips against FP32's | within the noise |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    label = WAYS[REFERENCE].label
    lines += [_row(f"{label}, seed {seed}", [one], "") for seed, one in zip(SEEDS, ways[REFERENCE], strict=True)]
    for name, runs in ways.items():
        if name != REFERENCE:
            lines.append(_row(WAYS[name].label, runs, "yes" if noise.covers(Held.mean(runs)) else "no"))
    return "\n".join([*lines, "", f"Noise: {noise.loss:.1f} % in the loss, {noise.score:.0f} {SCORE[KIND][0]}."])


def _row(label: str, runs: list[Held], verdict: str) -> str:
    one = Held.mean(runs)
    figures = (f"{one.loss:.4f}", f"{one.apart:+.1f} %", f"{one.score:.0f}", f"{one.moved:+.0f}")
    cells = (label, f"{len(runs)}", *figures, f"{one.base_db:.1f} dB", f"{one.lora_db:.1f} dB", verdict)
    return f"| {' | '.join(cells)} |"
