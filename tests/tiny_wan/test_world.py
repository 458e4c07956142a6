"""The tiny world: pixels show the scene, captions tell it, and what is held out is in none of them."""

import numpy as np
import pytest
from captions import FILLER, vocabulary
from make_datasets import FRUNG
from motions import BASE, HELD_OUT, moved
from render import DUOTONE, render
from scenes import FRAMES, LOOKS, MIDDLE, SHAPES, SIDE, inside_frame, plain_scene
from sets import base_scene
from text import tokenizer

from wannb import demo
from wannb.scores import track, turned
from wannb.wan.loading import tiny, weights

HELD_OUT_WORDS = {"orbit", "orbits", "orbiting", "circling", "spirals", "spiraling", "duotone", "frung"}


@pytest.fixture(scope="module")
def scenes():
    rng = np.random.default_rng(1)
    return [base_scene(rng) for _ in range(300)]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_has_its_colour_on_its_ground(shape):
    scene = plain_scene(np.random.default_rng(3), shape=shape, look="")
    scene.x, scene.y = np.full(FRAMES, MIDDLE), np.full(FRAMES, MIDDLE)
    clip = render([scene]).numpy()
    assert clip.shape == (1, FRAMES, SIDE, SIDE, 3) and clip.dtype == np.uint8
    assert np.abs(clip[0, :, 0, 0] / 255 - scene.ground).max() < 0.01
    assert np.abs(clip[0, :, -1, 0] / 255 - scene.ground_below).max() < 0.01
    aside = 0.74 * scene.radius if shape == "ring" else 0  # a ring has its ground in the middle
    spot = clip[0, :, round(MIDDLE), round(MIDDLE + aside)] / 255
    assert np.abs(spot - scene.parts[0].colour).max() < 0.01


def test_the_picture_follows_the_paths():
    rng = np.random.default_rng(5)
    scene = plain_scene(rng, shape="circle", colour="white", ground="blue", look="")
    assert moved(scene, "right", rng) and inside_frame(scene)
    seen = track(render([scene]).numpy()[0])
    assert np.abs(seen - np.stack([scene.x, scene.y], 1)).max() < 0.5


@pytest.mark.parametrize(("name", "least", "most"), [("orbit", 350, 370), ("spiral", 500, 580), ("clockwise", 30, 70)])
def test_motions_turn_by_what_they_say(name, least, most):
    rng = np.random.default_rng(7)
    scene = plain_scene(rng, shape="square", colour="white", ground="black", size="small", look="")
    assert moved(scene, name, rng)
    assert least < turned(render([scene]).numpy()[0]) < most


def test_captions_tell_the_scene(scenes):
    for scene in scenes:
        words = scene.words
        assert {words["shape"], words["colour"], words["ground"]} <= set(scene.caption.replace(",", " ").split())
        assert any(look in scene.caption for look in LOOKS[words["look"]])
        wordings = [wording.format(**words) for wording in BASE[words["motion"]][1]]
        assert any(wording in scene.caption for wording in wordings) or FILLER in scene.caption
        assert scene.caption == scene.caption.lower() and "  " not in scene.caption


def test_what_is_held_out_is_in_no_caption_yet_has_a_token(scenes):
    assert not any(HELD_OUT_WORDS & set(scene.caption.split()) for scene in scenes)
    assert not any(scene.words["motion"] in HELD_OUT or scene.look == "duotone" for scene in scenes)
    assert {"orbits", "orbiting", "spirals", "duotone", "frung"} <= set(vocabulary())


def test_the_demo_scores_the_colours_that_the_sets_are_made_in():
    assert DUOTONE == demo.DUOTONE
    assert tuple(part.colour for part in FRUNG) == demo.FRUNG


def test_the_shipped_tokenizer_is_the_tools(scenes):
    shipped, _ = weights.load_text(tiny.folder("i2v"), None, "cpu")
    made = tokenizer()
    assert shipped.get_vocab() == made.get_vocab()
    texts = [scene.caption for scene in scenes[:50]] + ["", "Frung, DUOTONE style.", "an unheard-of word"]
    given = {"padding": "max_length", "max_length": 512, "truncation": True}
    for text in texts:
        assert shipped(text, **given)["input_ids"] == made(text, **given)["input_ids"]
