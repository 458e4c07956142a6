"""TRAINING and ADVANCED: how the experts learn (`train`)."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from wannb.job.choices import (
    LOSSES,
    NO_LOSS,
    NO_OPTIMIZER,
    NO_PRECISION,
    NO_SCHEDULE,
    NO_TIMESTEP_TYPE,
    OPTIMIZERS,
    PRECISIONS,
    SCHEDULES,
    TIMESTEP_TYPES,
)
from wannb.job.dataset import COLOURS
from wannb.job.section import Section
from wannb.job.setting import refused, setting
from wannb.job.spelling import lower, precision, text

Lower = Annotated[str, BeforeValidator(lower)]
Beta = Annotated[float, Field(ge=0, lt=1)]
MOST_STEPS = 999_999_999
"""Nine digits, as the names of checkpoints have them."""
DOP, BPP, CGL = "train.diff_output_preservation", "train.blank_prompt_preservation", "train.do_guidance_loss"
WHITE_NOISE = "Wan's flow and its samplers take noise of mean 0 and spread 1"
LATENTS = "Wan's latents are normalized by its VAE's own numbers"
VELOCITY = "samplers integrate the prediction as it is"


class OptimizerParams(Section):
    """The optimizer's own numbers (`train.optimizer_params`)."""

    PANEL = "TRAINING"
    weight_decay: float = setting(
        1e-4,
        absent=0.01,
        label="Weight Decay",
        importance="important",
        ge=0,
        help="How strongly weights are drawn to zero: 0.0001.",
    )
    betas: tuple[Beta, Beta] = setting((0.9, 0.999), label="Betas", help="Adam's two memories.")
    eps: float = setting(1e-6, label="Epsilon", gt=0, help="Adam's smallest divisor, as AI Toolkit has it.")


class EmaConfig(Section):
    """A running mean of the LoRA (`train.ema_config`)."""

    PANEL = "TRAINING"
    use_ema: bool = setting(False, label="Use EMA", importance="important", help="Save a running mean. Off.")
    ema_decay: float = setting(
        0.99, absent=0.999, label="EMA Decay", of="train.ema_config.use_ema", ge=0, le=1, help="Memory."
    )
    use_feedback: bool = refused(
        False,
        "the optimizer's memory would belong to other weights than it steps from",
        help="Feed the mean back into the weights.",
    )
    param_multiplier: float = refused(
        1.0, "weights multiplied at every step leave all bounds", help="Grow the weights at every step."
    )


class Train(Section):
    """How the experts learn (`train`)."""

    PANEL = "TRAINING"
    batch_size: int = setting(
        1, label="Batch Size", importance="important", ge=1, le=1024, unit="clips",
        help="Clips in one forward pass: 1; 2-4 on 80 GB.",
    )  # fmt: skip
    gradient_accumulation: int = setting(
        1, legacy=("gradient_accumulation_steps",), label="Gradient Accumulation", importance="important",
        ge=1, le=10_000, unit="batches", help="Batches averaged into one step: 1; 2-4 where memory is tight.",
    )  # fmt: skip
    steps: int = setting(
        2000, absent=1000, label="Steps", importance="essential", ge=1, le=MOST_STEPS, unit="steps",
        help="Optimizer steps of both experts together. Motion and style 1500-2500, characters 2000-3000.",
    )  # fmt: skip
    optimizer: Lower = setting(
        "adamw8bit", absent="adamw", label="Optimizer", importance="important", choices=OPTIMIZERS,
        built=("adamw", "adamw8bit", "adafactor", "prodigy"),
        why=NO_OPTIMIZER, help="AdamW8Bit keeps Adam's memory in 8 bits.",
    )  # fmt: skip
    lr: float = setting(
        1e-4, absent=1e-6, label="Learning Rate", importance="essential", gt=0, le=100,
        help="How far a step goes: 0.0001; 0.00005 where the loss is noisy or the LoRA overshoots, also in mid-run.",
    )  # fmt: skip
    optimizer_params: OptimizerParams = Field(default_factory=OptimizerParams)
    lr_scheduler: Lower = setting(
        "constant", label="Learning Rate Schedule", choices=SCHEDULES,
        built=("constant", "constant_with_warmup", "linear", "cosine"), why=NO_SCHEDULE, help="How the rate changes.",
    )  # fmt: skip
    lr_scheduler_params: dict = setting({}, of="train.lr_scheduler", help="Numbers of the schedule.")
    max_grad_norm: float = setting(1.0, label="Max Gradient Norm", gt=0, help="Longer gradients are shortened to this.")
    timestep_type: Lower = setting(
        "linear", absent="sigmoid", label="Timestep Type", importance="essential", choices=TIMESTEP_TYPES,
        built=("linear", "sigmoid", "shift", "weighted"),
        why=NO_TIMESTEP_TYPE,
        help="How timesteps are drawn inside an expert's range. Linear: evenly; Sigmoid: most from the middle of the "
        "schedule; Shift: most from its noisy end. wannb.plot_timesteps shows it.",
    )  # fmt: skip
    content_or_style: Lower = setting(
        "balanced", label="Timestep Bias", importance="essential",
        choices={"balanced": "Balanced", "content": "Favor High Noise", "style": "Favor Low Noise"},
        help="Shapes the draw inside each expert; it gives neither expert more steps.",
    )  # fmt: skip
    content_or_style_reg: Lower = setting(
        "balanced", inert=True, help="AI Toolkit reads content_or_style in its place."
    )
    loss_type: Lower = setting(
        "mse",
        label="Loss Type",
        importance="important",
        built=("mse", "mae", "pseudo_huber"),
        choices=LOSSES,
        why=NO_LOSS,
        help="How errors are measured: Mean Squared Error.",
    )
    ema_config: EmaConfig = Field(default_factory=EmaConfig)
    unload_text_encoder: bool = setting(
        False, label="Unload TE", importance="important",
        help="The text encoder leaves the card and captions are not used: every clip gets the trigger word alone.",
    )  # fmt: skip
    cache_text_embeddings: bool = setting(
        True, absent=False, label="Cache Text Embeddings", importance="important",
        help="On: captions are encoded once and kept on disk, and the text encoder leaves the card. Off: at each step, "
        "and it stays loaded.",
    )  # fmt: skip
    switch_boundary_every: int = setting(
        10, absent=1, panel="MULTISTAGE", label="Switch Every", importance="essential", ge=1, unit="steps",
        help="Steps on one expert before the other: 10 trains steps 1-10 on the one and 11-20 on the other. 20-50 "
        "where swapping is slow, 1 only where both stay on the card.",
    )  # fmt: skip
    dtype: Annotated[str, BeforeValidator(precision)] = setting(
        "bf16", absent="fp32", label="Training Precision", built=("bf16", "fp32"),
        choices=PRECISIONS,
        why=NO_PRECISION, help="Precision of the frozen base; the LoRA is FP32.",
    )  # fmt: skip
    gradient_checkpointing: bool = setting(
        True, label="Gradient Checkpointing", help="Compute activations twice to keep fewer."
    )
    noise_scheduler: Lower = refused(
        "flowmatch",
        "Wan is a flow model: it never saw noise of another schedule",
        label="Noise Scheduler",
        importance="important",
        help="How clips are noised.",
    )  # important, because AI Toolkit takes DDPM where a file does not say it
    train_unet: bool = refused(True, "nothing else is trained here", help="Train the transformers.")
    train_text_encoder: bool = refused(
        False, "LoRA files for Wan hold nothing for the text encoder", help="Also train the text encoder."
    )
    skip_first_sample: bool = setting(
        False,
        panel="SAMPLE",
        label="Skip First Sample",
        importance="important",
        help="No clips of the base before step 1, which later ones are compared with.",
    )
    force_first_sample: bool = setting(
        False, panel="SAMPLE", label="Force First Sample", importance="important",
        help="Sample at the start of a resumed run too.",
    )  # fmt: skip
    disable_sampling: bool = setting(
        False, panel="SAMPLE", label="Disable Sampling", importance="important", help="No previews at all."
    )

    diff_output_preservation: bool = setting(
        False, label="Differential Output Preservation", importance="essential",
        help="DOP: a second pass on the prompt with the class in the trigger's place, and a penalty where the LoRA "
        "changes it. On for styles and characters; needs a Trigger Word and about doubles the compute.",
    )  # fmt: skip
    diff_output_preservation_multiplier: float = setting(
        1.0, label="DOP Loss Multiplier", importance="important", of=DOP, ge=0, help="Weight of that penalty: 1."
    )
    diff_output_preservation_class: str = setting(
        "person", absent="", label="DOP Preservation Class", importance="important", of=DOP,
        help="What takes the trigger word's place: person, scene, landscape or the dominant subject.",
    )  # fmt: skip
    blank_prompt_preservation: bool = setting(
        False, label="Blank Prompt Preservation", help="The same with the empty prompt."
    )
    blank_prompt_preservation_multiplier: float = setting(
        1.0, label="BPP Loss Multiplier", of=BPP, ge=0, help="Its weight."
    )
    do_guidance_loss: bool = refused(
        False,
        "its unguided half is predicted with the LoRA being trained, so its target runs ahead of it",
        panel="ADVANCED",
        label="Contrastive Guidance Loss",
        help="Train towards a guided target.",
    )
    guidance_loss_target: float | list[float] = setting(
        3.0, panel="ADVANCED", label="Guidance Loss Target", of=CGL, help="Its guidance scale, or a range."
    )
    do_guidance_loss_cfg_zero: bool = setting(False, panel="ADVANCED", of=CGL, help="With CFG-Zero's scaling.")
    guidance_loss_schedule: str = setting(
        "constant", panel="ADVANCED", of=CGL, choices=("constant", "sigma"), help="Decay."
    )
    unconditional_prompt: str = setting("", panel="ADVANCED", of=CGL, help="The prompt to guide away from.")
    do_differential_guidance: bool = setting(
        False, panel="ADVANCED", label="Do Differential Guidance", importance="important",
        help="Aim past the target by a factor; off for first runs.",
    )  # fmt: skip
    differential_guidance_scale: float = setting(
        3.0, panel="ADVANCED", label="Differential Guidance Scale", importance="important",
        of="train.do_differential_guidance",
        help="How far past the target: 3; 2 if too strong, 4 if slow, 1-2 for broad styles.",
    )  # fmt: skip
    validation_config: dict | None = setting(
        None,
        panel="VALIDATION",
        label="Validation",
        built=(None, {}),
        why="AI Toolkit's measures images, all on one expert; set wannb.validate_every",
        help="Loss on images that are not trained on.",
    )

    reg_weight: float = setting(1.0, of="datasets[].is_reg", help="Weight of the regularization sets' loss.")
    linear_timesteps: bool = refused(
        False,
        "its bell is for one model over all timesteps; of two experts each would get one slope",
        help="A bell-shaped weight over linear timesteps.",
    )
    linear_timesteps2: bool = refused(
        False,
        "its bell is for one model over all timesteps; of two experts each would get one slope",
        help="Half of that bell.",
    )
    next_sample_timesteps: int = setting(8, inert=True, help="Steps of the type next_sample.")
    min_denoising_steps: int = setting(0, inert=True, help="Replaced by the expert's range.")
    max_denoising_steps: int = setting(999, inert=True, help="Replaced by the expert's range.")
    num_train_timesteps: int = refused(1000, "Wan counts to 1000", help="Timesteps from clean to noise.")
    noise_multiplier: float = refused(1.0, WHITE_NOISE, help="Scale the noise.")
    noise_offset: float = refused(0.0, WHITE_NOISE, help="Shift the noise of each clip.")
    latent_multiplier: float = refused(1.0, LATENTS, help="Scale the latents.")
    noisy_latent_multiplier: float = refused(1.0, LATENTS, help="Scale the noisy latents.")
    target_noise_multiplier: float = refused(1.0, VELOCITY, help="Scale the target's noise.")
    random_noise_multiplier: float = refused(0.0, WHITE_NOISE, help="Scale the noise by chance.")
    random_noise_shift: float = refused(0.0, WHITE_NOISE, help="Shift the noise by chance.")
    img_multiplier: float = refused(1.0, "Wan's VAE takes pixels from -1 to 1", help="Scale the pixels.")
    dynamic_noise_offset: bool = refused(False, WHITE_NOISE, help="Shift the noise by the latents' mean.")
    match_noise_norm: bool = refused(False, VELOCITY, help="Match the prediction's norm to the noise's.")
    snr_gamma: float | None = refused(
        None,
        "it is for DDPM's noise; a flow is weighted by its Timestep Type and Bias",
        help="Weight the loss by signal to noise.",
    )
    min_snr_gamma: float | None = refused(
        None, "it is for DDPM's noise; a flow is weighted by its Timestep Type and Bias", help="The same, bounded."
    )
    inverted_mask_prior: bool = refused(
        False,
        "outside a mask mask_min_value keeps the clip's own content in the loss",
        help="The base's prediction outside the mask.",
    )
    inverted_mask_prior_multiplier: float = setting(0.5, of="train.inverted_mask_prior", help="Its weight.")
    do_cfg: bool = refused(
        False,
        "the LoRA would learn the guidance that previews and ComfyUI then add once more",
        help="Guidance while training.",
    )
    do_random_cfg: bool = refused(
        False,
        "the LoRA would learn the guidance that previews and ComfyUI then add once more",
        help="Guidance of chance strength while training.",
    )
    cfg_scale: float = setting(1.0, of="train.do_cfg", help="Its strength.")
    max_cfg_scale: float | None = setting(None, of="train.do_random_cfg", help="Its largest strength.")
    cfg_rescale: float | None = setting(None, of="train.do_cfg", help="Its rescaling.")
    optimal_noise_pairing_samples: int = refused(
        1,
        "in as many dimensions as a clip has, no noise is noticeably nearer than another",
        help="Of so many noises take the nearest to the clip.",
    )
    force_consistent_noise: bool = refused(
        False, "the LoRA would learn each clip's noise by heart", help="One noise for each clip."
    )
    blended_blur_noise: bool = refused(False, WHITE_NOISE, help="Blurred noise blended in.")
    t0_loss_target: bool = refused(
        False,
        "on a flow that is the same loss times sigma squared; Timestep Bias weights timesteps",
        help="Loss on the clean latents.",
    )
    do_fft_loss: bool = refused(
        False, "frequencies of a latent are not those of the picture", help="Loss on frequencies."
    )
    max_loss: float | None = refused(
        None, "max_grad_norm bounds the step whatever the loss", help="Larger losses are cut to this."
    )
    max_loss_debug: bool = setting(False, of="train.max_loss", help="Say more where one is cut.")
    loss_target: str = refused(
        "noise", "Wan predicts the velocity, noise minus latents", help="What the loss is measured against."
    )
    prompt_dropout_prob: float = refused(
        0.0, "caption_dropout_rate of the data set does it", ge=0, le=1, help="Drop captions in the text encoder."
    )
    prompt_saturation_chance: float = refused(
        0.0,
        "it fills up CLIP's 77 tokens; Wan's text encoder takes 512",
        ge=0,
        le=1,
        help="Repeat the caption by chance.",
    )
    negative_prompt: Annotated[str, BeforeValidator(text)] = setting(
        "", of="train.do_cfg", help="For guidance in training."
    )
    start_step: int | None = setting(
        None, built=(None, 0), why="steps count from 1; a run goes on with --resume", help="Begin counting steps here."
    )
    merge_network_on_save: bool = refused(
        False,
        "checkpoints are LoRA files; the merged experts would be 28 GB each",
        help="Save the whole model with the LoRA in it.",
    )
    weight_jitter: float = refused(
        0.0, "it moves weights by chance, and a step here is a function of its number", help="Shake the weights."
    )
    pred_scaler: float = refused(1.0, VELOCITY, help="Scale the prediction.")
    correct_pred_norm: bool = refused(False, VELOCITY, help="Correct the prediction's norm.")
    do_prior_divergence: bool = refused(
        False, "a loss that rewards leaving the base knows no end", help="Push away from the base."
    )
    do_blank_stabilization: bool = refused(
        False,
        "trained on latents of zeros, the empty prompt is no use to guidance",
        help="Pull the empty prompt to zero.",
    )
    standardize_images: bool = refused(False, COLOURS, help="Shift every clip to one mean and spread.")
    standardize_latents: bool = refused(False, LATENTS, help="Shift all latents to one mean and spread.")
    short_and_long_captions: bool = refused(
        False, "a clip has one caption, in the file beside it", help="Train every clip with two captions."
    )
    single_item_batching: bool = refused(
        False, "Batch Size 1 with Gradient Accumulation does the same", help="A batch one clip at a time."
    )
    do_paramiter_swapping: bool = refused(
        False, "a LoRA is small enough to be trained whole", help="Train a changing part of the weights."
    )
    paramiter_swapping_factor: float = setting(0.1, of="train.do_paramiter_swapping", help="How large a part.")
    unet_lr: float | None = refused(
        None,
        "Learning Rate is the transformers', and wannb.high.lr and wannb.low.lr each one's own",
        help="The transformers' own rate.",
    )
    text_encoder_lr: float | None = setting(None, of="train.train_text_encoder", help="The text encoder's own rate.")
    attention_backend: Lower = refused(
        "native",
        "AI Toolkit's choice reaches neither of Wan 2.2's transformers either",
        help="Which attention the transformers compute with.",
    )
    sdp: bool = setting(False, inert=True, help="PyTorch's attention is used anyway.")
    xformers: bool = setting(False, inert=True, help="No effect on Wan.")
    auto_scale_batch_size: bool = setting(False, inert=True, help="Left over from AI Toolkit's form; no effect.")
    bypass_guidance_embedding: bool = setting(False, inert=True, help="Wan has no guidance embedding; no effect.")
    audio_loss_multiplier: float = setting(1.0, inert=True, help="Wan has no sound; no effect.")
