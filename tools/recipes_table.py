"""docs/recipes.md: what `wannb new` and the Studio's recipes set, by kind of LoRA, task and card, read off the recipes.

python -m tools.recipes_table
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from tools.settings_index import anchor
from wannb.files import write_atomically
from wannb.job import Job
from wannb.job.guides import CARDS, GUIDES, KINDS, TASKS, facts
from wannb.job.recipes import shown
from wannb.job.schedule import BOUNDARY
from wannb.job.settings import SETTINGS

FILE = Path(__file__).resolve().parents[1] / "docs" / "recipes.md"
NAMES = (KINDS, TASKS, CARDS)
KIND, TASK, CARD = range(3)
SPELLED = {**{kind: kind for kind in KINDS}, "t2v": "text-to-video", "i2v": "image-to-video"}
OWN = ("name", "datasets[].folder_path", "sample.samples[].prompt", "sample.samples[].ctrl_img", "train.steps")
"""What a recipe leaves to the job, and Steps, which stand first."""
Recipe = tuple[str, str, int]
"""Kind, task, card in GB."""
Values = dict[Recipe, str]
INTRODUCTION = """# The recipes

Written by `make settings`: what `wannb new KIND --task TASK --vram GB --data FOLDER` and the Studio's recipes set. They
are the guides' tables; where they differ, the last section says why. Each name leads to the setting.

```sh
wannb new motion --task i2v --vram 24 --data clips -o job.yaml
wannb new style --task t2v --vram 48 --data clips -o job.yaml
wannb new character --task i2v --vram 80 --data clips -o job.yaml
```

A card between two columns takes the smaller one's recipe. How much memory that takes is in the Studio and in
`wannb fit job.yaml --estimate`; [today's cards](faq.md#does-the-14-b-fit-my-card).
"""
CLIPS = """## The clips and captions that they are for

|  | motion | style | character |
| --- | --- | --- | --- |
| clips | {motion}, of 3 to 8 s, the same motion over varied subjects | {style} images or clips, one look, varied scenes | {character} images or clips, varied pose, scale, angle, background |
| caption names | the motion: `orbit 360 around the subject` | the look: `grainy 16mm film look, warm tint` | trigger and class: `frung, young woman, casual clothing` |
| leans on | high noise | high noise for the tone | low noise |
| watch for | [works only on near-copies](faq.md#it-works-only-on-scenes-like-the-clips) | [the look swamps the content](faq.md#the-look-swamps-the-content) | [likeness against stability](faq.md#the-character-is-like-but-the-clip-is-unstable-or-the-reverse) |

- Real video ([no GIF](faq.md#a-clip-is-refused-it-is-a-gif)), of any length up to about 30 s: Num Frames of a clip are
  taken evenly over all of it. So trim [what stands about](faq.md#nothing-happens-at-the-start-or-the-end-of-a-clip) and
  crop [bars](faq.md#black-bars-around-the-picture) before; the Inspector does both.
- A caption is a `.txt` of the clip's name, else the [Default Caption](settings.md#datasets.default_caption); `[trigger]`
  in it, and in a prompt, becomes the [Trigger Word](settings.md#trigger_word).
- Sets can be mixed: [LoRA Weight](settings.md#datasets.network_weight) says how often one is drawn,
  [Is Regularization](settings.md#datasets.is_reg) makes it one of what must not change.
- Clips go to the nearest [size](settings.md#datasets.resolution) of their shape and are scaled down, never up.

## The model that they are for

- Two experts of about 14 B parameters, of which one works at a time. **High noise**, timesteps 1000 to {t2v} for
  text-to-video and 1000 to {i2v} for image-to-video, draws what is where, the camera and the path of a motion; **low
  noise**, from there to 0, detail, texture and faces. (The guides say about 875 for both; Wan's own files say this.)
  [03_train_experts](../notebooks/03_train_experts.ipynb) trains each alone.
- Up to 81 frames at 16 fps, 5 s; always [4n+1](faq.md#num-frames-is-refused-4n1), one for a still.
- Sizes are multiples of 16, at home near the area of 480×832 px (text-to-video near 1024×1024 px too).

## What fits and how long, by the guides

| card | comfortable | 1000 steps on an H100, 41 frames, 512, 768 and 1024 px |
| --- | --- | --- |
| 10-12 GB | many bits saved, Layer Offloading, 9 or 21 frames |  |
| 24-32 GB | stills at 512-768 px; 33-41 frames at 512 px, slow; 4-bit with ARA, Low VRAM |  |
| 48-64 GB | 33-41 frames at 768-1024 px, 4-bit with ARA |  |
| 80 GB and more | 81 frames at 1024 px, batch 1-2, float8 or 4-bit with ARA | 12-18 h (42-66 s a step); 81 frames about double |

What this version makes of it: `wannb fit job.yaml --estimate`, the Studio's bars, [today's
cards](faq.md#does-the-14-b-fit-my-card), [what was measured](measured.md). Slower than that:
[tens of seconds a step](faq.md#tens-of-seconds-a-step).

After the run: [choose the pair](../notebooks/04_choose.ipynb), then [use it](../notebooks/05_use.ipynb) in the
Playground, in ComfyUI or in diffusers.
"""  # noqa: E501
DIFFERENCES = """## Where they differ from the guides

- **High-noise Share** is ours: what people expect of Favor High Noise, more steps for that expert. Motion takes 0.7.
- **Cache Text Embeddings** is on: here it goes with DOP, triggers and caption dropout.
- **Cache Latents** is shown off, as the guides say, and makes no difference: latents are always cached.
- **Trigger Word**: `velmo` and `drovu` are made up. Where captions have a word of their own, take that.
"""


def page() -> str:
    """The whole page."""
    jobs = {one: Job.recipe(one[0], one[1], one[2]) for one in product(*NAMES)}
    keys = ["train.steps", *(key for key in GUIDES if key not in OWN)]
    values = {key: {one: _value(job, key) for one, job in jobs.items()} for key in keys}
    across = {key: _across(found) for key, found in values.items()}
    tables = [
        *_columns("## By kind of LoRA", KIND, values, across),
        *_columns("## By task", TASK, values, across),
        *_columns("## By card", CARD, values, across),
        "## The same in all",
        _table(["", ""], [[_link(key), next(iter(values[key].values()))] for key in keys if not across[key]]),
        DIFFERENCES,
    ]
    ends = {task: round(1000 * boundary) for task, boundary in BOUNDARY.items()}
    clips = CLIPS.format(**{kind: f"{least}-{most}" for kind, (least, most) in facts.CLIPS.items()}, **ends)
    return f"{INTRODUCTION}\n{clips}\n" + "\n\n".join(tables)


def _value(job: Job, key: str) -> str:
    return shown(key, job.get(key.replace("[]", "[0]")))


def _across(values: Values) -> tuple[int, ...]:
    """The parts of a recipe's name, by their place, that the value goes with."""
    return tuple(
        place for place in range(len(NAMES)) if len({(_without(one, place), value) for one, value in values.items()})
        > len({_without(one, place) for one in values})
    )  # fmt: skip


def _without(one: Recipe, place: int) -> tuple:
    return one[:place] + one[place + 1 :]


def _columns(title: str, last: int, values: dict[str, Values], across: dict[str, tuple[int, ...]]) -> Iterator[str]:
    """A table of the settings that go with `last`, its names as columns, and with earlier parts of the name as rows."""
    keys = [key for key in values if across[key] and across[key][-1] == last]
    rows = [[_link(key), who, *cells] for key in keys for who, cells in _lines(values[key], across[key])]
    head = ["", "", *(SPELLED.get(name, f"{name} GB") for name in NAMES[last])]
    if not any(row[1] for row in rows):
        head, rows = [head[0], *head[2:]], [[row[0], *row[2:]] for row in rows]
    yield from (title, _table(head, rows))


def _lines(values: Values, across: tuple[int, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(who, the value in each column); those that go alike in one line."""
    *before, last = across
    lines: dict[tuple[str, ...], list[str]] = {}
    for who in product(*(NAMES[place] for place in before)):
        rows = {one[last]: value for one, value in values.items() if tuple(one[place] for place in before) == who}
        cells = tuple(rows[name] for name in NAMES[last])
        lines.setdefault(cells, []).append(" ".join(SPELLED[name] for name in who))
    for cells, whose in lines.items():
        yield ", ".join(whose), cells


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _link(key: str) -> str:
    one = next(one for one in SETTINGS if one.key == key)
    where = " (previews)" if key in ("sample.num_frames", "sample.width", "sample.height") else ""
    return f"[{one.label}](settings.md#{anchor(one)}){where}"


if __name__ == "__main__":
    write_atomically(FILE, page())
    print(f"Wrote {FILE.name}.")
