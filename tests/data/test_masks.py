"""Masks: fitted like their clip, averaged down to the latent grid, of mean 1."""

from dataclasses import replace

import numbered
import numpy as np
import pytest
import torch
from PIL import Image

from wannb.data import ClipFolder, pixels
from wannb.data.cache import TensorCache, clip_key
from wannb.data.content import digest, file_digest
from wannb.data.items import items_of
from wannb.data.mask_folder import MaskFolder
from wannb.data.masks import Mask, weights
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.train.examples import Examples


def by_loops(grey, floor):
    """The weights of frames that have the bucket's size already: [F, H, W] in 0..1 -> [f, h, w]."""
    count, height, width = grey.shape
    wanted = np.zeros(((count - 1) // 4 + 1, height // 8, width // 8))
    for j, y, x in np.ndindex(*wanted.shape):
        covered = [0] if j == 0 else range(4 * j - 3, 4 * j + 1)
        cell = [grey[t, 8 * y + a, 8 * x + b] for t in covered for a in range(8) for b in range(8)]
        wanted[j, y, x] = floor + (1 - floor) * sum(cell) / len(cell)
    return wanted / wanted.mean()


def image(path, grey):
    Image.fromarray(grey).save(path)
    return path


@pytest.fixture
def grey():
    return np.random.default_rng(0).integers(0, 256, (32, 48), dtype=np.uint8)


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("floor", [0.0, 0.3])
def test_an_image_holds_for_all_frames(tmp_path, grey, invert, floor):
    mask = Mask(image(tmp_path / "a.png", grey), invert, floor)
    found = weights(mask, range(9), (48, 32))
    white = grey / 255
    wanted = by_loops(np.repeat((1 - white if invert else white)[None], 9, 0), floor)
    assert found.shape == (1, 3, 4, 6) and found.dtype == np.float32
    assert np.allclose(found[0], wanted, atol=1e-5) and found.mean() == pytest.approx(1, abs=1e-6)
    x, y = weights(mask, range(9), (48, 32), flip_x=True), weights(mask, range(9), (48, 32), flip_y=True)
    assert np.array_equal(x, found[..., ::-1]) and np.array_equal(y, found[:, :, ::-1])


def test_a_video_goes_frame_by_frame_and_is_fitted_as_its_clip(tmp_path):
    path = numbered.write(tmp_path / "a.mp4", count=40, size=(128, 96))
    picked, size = (0, 3, 3, 8, 12, 20, 29, 30, 39), (64, 80)
    job = Job.recipe("motion", task="t2v", data=tmp_path)
    item = replace(items_of(job)[0][0], frames=picked, size=size)
    shown = pixels.load(item).astype(float) @ [0.299, 0.587, 0.114] / 255
    assert np.allclose(weights(Mask(path), picked, size)[0], by_loops(shown, 0.0), atol=0.03)


def test_black_all_over_is_refused(tmp_path, grey):
    for mask in (Mask(image(tmp_path / "a.png", grey * 0)), Mask(image(tmp_path / "b.png", grey * 0 + 255), True)):
        with pytest.raises(Refusal, match="black"):
            weights(mask, range(5), (48, 32))


@pytest.fixture
def folders(tmp_path):
    clips, masks = tmp_path / "clips", tmp_path / "masks"
    (clips / "sub").mkdir(parents=True)
    masks.mkdir()
    for name in ("a", "sub/b", "c", "dark", "longer", "text", "linked"):
        numbered.write(clips / f"{name}.mp4", count=30)
    image(masks / "a.png", numbered.painted(5))
    numbered.write(masks / "b.mp4", count=30)
    image(masks / "dark.png", np.zeros((96, 128), np.uint8))
    numbered.write(masks / "longer.mp4", count=31)
    (masks / "text.png").write_text("no picture")
    (masks / "linked.png").symlink_to(image(tmp_path / "private.png", numbered.painted(5)))
    return clips, masks


def codes(folder, where):
    return {finding.code for finding in folder.findings if finding.where == where} - {"no-caption", "time-warp"}


def test_every_clip_gets_the_mask_of_its_name(folders):
    clips, masks = folders
    looked = ClipFolder(clips, num_frames=17, resolutions=[64], masks=MaskFolder(masks))
    assert {c.path.stem: c.mask and c.mask.path.name for c in looked.clips} == {
        "a": "a.png", "b": "b.mp4", "c": None, "linked": None}  # fmt: skip
    assert {c.path.stem: c.findings[-1].code for c in looked.refused} == {
        "dark": "black-mask", "longer": "mask-length", "text": "mask-unreadable"}  # fmt: skip
    assert "no-mask" in codes(looked, "c.mp4") and "link-outside" in codes(looked, "linked.mp4")
    assert not codes(looked, "a.mp4") - {"low-resolution"}


def test_folders_that_cannot_be_meant(folders, tmp_path):
    clips, masks = folders

    def errors(path):
        return {f.code for f in ClipFolder(clips, 17, [64], masks=MaskFolder(path)).findings if f.severity == "error"}

    assert errors(masks) == set() and errors(tmp_path / "gone") == {"no-mask-folder"}
    masks.rename(clips / "masks")
    assert errors(clips / "masks") == {"masks-among-clips"}
    (clips / "masks").rename(clips / "_masks")
    assert errors(clips / "_masks") == set()
    (tmp_path / "none").mkdir()
    assert "no-masks" in {f.code for f in ClipFolder(clips, 17, [64], masks=MaskFolder(tmp_path / "none")).findings}


def test_a_window_without_white_is_left_out(tmp_path):
    (tmp_path / "masks").mkdir()
    (tmp_path / "clips").mkdir()
    numbered.write(tmp_path / "clips" / "a.mp4", count=40)
    lit = [np.full((96, 128, 3), 255 * (i >= 20), np.uint8) for i in range(40)]
    from wannb.data.video_file import write_mp4

    write_mp4(tmp_path / "masks" / "a.mp4", np.stack(lit))
    looked = ClipFolder(
        tmp_path / "clips", 9, [64], shrink_video_to_frames=False, windows=3, masks=MaskFolder(tmp_path / "masks")
    )
    assert [window[0] for window in looked.clips[0].windows] == [16, 31] and "black-window" in codes(looked, "a.mp4")


def job_of(clips, masks=None, **settings):
    job = Job.recipe("motion", task="t2v", data=clips)
    dataset = job.datasets[0]
    dataset.num_frames, dataset.resolution, dataset.mask_path = 17, [64], masks and str(masks)
    for name, value in settings.items():
        setattr(dataset, name, value)
    return job


def test_keys_know_masks_and_are_as_ever_without(folders):
    clips, masks = folders
    plain = {item.source: item for item in items_of(job_of(clips))[0]}
    masked = {item.source: item for item in items_of(job_of(clips, masks))[0]}
    for item in plain.values():
        assert clip_key(item, "vae", "t2v") == digest("latents-1", item.key, "vae", "t2v")
    assert clip_key(masked["c.mp4"], "vae", "t2v") == clip_key(plain["c.mp4"], "vae", "t2v")
    keys = {clip_key(plain["a.mp4"], "vae", "t2v"), clip_key(masked["a.mp4"], "vae", "t2v")}
    for change in ({"invert_mask": True}, {"mask_min_value": 0.1}):
        keys |= {clip_key(i, "vae", "t2v") for i in items_of(job_of(clips, masks, **change))[0] if i.source == "a.mp4"}
    image(masks / "a.png", numbered.painted(6))
    keys.add(clip_key(masked["a.mp4"], "vae", "t2v"))
    assert len(keys) == 5 and file_digest(masks / "a.png")


def test_a_batch_has_ones_where_an_item_has_no_mask(tmp_path):
    cache, keys = TensorCache(tmp_path), ["ab" * 32, "cd" * 32, "ef" * 32]
    latents, mask = torch.zeros(16, 2, 3, 4), torch.rand(1, 2, 3, 4)
    for key, more in zip(keys, ({"mask": mask}, {}, {}), strict=True):
        cache.write(key, {"latents": latents, **more})
    examples = Examples(cache, keys)
    assert examples.masks([1, 2]) is None and len(examples.batch([0, 1])) == 2
    assert torch.equal(examples.masks([1, 0]), torch.stack([torch.ones(1, 2, 3, 4), mask]))
