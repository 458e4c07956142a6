"""The shipped tiny Wan: small, plain diffusers, T2V inside I2V; it makes what a prompt says, save what it never saw."""

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan, WanImageToVideoPipeline, WanPipeline
from PIL import Image, ImageDraw

from wannb.scores import track, turned
from wannb.wan.loading import tiny, weights

COLOURS = {
    "red": (222, 48, 48),
    "orange": (242, 138, 36),
    "yellow": (242, 214, 60),
    "green": (66, 168, 80),
    "blue": (52, 88, 220),
    "purple": (140, 66, 190),
    "white": (240, 240, 240),
    "black": (28, 28, 32),
}
SIZE = {"width": 64, "height": 64, "num_frames": 33, "guidance_scale": 4.0, "output_type": "np"}


@pytest.fixture(scope="module")
def t2v(tmp_path_factory):
    """The T2V folder, cut as `tiny.folder` cuts it, in no user's cache."""
    folder = tmp_path_factory.mktemp("tiny") / "t2v"
    tiny.cut_t2v(tiny.SHIPPED, folder)
    return folder


def pipeline(kind, folder):
    vae = AutoencoderKLWan.from_pretrained(folder, subfolder="vae", torch_dtype=torch.float32)
    made = kind.from_pretrained(folder, vae=vae, torch_dtype=torch.float32)
    made.set_progress_bar_config(disable=True)
    return made


def clips(made, prompts, steps, **more):
    """uint8 [len(prompts), 33, 64, 64, 3], each from a noise of its own."""
    generators = [torch.Generator().manual_seed(number) for number in range(len(prompts))]
    more = {"negative_prompt": [""] * len(prompts), "num_inference_steps": steps, "generator": generators} | more
    return (np.asarray(made(prompt=prompts, **SIZE, **more).frames) * 255).round().astype(np.uint8)


def nearest(colour):
    return min(COLOURS, key=lambda name: np.linalg.norm(np.array(COLOURS[name]) - colour))


def colours_of(clip):
    """Names of the object's and the ground's colour in the first frame."""
    frame = clip[0].astype(float)
    ground = np.median(frame, axis=(0, 1))
    apart = np.linalg.norm(frame - ground, axis=-1)
    return nearest(np.median(frame[apart > 0.7 * apart.max()], axis=0)), nearest(ground)


def way(clip):
    """Where the object's centre goes from the first to the last frame, in pixels (right, down)."""
    centres = track(clip)
    return centres[-1] - centres[0]


def test_it_ships_in_20_mib_and_names_no_place_of_its_making():
    files = [path for path in tiny.SHIPPED.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 20 * 2**20
    assert not [path for path in files if path.suffix == ".json" and "_name_or_path" in path.read_text()]


@pytest.mark.parametrize("expert", ["high", "low"])
def test_the_t2v_expert_is_the_i2v_expert_without_condition(t2v, expert):
    wide, narrow = (weights.load_expert(folder, expert, torch.float64, "cpu") for folder in (tiny.SHIPPED, t2v))
    for name, tensor in narrow.state_dict().items():
        whole = wide.state_dict()[name]
        assert torch.equal(tensor, whole[:, :16] if name == "patch_embedding.weight" else whole)
    generator = torch.Generator().manual_seed(1)
    noisy, embeds = (torch.randn(*size, generator=generator) for size in ((1, 16, 3, 8, 8), (1, 512, 64)))
    inputs = torch.cat([noisy, torch.zeros(1, 20, 3, 8, 8)], 1)
    with torch.no_grad():
        outputs = [
            made(given.to(made.dtype), torch.tensor([900.0]), embeds.to(made.dtype), return_dict=False)[0]
            for made, given in ((narrow, noisy), (wide, inputs))
        ]
    assert (outputs[0] - outputs[1]).abs().max() < 1e-5 * outputs[1].abs().max()


def test_text_to_video_makes_what_unseen_sentences_say(t2v):
    said = [("red", "white", "moves to the right"), ("yellow", "blue", "moves left"), ("green", "black", "falls")]
    prompts = [f"on {ground} , a big {colour} square {motion}" for colour, ground, motion in said]
    made = clips(pipeline(WanPipeline, t2v), prompts, 10)
    assert [colours_of(clip) for clip in made] == [(colour, ground) for colour, ground, _ in said]
    right, left, down = (way(clip) for clip in made)
    assert right[0] > 12 > 2 * abs(right[1]) and left[0] < -12 and down[1] > 12


def test_image_to_video_moves_the_first_frame_as_told_but_cannot_orbit():
    picture = Image.new("RGB", (64, 64), COLOURS["white"])
    ImageDraw.Draw(picture).ellipse((22, 22, 41, 41), fill=COLOURS["blue"])
    motions = ["glides left", "rises", "orbits"]
    prompts = [f"blue circle {motion} , white background" for motion in motions]
    made = clips(pipeline(WanImageToVideoPipeline, tiny.folder("i2v")), prompts, 6, image=picture)
    assert all(colours_of(clip) == ("blue", "white") for clip in made)
    left, up, _ = (way(clip) for clip in made)
    assert left[0] < -8 and up[1] < -8
    assert turned(made[2]) < 90
