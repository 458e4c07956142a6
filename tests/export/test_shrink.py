"""Rank reduction: the best approximation by a dense SVD (Eckart-Young), the same format, and its cost told truly."""

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tests import tiny_pipeline
from tests.export.test_pair_export import LOKR, NAME, make_run
from wannb.data.video import read_frames
from wannb.export.shrink import shrink
from wannb.export.shrunk_clips import clips
from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.ui.shrink_plot import plot_shrunk
from wannb.wan.adapters import lora, lora_file, low_rank
from wannb.wan.adapters.adapter import Adapter

BOTH = ("high", "low")


@pytest.fixture(scope="module")
def run(folders, tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("shrunk"), folders["t2v"], "t2v", network={"linear": 8})


def dense(path):
    state, header = lora_file.read(path)
    names = [name.removesuffix(".lora_A.weight") for name in state if ".lora_A." in name]
    return {name: state[f"{name}.lora_B.weight"] @ state[f"{name}.lora_A.weight"] for name in names}, header


@pytest.mark.parametrize("rank", [1, 3, 7])
def test_each_layer_is_what_a_dense_svd_leaves(run, tmp_path, rank):
    for file in shrink(run, rank=rank, out=tmp_path):
        (old, _), (new, header) = dense(file.source), dense(file.target)
        assert old.keys() == new.keys() and header["wannb.rank"] == header["ss_network_dim"] == str(rank)
        lost = 0.0
        for layer in file.layers:
            left, values, right = torch.linalg.svd(old[layer.name].double(), full_matrices=False)
            best = left[:, :rank] @ torch.diag(values[:rank]) @ right[:rank]
            torch.testing.assert_close(new[layer.name].double(), best, rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(layer.values[:8], values[: len(layer.values)], rtol=1e-4, atol=1e-5)
            cut = values[rank:].norm()
            assert layer.error == pytest.approx((cut / values.norm()).item(), rel=1e-3)
            lost += cut.item() ** 2
        whole = sum(matrix.double().square().sum().item() for matrix in old.values())
        assert file.error == pytest.approx((lost / whole) ** 0.5, rel=1e-3)
        assert file.bytes_after == file.target.stat().st_size < file.bytes_before


def test_a_share_to_keep_gives_each_layer_its_own_rank(run, tmp_path):
    for file in shrink(Run(run), keep=0.9, out=tmp_path):
        for layer in file.layers:
            energy = np.cumsum(np.square(layer.values)) / np.sum(np.square(layer.values))
            assert energy[layer.rank - 1] >= 0.9 * (1 - 1e-6)
            assert layer.rank == 1 or energy[layer.rank - 2] < 0.9
        assert len({layer.rank for layer in file.layers}) > 1


def test_files_with_a_rank_for_each_layer_load(run, folders, tmp_path):
    file = shrink(run, keep=0.9, out=tmp_path)[0]
    expected, _ = dense(file.target)
    ours = tiny_pipeline.transformer("t2v")
    lora_file.load(ours, file.target)
    assert lora.delta_norm(ours).item() == pytest.approx(
        sum(matrix.square().sum().item() for matrix in expected.values()) ** 0.5, rel=1e-4
    )
    from diffusers import WanPipeline

    theirs = tiny_pipeline.transformer("t2v")
    theirs.load_state_dict({k.replace(".base_layer", ""): v for k, v in ours.state_dict().items() if "lora_" not in k})
    pipe = WanPipeline(None, None, None, None, transformer=theirs)
    pipe.load_lora_weights(str(file.target))
    torch.testing.assert_close(tiny_pipeline.forward(ours), tiny_pipeline.forward(theirs), rtol=1e-4, atol=1e-5)


def test_facts_precision_and_names_stay(run, tmp_path):
    source = tmp_path / "mine_low_noise.safetensors"
    state, header = lora_file.read(run / "checkpoints" / f"{NAME}_low_noise.safetensors")
    lora_file.write(source, state, Adapter("lora", 8, 8), torch.bfloat16, header)
    (file,) = shrink(source, rank=2)
    assert file.target == tmp_path / "mine_r2_low_noise.safetensors"
    tensors, new = lora_file.tensors_and_header(file.target)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.bfloat16}
    new_ones = ("wannb.rank", "wannb.alpha", "ss_network_dim", "ss_network_alpha")
    same = {key: value for key, value in header.items() if key not in new_ones}
    assert {key: new[key] for key in same} == same and new["wannb.shrunk_from_rank"] == "8"
    assert "% is lost" in str(file) and file.to_dict()["ranks"] == [2, 2]


class Largest(TorchDispatchMode):
    """Keeps the size of the largest tensor that any operation returned."""

    numbers = 0

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        results = function(*arguments, **(options or {}))
        for one in results if isinstance(results, tuple | list) else [results]:
            self.numbers = max(self.numbers, one.numel() if isinstance(one, torch.Tensor) else 0)
        return results


def test_the_product_is_never_formed():
    """The dense product of a 14B's layer has 70 million numbers, its factors 50 thousand."""
    generator = torch.Generator().manual_seed(0)
    down, up = torch.randn(4, 5120, generator=generator), torch.randn(13824, 4, generator=generator)
    with Largest() as largest:
        found = low_rank.singular(down, up)
        lost = low_rank.squared_distance((down, up), found.cut(2))
    assert largest.numbers <= 8 * 13824
    assert lost == pytest.approx(found.values[2:].double().square().sum().item(), rel=1e-4)


def test_the_picture_shows_every_layer_and_the_loss(run, tmp_path):
    files = shrink(run, rank=2, out=tmp_path)
    figure = plot_shrunk(files)
    spectra, losses = figure.axes[0], figure.axes[1]
    assert len(spectra.lines) == 2 * len(files[0].layers) + 2
    assert f"{100 * files[0].error:.1f} %" in losses.get_legend().get_texts()[0].get_text()
    assert "MB" in losses.get_title(loc="left")


def test_clips_show_what_it_does(run, tmp_path):
    prompt, made = clips(run, shrink(run, rank=1, out=tmp_path))
    frames = {name: read_frames(path, range(5)).astype(int) for name, path in made.items()}
    assert prompt and set(made) == {"base", "full", "shrunk"} and all(path.parent == tmp_path for path in made.values())
    assert np.abs(frames["full"] - frames["base"]).mean() > np.abs(frames["full"] - frames["shrunk"]).mean() > 0


def test_what_cannot_be_shrunk_is_refused(run, folders, tmp_path):
    lokr = make_run(tmp_path, folders["t2v"], "t2v", network=LOKR)
    for arguments, words in (
        ((lokr, 2), "is a LoKr"),
        ((run, 8), "has rank 8 already"),
        ((run,), "either a rank or a share"),
        ((run, 0), "at least 1"),
        ((run, None, 1.5), "at most 1"),
        ((tmp_path / "nowhere.safetensors", 2), "cannot be read"),
        ((tmp_path, 2), "no run directory"),
    ):
        with pytest.raises(Refusal, match=words):
            shrink(*arguments)
