"""The FAQ names every finding of the product, none that is not there, and every trouble of the guides."""

import ast
import re

import pytest

from tests.docs.markdown import FAQ, FILES, README, ROOT, slugged
from tests.job.test_planted_faults import SECTION_6

NAMES = ("Finding", "Unusable", "Misfit", "_found", "_mendable")

# guide.md, sections 6, 2 ("watch for"), 3 and 4: a trouble in its words -> the FAQ's anchor, codes that stand there.
TROUBLES = {
    "tensor a (36) must match b (16)": (
        "the-size-of-tensor-a-36-must-match-the-size-of-tensor-b-16", {"sample-no-control-image"}
    ),
    "caching latents is not supported": (
        "caching-latents-is-not-supported-for-multi-frame-datasets", {"always-cached"}
    ),
    "motion too fast against the source": ("the-motion-is-too-fast-or-too-slow", {"longer-samples", "sample-fps"}),
    "camera does not move": (
        "the-camera-does-not-move-the-composition-is-the-bases", {"motion-without-high", "bias-against-kind"}
    ),
    "details or faces worse than base": (
        "details-or-faces-are-worse-than-the-bases", {"rank-low", "detail-without-low", "lr-high"}
    ),
    "overfits": ("it-works-only-on-scenes-like-the-clips", {"few-clips", "steps-for-kind", "rank-high"}),
    "out of memory": (
        "out-of-memory", {"bucket-for-card", "frames-for-card", "batch-for-card", "low-vram-off", "text-encoder-stays"}
    ),
    "tens of seconds a step": ("tens-of-seconds-a-step", {"slow-steps", "swap-every-step", "previews-cost"}),
    "the look swamps the content": ("the-look-swamps-the-content", {"dop-off"}),
    "likeness against stability": ("the-character-is-like-but-the-clip-is-unstable-or-the-reverse", {"dop-off"}),
    "not GIF": ("a-clip-is-refused-it-is-a-gif", {"gif"}),
    "standing about at either end": ("nothing-happens-at-the-start-or-the-end-of-a-clip", {"static-start"}),
    "letterbox bars": ("black-bars-around-the-picture", {"bars"}),
    "4n+1": ("num-frames-is-refused-4n1", {"not-4n1"}),
    "motion not named in captions": ("a-caption-is-missing-or-does-not-say-the-right-thing", {"motion-not-named"}),
    "DOP needs a Trigger Word": ("differential-output-preservation-is-refused", {"dop-no-trigger"}),
    "captions are not used (Unload TE)": ("captions-are-not-used", {"unload-over-cache"}),
    "noisy or overshooting": ("the-loss-is-noisy-or-jumps", {"lr-high"}),
    "the best checkpoint is rarely the last": ("the-last-checkpoint-is-not-the-best", {"keep-one"}),
    "bias moves no steps": ("timestep-bias-does-not-give-an-expert-more-steps", {"bias-inside"}),
    "a small card": ("does-the-14-b-fit-my-card", {"does-not-fit"}),
    "ComfyUI": ("comfyui-does-not-load-the-lora-lora-key-not-loaded", set()),
}  # fmt: skip


def written() -> set[str]:
    """Every string that stands by itself in the product's code."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "wannb").rglob("*.py")]
    return {n.value for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) is str}


def declared() -> set[str]:
    """The codes of all findings, by the calls that make them."""
    found = set()
    for path in (ROOT / "wannb").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if called in NAMES and node.args and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def codes(text: str) -> set[str]:
    return set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)*)`", text))


def said(anchor: str) -> str:
    """The FAQ's entry of that anchor."""
    entries = re.split(r"^### ", FAQ.text, flags=re.M)[1:]
    return next(entry for entry in entries if slugged(entry.splitlines()[0]) == anchor)


def test_every_code_in_the_faq_is_in_the_product() -> None:
    first_lines = [line for line in FAQ.text.splitlines() if "**wannb says**" in line or line.startswith("| `")]
    named = codes("\n".join(first_lines)) - {"died"}
    assert len(named) > 50 and named - written() == set()


def test_every_finding_of_the_product_is_in_the_faq() -> None:
    assert len(declared()) > 100 and declared() - codes(FAQ.text) == set()


@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_trouble_of_the_guides_has_an_entry_with_its_findings(trouble: str) -> None:
    anchor, expected = TROUBLES[trouble]
    assert f"](#{anchor})" in FAQ.text.split("\n## ")[0], "the index at the top names it"
    entry = said(anchor)
    assert expected <= codes(entry)
    assert "**Why**" in entry and "**Do**" in entry


def test_the_faults_that_are_planted_for_section_6_are_all_here() -> None:
    assert set(SECTION_6) <= set(TROUBLES)


def test_every_entry_says_why_and_what_to_do_and_stands_in_the_index() -> None:
    index, *_ = FAQ.text.split("\n## ")
    entries = re.split(r"^### ", FAQ.text.split("\n## All other findings")[0], flags=re.M)[1:]
    for entry in entries:
        assert [part for part in ("**wannb says**", "**Why**", "**Do**") if part not in entry] == [], entry[:60]
    linked = re.findall(r"\]\(#([^)]+)\)", index)
    assert linked == [slugged(entry.splitlines()[0]) for entry in entries]


def test_it_is_one_click_from_the_readme() -> None:
    assert {"docs/faq.md", "docs/settings.md", "docs/files.md"} <= set(README.links)
    assert FILES.path.exists()
