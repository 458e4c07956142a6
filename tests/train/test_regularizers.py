"""Gradients of a step's micro-batches against a slow, obvious reference: one graph, padded text, item by item."""

import pytest
import torch

from tests.train import small_job
from tests.train.small_job import material
from wannb.train.ahead import noise_for
from wannb.train.loop import take_step
from wannb.train.micro_batches import Material, plan
from wannb.train.passes import accumulate
from wannb.wan import text
from wannb.wan.adapters import lora


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("set")
    small_job.clips(root / "clips")
    return root


def worn(stuff: Material) -> Material:
    """A LoRA that adds something: at its beginning B is zero and every prediction the base's."""
    for learner in stuff.experts.learners.values():
        numbers = torch.Generator().manual_seed(7)
        for parameter in learner.parameters.values():
            parameter.data += 0.1 * torch.randn(parameter.shape, generator=numbers)
    return stuff


def forward(stuff, learner, micro, row: int, prompt: str, strength: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """The prediction for one item, its text padded to 512, and the item's velocity."""
    latents, _ = stuff.examples.batch(micro.indices)
    noise = noise_for(stuff.job.seed, micro, latents.shape)[row : row + 1]
    latents, t = latents[row : row + 1], micro.timesteps[row : row + 1]
    sigma = t / 1000
    noisy = (1 - sigma) * latents + sigma * noise
    embeds = text.pad(stuff.texts.embed([prompt]))
    with lora.strength(learner.transformer, strength):
        return learner.transformer(noisy, t, embeds, return_dict=False)[0], noise - latents


def reference(stuff, learner, micro_batches, item_loss) -> dict[str, torch.Tensor]:
    """The gradient of the mean of `item_loss(micro, row)` over all items, in one graph."""
    losses = [item_loss(micro, row) for micro in micro_batches for row in range(len(micro.indices))]
    parameters = list(learner.parameters.values())
    gradients = torch.autograd.grad(torch.stack(losses).mean(), parameters, allow_unused=True)
    return dict(zip(learner.parameters, gradients, strict=True))


def ours(stuff, learner, micro_batches) -> dict[str, torch.Tensor]:
    count = sum(len(micro.indices) for micro in micro_batches)
    for micro in micro_batches:
        accumulate(micro, learner, stuff, count)
    return {name: parameter.grad.clone() for name, parameter in learner.parameters.items()}


def compare(stuff, item_loss) -> None:
    learner = stuff.experts.at_work("high")
    micro_batches = plan(1, "high", stuff)
    expected = reference(stuff, learner, micro_batches, item_loss(stuff, learner))
    got = ours(stuff, learner, micro_batches)
    largest = max(float(gradient.abs().max()) for gradient in expected.values())
    for name, gradient in expected.items():
        torch.testing.assert_close(got[name], gradient, rtol=2e-3, atol=2e-5 * largest)


def mse(prediction, target):
    return (prediction - target).square().mean()


def dop(stuff, learner):
    def loss(micro, row):
        prompt = micro.prompts[row]
        main = mse(*forward(stuff, learner, micro, row, prompt))
        if "fast" not in prompt.split():
            return main
        kind = prompt.replace("fast", "circle")
        with torch.no_grad():
            prior, _ = forward(stuff, learner, micro, row, kind, strength=0.0)
        return main + 0.7 * mse(forward(stuff, learner, micro, row, kind)[0], prior)

    return loss


def bpp(stuff, learner):
    def loss(micro, row):
        main = mse(*forward(stuff, learner, micro, row, micro.prompts[row]))
        with torch.no_grad():
            prior, _ = forward(stuff, learner, micro, row, "", strength=0.0)
        return main + 0.3 * mse(forward(stuff, learner, micro, row, "")[0], prior)

    return loss


def seen_from_prediction(stuff, learner):
    def loss(micro, row):
        prediction, target = forward(stuff, learner, micro, row, micro.prompts[row])
        return mse(prediction, prediction.detach() + 3.0 * (target - prediction.detach()))

    return loss


def seen_from_base(stuff, learner):
    def loss(micro, row):
        prediction, target = forward(stuff, learner, micro, row, micro.prompts[row])
        with torch.no_grad():
            base, _ = forward(stuff, learner, micro, row, micro.prompts[row], strength=0.0)
        return mse(prediction, base + 3.0 * (target - base))

    return loss


def huber(stuff, learner):
    def loss(micro, row):
        prediction, target = forward(stuff, learner, micro, row, micro.prompts[row])
        return (torch.sqrt((prediction - target) ** 2 + 1e-4) - 0.01).mean()

    return loss


KNOBS = {
    "dop": (dop, {
        "diff_output_preservation": True, "diff_output_preservation_class": "circle",
        "diff_output_preservation_multiplier": 0.7,
    }),
    "bpp": (bpp, {"blank_prompt_preservation": True, "blank_prompt_preservation_multiplier": 0.3}),
    "guided, seen from the prediction": (seen_from_prediction, {"do_differential_guidance": True}),
    "guided, seen from the base": (seen_from_base, {"do_differential_guidance": True}),
    "pseudo-Huber": (huber, {"loss_type": "pseudo_huber"}),
}  # fmt: skip


@pytest.mark.parametrize("knob", KNOBS)
def test_gradient(folder, models, knob):
    item_loss, settings = KNOBS[knob]
    job = small_job.job(folder, models["t2v"], **settings)
    if knob == "guided, seen from the base":
        job.wannb.differential_guidance = "base"
    compare(worn(material(job)), item_loss)


def test_guidance_seen_from_the_prediction_is_the_plain_gradient_times_its_scale(folder, models):
    gradients = []
    for settings in ({}, {"do_differential_guidance": True, "differential_guidance_scale": 2.5}):
        stuff = worn(material(small_job.job(folder, models["t2v"], **settings)))
        gradients.append(ours(stuff, stuff.experts.at_work("high"), plan(1, "high", stuff)))
    for name, plain in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], 2.5 * plain, rtol=1e-3, atol=1e-7)


def test_what_is_kept_is_a_part_of_the_loss(folder, models):
    stuff = worn(material(small_job.job(folder, models["t2v"], **KNOBS["dop"][1])))
    row = take_step(1, stuff)
    assert set(row["loss_parts"]) == {"flow", "dop"} and row["loss_parts"]["dop"] > 0
    assert row["loss"] == pytest.approx(sum(row["loss_parts"].values()))
    fresh = take_step(1, material(small_job.job(folder, models["t2v"], **KNOBS["dop"][1])))
    assert fresh["loss_parts"]["dop"] == pytest.approx(0, abs=1e-9)  # B is zero: the LoRA is the base


def test_losses_and_gradient_count_as_the_set_says(folder, models):
    """loss_multiplier 3 is three times the loss and the gradient."""
    norms = []
    for multiplier in (1.0, 3.0):
        job = small_job.job(folder, models["t2v"])
        job.datasets[0].loss_multiplier = multiplier
        row = take_step(1, material(job))
        norms.append((row["loss"], row["grad_norm"]))
    assert norms[1] == pytest.approx([3 * value for value in norms[0]], rel=1e-4)


def test_delta_norm_tells_the_expert_at_work(folder, models):
    stuff = material(small_job.job(folder, models["t2v"]))
    rows = [take_step(step, stuff) for step in (1, 2, 3)]
    assert rows[0]["delta_norm"]["low"] == 0 and rows[0]["delta_norm"]["high"] > 0
    assert rows[2]["stage"] == "low" and rows[2]["delta_norm"]["low"] > 0
    assert rows[2]["delta_norm"]["high"] == rows[1]["delta_norm"]["high"]
