"""Captions against the kind of LoRA: what is named is left alone, what is not gets one sentence for the set."""

import pytest

from wannb.data.kind_captions import of_captions

CONTENT = ["a man walks his dog", "two cars race through rain", "children build sandcastles", "birds over dark water"]
LOOKS = ["grainy 16mm film look, high contrast", "grainy film, warm tint", "washed film look", "grainy 16mm, warm tint"]
MOTIONS = ["orbit 360 around the vase", "orbit 360 around a tower", "slow orbit of the bridge"]
CLASSES = ["frung, young woman, casual clothing", "frung, a woman in the park", "frung, woman on a beach"]
NAKED = ["frung in the park", "frung jumping over fences", "frung asleep"]

SAID = [
    ("motion", CONTENT, None, {"motion-not-named"}),
    ("motion", MOTIONS, None, set()),
    ("motion", ["环绕拍摄花瓶", "环绕拍摄铁塔", "镜头环绕大桥"], None, set()),
    ("motion", CONTENT[:1], None, set()),
    ("style", CONTENT, None, {"content-not-look", "trigger-absent"}),
    ("style", [f"velmo, {text}" for text in CONTENT], "velmo", {"content-not-look"}),
    ("style", [f"velmo {text}" for text in LOOKS], "velmo", set()),
    ("style", LOOKS, None, set()),
    ("style", ["velmo", "velmo", "velmo"], "velmo", set()),
    ("character", CLASSES, "frung", set()),
    ("character", NAKED, "frung", {"class-missing"}),
    ("character", CONTENT, None, {"trigger-absent"}),
    ("character", ["frung в парке", "frung на пляже", "frung спит"], "frung", set()),
    (None, CONTENT, None, set()),
    ("motion", ["", " ", ""], None, set()),
]


@pytest.mark.parametrize(("kind", "captions", "trigger", "codes"), SAID)
def test_what_is_lacking_is_said_and_nothing_else(kind, captions, trigger, codes) -> None:
    named = [(f"{i}.mp4", text) for i, text in enumerate(captions)]
    found = list(of_captions(kind, "clips", named, trigger))
    assert {one.code for one in found} == codes
    for one in found:
        assert (one.where, one.severity) == ("clips", "warning") and one.fix
        assert set(one.evidence["clips"]) <= {name for name, _ in named} and one.evidence["clips"]
