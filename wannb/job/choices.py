"""What AI Toolkit lets one choose from, and why some of it is not to be had here."""

LATER = "it comes with a later version"
OPTIMIZERS = {
    "adamw": "AdamW", "adamw8bit": "AdamW8Bit", "adam": "Adam", "adam8bit": "Adam8Bit", "ademamix8bit": "AdEMAMix8Bit",
    "adafactor": "Adafactor", "automagic": "Automagic", "automagic2": "Automagic 2", "automagic3": "Automagic 3",
    "prodigy": "Prodigy", "prodigy8bit": "Prodigy8Bit", "prodigyopt": "ProdigyOpt", "lion": "Lion",
    "lion8bit": "Lion8Bit", "adagrad": "Adagrad", "dadaptation": "D-Adaptation", "dadaptadam": "D-Adapt Adam",
    "dadaptlion": "D-Adapt Lion",
    "adam8": "Adam8", "adamw8": "AdamW8",
}  # fmt: skip
_AUTOMAGIC = "it is AI Toolkit's own, without a paper or a second implementation to hold it against"
_LION = "it steps by the sign alone, at rates 3-10 times lower than all advice on Learning Rate here"
_D_ADAPTATION = "prodigy is its successor"
NO_OPTIMIZER = {
    "adam": "adamw with a Weight Decay of 0 is the same",
    "adam8bit": "adamw8bit with a Weight Decay of 0 is the same",
    "ademamix8bit": "its slow mean looks back over more steps than a LoRA is trained for",
    "automagic": _AUTOMAGIC,
    "automagic2": _AUTOMAGIC,
    "automagic3": _AUTOMAGIC,
    "prodigy8bit": "prodigy is there in full precision, which for a LoRA costs little",
    "prodigyopt": "it is prodigy by another name",
    "lion": _LION,
    "lion8bit": _LION,
    "adagrad": "its rate only ever falls, whatever the schedule says",
    "dadaptation": _D_ADAPTATION,
    "dadaptadam": _D_ADAPTATION,
    "dadaptlion": _D_ADAPTATION,
    "adam8": "adamw8bit with a Weight Decay of 0 is there in its place",
    "adamw8": "adamw8bit is there in its place",
}
TIMESTEP_TYPES = {
    "linear": "Linear", "sigmoid": "Sigmoid", "shift": "Shift", "weighted": "Weighted", "flux_shift": "Flux Shift",
    "lumina2_shift": "Lumina2 Shift", "lognorm_blend": "Lognorm Blend", "next_sample": "Next Sample",
    "one_step": "One Step", "two_step": "Two Step", "four_step": "Four Step", "eight_step": "Eight Step",
}  # fmt: skip
_SHIFTED = "on Wan, whose shift does not change with the size, it is the same as shift"
_FIXED = "its few fixed timesteps ignore the expert's range and train the wrong expert"
NO_TIMESTEP_TYPE = {
    "flux_shift": _SHIFTED,
    "lumina2_shift": _SHIFTED,
    "lognorm_blend": "AI Toolkit divides its draws by the largest of them, so the density is another at every step",
    "next_sample": "its own schedule of eight steps ignores the expert's range and trains the wrong expert",
    **dict.fromkeys(("one_step", "two_step", "four_step", "eight_step"), _FIXED),
}
LOSSES = {
    "mse": "Mean Squared Error", "mae": "Mean Absolute Error", "wavelet": "Wavelet", "stepped": "Stepped Recovery",
    "pseudo_huber": "Pseudo-Huber", "mean_flow": "Mean Flow",
}  # fmt: skip
NO_LOSS = {
    "wavelet": "AI Toolkit's is written for images and does not handle a video's latents",
    "stepped": "its sigmas and its timesteps disagree in AI Toolkit",
    "mean_flow": "it asks for the mean velocity between two timesteps, and Wan's transformers are told only one",
}
SCHEDULES = (
    "constant", "constant_with_warmup", "cosine", "cosine_with_restarts", "linear", "step", "polynomial",
    "piecewise_constant",
)  # fmt: skip
_BY_HAND = "stop, change Learning Rate and resume: the run goes on with the new rate"
NO_SCHEDULE = {
    "cosine_with_restarts": "a restart throws what was learned about again; take cosine",
    "polynomial": "linear is its first power, and cosine falls as gently",
    "step": _BY_HAND,
    "piecewise_constant": _BY_HAND,
}
NETWORKS = {
    "lora": "LoRA", "lokr": "LoKr", "locon": "LoCon", "lycoris": "LyCORIS", "lorm": "LoRM", "dora": "DoRA",
    "fullrank": "Full rank",
}  # fmt: skip
_LOCON = "what it adds to a LoRA are 2-D convolutions, and Wan's blocks have none: take lora"
NO_NETWORK = {
    "locon": _LOCON,
    "lycoris": _LOCON,
    "lorm": "it takes the place of the base's layers, where what loads on Wan adds to them",
    "dora": "diffusers drops its magnitudes (dora_scale) when it loads the file",
    "fullrank": "its files are as large as the experts",
}
PRECISIONS = {"bf16": "BF16", "fp16": "FP16", "fp32": "FP32"}
NO_PRECISION = {"fp16": "Wan was trained in BF16, whose range FP16 lacks: activations may overflow"}
TASKS = {"t2v": "Text-to-video", "i2v": "Image-to-video"}
