"""Resume is exact with every knob turned: a run asked to stop in between ends as one that was not."""

import os
import signal

import pytest

from tests.train import small_job
from wannb.runs.log import MEASURED
from wannb.runs.run import Run
from wannb.runs.trainer import train

DOP = {"diff_output_preservation": True, "diff_output_preservation_class": "circle"}
KNOBS = {
    "EMA, DOP, cosine with warm-up, Adafactor": {
        **DOP, "ema_config": {"use_ema": True, "ema_decay": 0.8}, "optimizer": "adafactor", "lr_scheduler": "cosine",
        "lr_scheduler_params": {"num_warmup_steps": 2},
    },
    "8 bits, BPP, guidance from the base, sigmoid, content": {
        "optimizer": "adamw8bit", "blank_prompt_preservation": True, "do_differential_guidance": True,
        "timestep_type": "sigmoid", "content_or_style": "content",
    },
    "Prodigy, Unload TE, MAE, weighted, style": {
        "optimizer": "prodigy", "lr": 1.0, "unload_text_encoder": True, "loss_type": "mae", "timestep_type": "weighted",
        "content_or_style": "style",
    },
    "LoRA+, dropout, shares, live text, shift": {"cache_text_embeddings": False, "timestep_type": "shift"},
    "LoKr": {"gradient_checkpointing": True},
}  # fmt: skip


def job(folder, models, name: str):
    made = small_job.job(folder, models["t2v"], **KNOBS[name])
    if "LoRA+" in name:
        made.wannb.lora_plus_ratio, made.wannb.high_noise_share, made.network.dropout = 4.0, 0.7, 0.3
        made.wannb.high.rank, made.wannb.low.lr = 6, 1e-3
        made.train.gradient_checkpointing = True
    if "from the base" in name:
        made.wannb.differential_guidance = "base"
        made.network.linear = made.network.linear_alpha = 176  # the least of which 8-bit Adam holds anything in 8 bits
    if name == "LoKr":
        made.network.type, made.network.lokr_full_rank = "lokr", False
    return made


def stopping_after(step: int):
    """A progress that asks the trainer to stop once, as Ctrl-C does."""
    asked = []

    def progress(phase, done, total, **facts):
        if phase == "training" and done == step and not asked:
            asked.append(done)
            os.kill(os.getpid(), signal.SIGINT)

    return progress


def facts(run: Run) -> list[dict]:
    return [{key: value for key, value in row.items() if key not in MEASURED} for row in run.metrics()]


@pytest.mark.parametrize("name", KNOBS)
def test_stopped_and_resumed_is_the_whole_run(tmp_path, models, name):
    small_job.clips(tmp_path / "clips")
    runs = []
    for way in ("whole", "stopped"):
        made = job(tmp_path, models, name)
        made.name = way
        if way == "stopped":
            assert train(made, progress=stopping_after(3)).step == 3
        assert train(made, resume=way == "stopped").state == "done"
        runs.append(Run(made.run_dir))
    assert facts(runs[0]) == facts(runs[1])
    for expert in ("high", "low"):
        one, other = (_weights(getattr(run.checkpoint(), expert)) for run in runs)
        assert one == other


def _weights(path) -> bytes:
    """The file without its header, which holds the run's name."""
    data = path.read_bytes()
    return data[8 + int.from_bytes(data[:8], "little") :]
