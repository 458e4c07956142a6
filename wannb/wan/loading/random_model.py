"""What a model of Wan 2.2 14B's shapes with random weights is (`name_or_path: random`): its configuration alone."""

from typing import Any

from wannb.job import schedule
from wannb.job.cost.model_shape import IN_CHANNELS

TASKS = {"random/t2v": "t2v", "random/i2v": "i2v"}
"""What `weights.resolve` makes of `random`, by the job's task."""
EXPERT = {
    "_class_name": "WanTransformer3DModel", "image_dim": None, "added_kv_proj_dim": None, "patch_size": [1, 2, 2],
    "num_attention_heads": 40, "attention_head_dim": 128, "out_channels": 16, "text_dim": 4096, "freq_dim": 256,
    "ffn_dim": 13824, "num_layers": 40, "cross_attn_norm": True, "qk_norm": "rms_norm_across_heads", "eps": 1e-6,
    "rope_max_seq_len": 1024,
}  # fmt: skip
TEXT = {
    "vocab_size": 256384, "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64,
    "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False,
}  # fmt: skip
SCHEDULER = {"prediction_type": "flow_prediction", "use_flow_sigmas": True, "flow_shift": 3.0}
"""As it stands on the hub; what samples sets the shift."""
PIPELINES = {"t2v": "WanPipeline", "i2v": "WanImageToVideoPipeline"}


def is_random(where: object) -> bool:
    return where in TASKS


def config(where: str, name: str) -> dict[str, Any]:
    """What stands in the file `name` (`transformer/config.json`, …) of such a model (formats.md 1.1, 1.3)."""
    task = TASKS[where]
    expert = EXPERT | {"in_channels": IN_CHANNELS[task]}
    return {
        "model_index.json": {
            "_class_name": PIPELINES[task], "boundary_ratio": schedule.BOUNDARY[task], "expand_timesteps": False,
        },
        "transformer/config.json": expert,
        "transformer_2/config.json": expert,
        "text_encoder/config.json": TEXT,
        "vae/config.json": {"base_dim": 96},
        "scheduler/scheduler_config.json": SCHEDULER | {"flow_shift": schedule.SHIFT[task]},
    }[name]
