"""A distillation LoRA on an expert: every spelling is one change, beside what is trained, without a trace."""

import pytest
import torch
from safetensors.torch import save_file

from tests import tiny_pipeline
from wannb.refusal import Refusal
from wannb.wan import previews
from wannb.wan.adapters import distilled, lora
from wannb.wan.adapters.adapter import Adapter
from wannb.wan.adapters.key_names import original_key
from wannb.wan.loading import weights

RANK = 3


@pytest.fixture
def expert(folders):
    return weights.load_expert(folders["t2v"], "high", torch.float32, "cpu")


def merged(folder, strength=1.0):
    """The expert with the changes of `tensors_of` in its own weights, and those changes in the original's names."""
    model = weights.load_expert(folder, "high", torch.float32, "cpu")
    generator, changes = torch.Generator().manual_seed(5), {}
    for name, parameter in model.named_parameters():
        key = original_key(name)
        module = key.removesuffix(".weight")
        if name.endswith(".weight") and parameter.ndim == 2:
            down = torch.randn(RANK, parameter.shape[1], generator=generator)
            up = 0.05 * torch.randn(parameter.shape[0], RANK, generator=generator)
            changes[module] = (down, up)
            parameter.data += strength * up @ down
        elif name.endswith(".bias"):
            delta = 0.05 * torch.randn(parameter.shape, generator=generator)
            changes[f"{key.removesuffix('.bias')}.diff_b"] = delta
            parameter.data += strength * delta
        elif "norm" in name:
            delta = 0.05 * torch.randn(parameter.shape, generator=generator)
            changes[f"{module}.diff"] = delta
            parameter.data += strength * delta
    return model, changes


def spelled(changes, alpha, low="lora_down.weight", high="lora_up.weight"):
    """The file's tensors: `alpha` per module (None: no such key), factors scaled so that the change is the same."""
    out = {}
    for name, change in changes.items():
        if isinstance(change, tuple):
            down, up = change
            out[f"diffusion_model.{name}.{low}"] = down.contiguous()
            out[f"diffusion_model.{name}.{high}"] = (up if alpha is None else up * RANK / alpha).contiguous()
            if alpha is not None:
                out[f"diffusion_model.{name}.alpha"] = torch.tensor(float(alpha))
        else:
            out[f"diffusion_model.{name}"] = change
    return out


SPELLINGS = {
    "lightx2v": {"alpha": 2},
    "no alpha": {"alpha": None},
    "lora_A": {"alpha": None, "low": "lora_A.weight", "high": "lora_B.weight"},
}


@pytest.mark.parametrize("how", SPELLINGS)
def test_every_spelling_is_the_merged_model(expert, folders, tmp_path, how):
    model, changes = merged(folders["t2v"])
    path = tmp_path / "fast.safetensors"
    save_file(spelled(changes, **SPELLINGS[how]), path)
    before = {name: tensor.clone() for name, tensor in expert.state_dict().items()}
    plain = tiny_pipeline.forward(expert)
    with distilled.attached(expert, path, 1.0, "cpu"):
        torch.testing.assert_close(tiny_pipeline.forward(expert), tiny_pipeline.forward(model), rtol=1e-4, atol=1e-4)
    assert (tiny_pipeline.forward(model) - plain).abs().max() > 1e-2
    assert torch.equal(tiny_pipeline.forward(expert), plain)
    assert all(torch.equal(tensor, before[name]) for name, tensor in expert.state_dict().items())


def test_kohyas_underscores_are_read(expert, folders, tmp_path):
    _, changes = merged(folders["t2v"])
    blocks = {name: one for name, one in changes.items() if isinstance(one, tuple) and name.startswith("blocks.")}
    dotted, flat = spelled(blocks, 2), {}
    for key, tensor in dotted.items():
        module, _, part = key.removeprefix("diffusion_model.").partition(".lora_")
        if part:
            flat[f"lora_unet_{module.replace('.', '_')}.lora_{part}"] = tensor
        else:
            flat[f"lora_unet_{module.removesuffix('.alpha').replace('.', '_')}.alpha"] = tensor
    outputs = []
    for name, tensors in (("dotted", dotted), ("flat", flat)):
        save_file(tensors, tmp_path / f"{name}.safetensors")
        with distilled.attached(expert, tmp_path / f"{name}.safetensors", 1.0, "cpu"):
            outputs.append(tiny_pipeline.forward(expert))
    assert torch.equal(*outputs)


@pytest.mark.parametrize("kind", ["lora", "lokr"])
def test_it_stands_beside_the_trained_adapter_at_its_own_strength(expert, folders, tmp_path, kind):
    model, changes = merged(folders["t2v"], strength=0.5)
    save_file(spelled(changes, 2), tmp_path / "fast.safetensors")
    for one in (expert, model):
        lora.attach(one, Adapter(kind, 4, 4), seed=1)
        tiny_pipeline.shake(one, 1)
        lora.set_strength(one, 0.7)
    gradients = [parameter.requires_grad for parameter in lora.trainable(expert)]
    with distilled.attached(expert, tmp_path / "fast.safetensors", 0.5, "cpu"):
        torch.testing.assert_close(tiny_pipeline.forward(expert), tiny_pipeline.forward(model), rtol=1e-4, atol=1e-4)
    assert [parameter.requires_grad for parameter in lora.trainable(expert)] == gradients == [True] * len(gradients)


def test_what_cannot_be_read_or_put_on_is_refused_and_changes_nothing(expert, folders, tmp_path):
    down, up = torch.randn(2, 24), torch.randn(24, 2)
    pair = {f"diffusion_model.blocks.0.self_attn.q.lora_{end}.weight": t for end, t in (("A", down), ("B", up))}
    bad = {
        "no weight of a Wan": pair | {"diffusion_model.blocks.0.self_attn.k_img.diff_b": torch.zeros(24)},
        "no key of a LoRA": pair | {"diffusion_model.blocks.0.self_attn.q.weight": torch.zeros(24, 24)},
        "LoKr weights": pair | {"diffusion_model.blocks.0.self_attn.q.lokr_w1": torch.zeros(2, 2)},
        "of another model": pair | {"diffusion_model.blocks.0.self_attn.q.diff_b": torch.zeros(25)},
        "of another model: it has blocks.9": {key.replace("blocks.0", "blocks.9"): t for key, t in pair.items()},
        "holds no LoRA": {"diffusion_model.blocks.0.self_attn.q.diff_b": torch.zeros(24)},
        "half of the pair": dict([next(iter(pair.items()))]),
    }
    before = {name: tensor.clone() for name, tensor in expert.state_dict().items()}
    for words, tensors in bad.items():
        save_file(tensors, tmp_path / "bad.safetensors")
        with pytest.raises(Refusal, match=words), distilled.attached(expert, tmp_path / "bad.safetensors", 1.0, "cpu"):
            pass
    assert all(torch.equal(tensor, before[name]) for name, tensor in expert.state_dict().items())
    with pytest.raises(Refusal, match="cannot be read"):
        distilled.read(tmp_path / "nowhere.safetensors")


def test_its_steps_are_eulers():
    """By hand: x + (sigma' - sigma) v, at the sigmas of the shifted schedule."""
    from diffusers import UniPCMultistepScheduler

    scheduler = UniPCMultistepScheduler.from_config(distilled.euler({}, 4), flow_shift=5.0)
    scheduler.set_timesteps(4)
    generator = torch.Generator().manual_seed(0)
    ours = theirs = torch.randn(1, 16, 1, 4, 4, generator=generator)
    line = [1 - i * (1 - 1e-3) / 4 for i in range(4)]
    sigmas = [5 * sigma / (1 + 4 * sigma) for sigma in line] + [0.0]
    for i, timestep in enumerate(scheduler.timesteps):
        velocity = torch.randn(ours.shape, generator=generator)
        ours = scheduler.step(velocity, timestep, ours, return_dict=False)[0]
        theirs = theirs + (sigmas[i + 1] - sigmas[i]) * velocity
    torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-2)


def test_a_clip_is_sampled_with_it(folders, tmp_path):
    parts = previews.Components(
        high=weights.load_expert(folders["t2v"], "high", torch.float32, "cpu"),
        low=weights.load_expert(folders["t2v"], "low", torch.float32, "cpu"),
        vae=weights.load_vae(folders["t2v"], "cpu"),
        boundary=0.875,
        shift=5.0,
        scheduler_config=distilled.euler({}, 4),
    )
    save_file(spelled(merged(folders["t2v"])[1], 2), tmp_path / "fast.safetensors")
    request = previews.Request(width=48, height=32, num_frames=5, steps=4, guidance_scale=1.0)
    embeds = tuple(torch.randn(n, 32, generator=torch.Generator().manual_seed(n)) for n in (5, 2))
    plain = previews.sample(parts, request, embeds)
    with distilled.attached(parts.high, tmp_path / "fast.safetensors", 1.0, "cpu"):
        fast = previews.sample(parts, request, embeds)
    assert (fast != plain).any() and (previews.sample(parts, request, embeds) == plain).all()
