"""Every fault, with the file that has it and the code that the clip report gives it."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from tools.faulty.drawing import FRAMES, SIDE, encode, held, orbit
from wannb.data.looks import look
from wannb.data.video import probe
from wannb.data.video_file import write_mp4
from wannb.refusal import Refusal

THINGS = "vase tower rabbit bridge teapot statue lamp boat castle horse clock drum piano fountain kite chair".split()
PLANTED: list[tuple[str, str, str, Callable[[Path], str | None]]] = []
"""(file, code, what is wrong, what makes it and may give its caption)"""


def plant(name: str, code: str, wrong: str) -> Callable:
    """Put the function that makes the file `name` on the list."""

    def put(make: Callable[[Path], str | None]) -> Callable[[Path], str | None]:
        PLANTED.append((name, code, wrong, make))
        return make

    return put


@plant("standing_start.mp4", "static-start", "1.5 s pass before anything moves")
def _(path):
    video = orbit(100)
    write_mp4(path, np.concatenate([held(video, 0, 24), video]))


@plant("standing_end.mp4", "static-end", "1.5 s in which nothing moves any more")
def _(path):
    video = orbit(101)
    write_mp4(path, np.concatenate([video, held(video, -1, 24)]))


@plant("frozen.mp4", "static-clip", "nothing moves at all")
def _(path):
    write_mp4(path, held(orbit(102), 0, FRAMES))


@plant("fade_in.mp4", "black-frames", "begins with 8 black frames")
def _(path):
    video = orbit(103, 41)
    video[:8] = 0
    write_mp4(path, video)


@plant("letterbox.mp4", "bars", "12 black rows above and below the picture")
def _(path):
    video = np.zeros((FRAMES, SIDE, SIDE, 3), np.uint8)
    video[:, 12:-12] = orbit(104, height=SIDE - 24)
    write_mp4(path, video)


@plant("pillarbox.mp4", "bars", "14 black columns at either side")
def _(path):
    video = np.zeros((FRAMES, SIDE, SIDE, 3), np.uint8)
    video[:, :, 14:-14] = orbit(105, width=SIDE - 28)
    write_mp4(path, video)


@plant("two_scenes.mp4", "scene-cut", "another scene from frame 17 on")
def _(path):
    write_mp4(path, np.concatenate([orbit(106)[:17], orbit(107)[17:]]))


@plant("reencoded.mp4", "near-duplicate", "good_00.mp4 once more: larger, brighter, coded anew")
def _(path):
    larger = [np.asarray(Image.fromarray(frame).resize((112, 112), Image.Resampling.BICUBIC)) for frame in orbit(0)]
    write_mp4(path, (np.stack(larger).astype(float) * 1.06 + 4).clip(0, 255).astype(np.uint8))


@plant("mirrored.mp4", "near-duplicate", "good_01.mp4, left and right exchanged")
def _(path):
    write_mp4(path, orbit(1)[:, :, ::-1])


@plant("upright.mp4", "uneven-buckets", "upright, where the others are square")
def _(path):
    write_mp4(path, orbit(132, width=80, height=112))


@plant("short.mp4", "repeats-frames", "9 frames, where 33 are asked for")
def _(path):
    write_mp4(path, orbit(108, 9, turn=3))


@plant("one_frame.mp4", "too-short", "a video of one frame")
def _(path):
    write_mp4(path, orbit(109, 1))


@plant("sped_up.mp4", "time-warp", "5 s, which 33 frames show two and a half times as fast")
def _(path):
    write_mp4(path, orbit(110, 80, turn=0.6))


@plant("low.mp4", "low-resolution", "64x64 pixels, smaller than the Resolution")
def _(path):
    write_mp4(path, orbit(111, width=64, height=64))


@plant("wide_pixels.mkv", "non-square-pixels", "pixels of 4:3")
def _(path):
    encode(path, orbit(112), settle=lambda context: setattr(context, "sample_aspect_ratio", Fraction(4, 3)))


@plant("combed.mkv", "interlaced", "coded as interlaced video")
def _(path):
    encode(path, orbit(113), **{"x264-params": "tff=1:mbtree=0"})


@plant("bright.mkv", "hdr", "marked as HDR (PQ)")
def _(path):
    encode(path, orbit(114), settle=lambda context: setattr(context, "color_trc", 16))


@plant("phone.mkv", "variable-fps", "frames that come now fast, now slowly")
def _(path):
    steps = np.random.default_rng(115).integers(25, 100, FRAMES)
    encode(path, orbit(115), times=np.cumsum(steps).tolist())


@plant("two_streams.mp4", "several-pictures", "two video streams in one file")
def _(path):
    encode(path, [orbit(116), orbit(117, width=48, height=48)])


@plant("cut_off.mkv", "truncated", "the download stopped: the last third is missing")
def _(path):
    encode(path, orbit(118, 60, turn=0.6), g="12", bf="0")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])


@plant("no_index.mp4", "truncated", "an mp4 without the index that ends it")
def _(path):
    encode(path, orbit(119))
    path.write_bytes(path.read_bytes()[:1500])


@plant("scratched.avi", "damaged", "bytes in the middle are spoiled")
def _(path):
    encode(path, orbit(120), codec="mpeg4", g="6")
    whole = path.read_bytes()
    for seed in range(500):
        rng, data = np.random.default_rng(seed), bytearray(whole)
        for at in rng.integers(len(data) // 3, len(data) * 2 // 3, 12):
            data[at] = int(rng.integers(256))
        path.write_bytes(data)
        try:
            facts = probe(path)
        except Refusal:
            continue
        whole_length = facts.frames == FRAMES and not facts.fault and not facts.truncated
        if facts.damaged_frames and whole_length and not look(path).cuts:
            return
    raise RuntimeError("no damage is just right")


@plant("moving.gif", "gif", "a GIF, which is not video")
def _(path):
    images = [Image.fromarray(frame).quantize(32) for frame in orbit(121, 8, 48, 48)]
    images[0].save(path, save_all=True, append_images=images[1:], duration=60)


@plant("moving.webp", "animated-image", "an image that moves")
def _(path):
    images = [Image.fromarray(frame) for frame in orbit(122, 8, 48, 48)]
    images[0].save(path, save_all=True, append_images=images[1:], duration=60, quality=40)


@plant("nothing.mp4", "empty", "a file of no bytes")
def _(path):
    path.touch()


@plant("page.mp4", "unreadable", "a web page that was saved as a clip")
def _(path):
    path.write_text("<!doctype html><title>404 Not Found</title><p>The clip is not here.\n" * 8)


@plant("sliver.png", "too-small", "12 pixels high")
def _(path):
    Image.fromarray(orbit(123, 1)[0][:12]).save(path)


@plant("photo.png", "images", "a still among clips, trained as one frame")
def _(path):
    Image.fromarray(orbit(124, 1)[0]).save(path)


@plant("old.mpg", "unsupported", "a container that is not read")
def _(path):
    path.write_bytes(b"\x00\x00\x01\xba" + bytes(508))
    return ""


@plant("silent.mp4", "no-caption", "no text file beside it")
def _(path):
    write_mp4(path, orbit(126))
    return ""


@plant("windows.mp4", "caption-encoding", "a caption in Windows-1252")
def _(path):
    write_mp4(path, orbit(127))
    path.with_suffix(".txt").write_bytes("orbit 360 around a café\n".encode("cp1252"))
    return ""


@plant("slot.mp4", "no-trigger", "a caption with [trigger], where there is no Trigger Word")
def _(path):
    write_mp4(path, orbit(128))
    return "[trigger] orbit 360 around the bell"


@plant("novel.mp4", "caption-too-long", "a caption of some 700 tokens")
def _(path):
    write_mp4(path, orbit(129))
    return "orbit 360 around a house, " + ", ".join(f"past window number {i} and its red door" for i in range(80))


@plant("twin.mp4", "same-caption", "the caption of good_02.mp4, word for word")
def _(path):
    write_mp4(path, orbit(130))
    return caption(2)


@plant("lonely.txt", "orphan-caption", "a caption without a clip")
def _(path):
    path.write_text("orbit 360 around something that is not here\n")


@plant("unwanted.mp4", "left-out", "left out by the edit list")
def _(path):
    write_mp4(path, orbit(131))


@plant("gone.mp4", "edits-without-clip", "in the edit list, but not in the folder")
def _(path):
    pieces = {"gone.mp4": [{"start": 0.0, "end": 1.0, "crop": None}], "unwanted.mp4": []}
    edits = {"version": 1, "clips": pieces}
    path.with_name(".wannb-edits.json").write_text(json.dumps(edits, indent=1) + "\n")
    return ""


def caption(number: int) -> str:
    return f"orbit 360 around the {THINGS[number % len(THINGS)]}" + (" again" if number >= len(THINGS) else "")
