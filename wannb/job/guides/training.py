"""What the guides say on SAVE, TRAINING and ADVANCED."""

from wannb.job.guides.entry import Advice, By
from wannb.job.guides.facts import STEPS

_BATCH = Advice("1", 1)
_BEST = "The best checkpoint is rarely the last: look around steps"

SAVE = {
    "save.dtype": Advice("BF16 or FP16", "bf16", why="Half the size of FP32, and as good."),
    "save.save_every": By(
        "task",
        {
            "t2v": Advice("250; 500 for runs of 5000-6000 steps", 250, 250, 500, why=f"{_BEST} 2000-3000."),
            "i2v": Advice("250; 500 for runs of 5000-6000 steps", 250, 250, 500, why=f"{_BEST} 2000-4000."),
        },
    ),
    "save.max_step_saves_to_keep": Advice(
        "4-6; more for runs of 5000-6000 steps", 4, 4, 6, why="An earlier checkpoint is the cure for an overfit one."
    ),
}
_STEPS = {kind: dict(zip(("low", "high"), STEPS[kind], strict=True)) for kind in STEPS}
_LOWER = "Where the loss is noisy or the LoRA overshoots, halve it, in mid-run too, resuming from the last checkpoint."
TRAINING = {
    "train.batch_size": By(
        "card",
        {
            **dict.fromkeys((12, 24, 48), _BATCH),
            80: Advice("1; 2-4 on 80 GB", 1, 1, 4),
            None: Advice("1; 2-4 on 80 GB", 1, 1, 4),
        },
        why="Each clip more takes its memory and its time.",
    ),
    "train.gradient_accumulation": Advice(
        "1; 2-4 for steadier steps where memory is tight",
        1,
        1,
        4,
        why="It averages as a larger batch does, at no memory and so many times the time.",
    ),
    "train.steps": By(
        "kind",
        {
            "motion": Advice(
                "1500-2500 for a motion",
                2000,
                **_STEPS["motion"],
                why="Where it works only on scenes like the clips, more varied clips help before more steps do.",
            ),
            "style": Advice(
                "1500-2500 for a style",
                2000,
                **_STEPS["style"],
                why="Where the look swamps the content, an earlier checkpoint is the better one.",
            ),
            "character": Advice(
                "2000-3000 for a character",
                2500,
                **_STEPS["character"],
                why="A likeness takes longer; past it the face grows stiff.",
            ),
            None: Advice("1500-2500; 2000-3000 for a character", None, 1500, 3000),
        },
        why="They are shared by both experts.",
    ),
    "train.optimizer": Advice("AdamW8Bit", "adamw8bit", why="Adam with its memory in a quarter of the room."),
    "train.lr": By(
        "kind",
        {
            "motion": Advice("0.0001; 0.00005 where it is noisy or overshoots", 1e-4, 5e-5, 1e-4),
            "style": Advice(
                "0.0001; 0.00005 where the look swamps the content",
                1e-4,
                5e-5,
                1e-4,
                why="A look that swamps the content is the sign.",
            ),
            "character": Advice("0.0001; 0.00005 where faces get worse", 1e-4, 5e-5, 1e-4),
            None: Advice("0.0001; 0.00005 where it is noisy or overshoots", 1e-4, 5e-5, 1e-4),
        },
        why=_LOWER,
    ),
    "train.optimizer_params.weight_decay": Advice("0.0001", 1e-4, why="Little enough not to fight what is learned."),
    "train.loss_type": Advice("Mean Squared Error", "mse", why="It is what Wan itself was trained with."),
    "train.timestep_type": By(
        "kind",
        {
            "motion": Advice(
                "Linear", "linear", why="Even along the schedule: the path of a motion and what moves are both learned."
            ),
            "style": Advice(
                "Linear or Shift",
                "linear",
                why="Linear gives tone and texture the same attention; Shift leans to high noise and its tone.",
            ),
            "character": Advice(
                "Sigmoid or Linear",
                "sigmoid",
                why="Sigmoid draws most from the middle of the schedule, where features take shape.",
            ),
            None: Advice("Linear; Sigmoid for a character"),
        },
    ),
    "train.content_or_style": By(
        "kind",
        {
            "motion": Advice(
                "Balanced; Favor High Noise for a pure camera move",
                "balanced",
                why="Where the camera does not move, favor high noise and name the motion in the captions.",
            ),
            "style": Advice("Favor High Noise", "content", why="The global tone of a look is set at high noise."),
            "character": Advice(
                "Balanced; Favor Low Noise where faces get worse",
                "balanced",
                why="A likeness at every scale needs all of each expert's range.",
            ),
            None: Advice("Balanced; Favor High Noise for a style"),
        },
    ),
    "train.ema_config.use_ema": Advice("off", False, why="A run this short is over before its mean has caught up."),
    "train.unload_text_encoder": Advice(
        "off: the captions are wanted", False, why="On is for training on the trigger word alone."
    ),
    "train.cache_text_embeddings": Advice(
        "on", True, why="The text encoder leaves the card; here it goes with DOP, triggers and caption dropout too."
    ),
    "train.diff_output_preservation": By(
        "kind",
        {
            "motion": Advice("off for a motion", False, why="A motion has no trigger word to swap for a class."),
            "style": Advice(
                "on for a style, class scene", True, why="Prompts without the word keep the look of the base."
            ),
            "character": Advice(
                "on for a character, class person", True, why="Other people keep their own faces."
            ),
            None: Advice("on for a style or a character, off for a motion"),
        },
        why="It needs a Trigger Word and about doubles the compute.",
    ),
    "train.diff_output_preservation_multiplier": Advice("1", 1.0, why="Preserving weighs as much as learning."),
    "train.diff_output_preservation_class": By(
        "kind",
        {
            "motion": Advice("a motion does without DOP"),
            "style": Advice("scene, landscape or the dominant subject", "scene"),
            "character": Advice("person", "person"),
            None: Advice("person for a character, scene or landscape for a style"),
        },
        why="It stands in the prompt where the trigger word stood, and what it means is what is kept.",
    ),
}  # fmt: skip
ADVANCED = {
    "train.do_differential_guidance": Advice(
        "off for first runs", False, why="First see what plain training gives; it can overshoot."
    ),
    "train.differential_guidance_scale": By(
        "kind",
        {
            **dict.fromkeys(("motion", "character", None), Advice("3; 2 if too strong, 4 if slow", 3.0, 2, 4)),
            "style": Advice("3; 1-2 for a broad style, 4 if slow", 3.0, 1, 4),
        },
        why="How many times the way to the target it aims.",
    ),
}
