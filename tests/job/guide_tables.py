"""The guides' tables (sections 2, 4 and 5), transcribed by hand: nothing of it is read off the product."""

# Section 4: every setting named there, panel by panel: label, key, what a new job has (`...` where that is its own).
PANELS = {
    "JOB": [
        ("Training Name", "name", ...),
        ("GPU ID", "device", "cuda"),
        ("Output Directory", "training_folder", ...),
        ("Trigger Word", "trigger_word", None),
    ],
    "MODEL": [
        ("Model Architecture", "model.arch", "wan22_14b_i2v"),
        ("Name or Path", "model.name_or_path", "ai-toolkit/Wan2.2-I2V-A14B-Diffusers-bf16"),
        ("Low VRAM", "model.low_vram", False),
        ("Layer Offloading", "model.layer_offloading", False),
    ],
    "QUANTIZATION": [
        ("Transformer", "model.qtype", "qfloat8"),
        ("Text Encoder", "model.qtype_te", "qfloat8"),
    ],
    "MULTISTAGE": [
        ("High Noise", "model.model_kwargs.train_high_noise", True),
        ("Low Noise", "model.model_kwargs.train_low_noise", True),
        ("Switch Every", "train.switch_boundary_every", 10),
    ],
    "TARGET": [("Target Type", "network.type", "lora"), ("Linear Rank", "network.linear", 16)],
    "SAVE": [
        ("Data Type", "save.dtype", "bf16"),
        ("Save Every", "save.save_every", 250),
        ("Max Step Saves to Keep", "save.max_step_saves_to_keep", 4),
    ],
    "TRAINING": [
        ("Batch Size", "train.batch_size", 1),
        ("Gradient Accumulation", "train.gradient_accumulation", 1),
        ("Steps", "train.steps", 2000),
        ("Optimizer", "train.optimizer", "adamw8bit"),
        ("Learning Rate", "train.lr", 0.0001),
        ("Weight Decay", "train.optimizer_params.weight_decay", 0.0001),
        ("Loss Type", "train.loss_type", "mse"),
        ("Timestep Type", "train.timestep_type", "linear"),
        ("Timestep Bias", "train.content_or_style", "balanced"),
        ("Use EMA", "train.ema_config.use_ema", False),
        ("Unload TE", "train.unload_text_encoder", False),
        ("Cache Text Embeddings", "train.cache_text_embeddings", True),
        ("Differential Output Preservation", "train.diff_output_preservation", False),
        ("DOP Loss Multiplier", "train.diff_output_preservation_multiplier", 1),
        ("DOP Preservation Class", "train.diff_output_preservation_class", "person"),
    ],
    "ADVANCED": [
        ("Do Differential Guidance", "train.do_differential_guidance", False),
        ("Differential Guidance Scale", "train.differential_guidance_scale", 3),
    ],
    "DATASETS": [
        ("Target Dataset", "datasets[].folder_path", ...),
        ("Default Caption", "datasets[].default_caption", ""),
        ("Caption Dropout Rate", "datasets[].caption_dropout_rate", 0.05),
        ("LoRA Weight", "datasets[].network_weight", 1),
        ("Cache Latents", "datasets[].cache_latents_to_disk", False),
        ("Is Regularization", "datasets[].is_reg", False),
        ("Flip X", "datasets[].flip_x", False),
        ("Flip Y", "datasets[].flip_y", False),
        ("Resolutions", "datasets[].resolution", [512, 768]),
        ("Num Frames", "datasets[].num_frames", 41),
    ],
    "SAMPLE": [
        ("Sample Every", "sample.sample_every", 250),
        ("Sampler", "sample.sampler", "flowmatch"),
        ("Width", "sample.width", 768),
        ("Height", "sample.height", 768),
        ("Guidance Scale", "sample.guidance_scale", 3.5),
        ("Sample Steps", "sample.sample_steps", 25),
        ("Seed", "sample.seed", 42),
        ("Walk Seed", "sample.walk_seed", True),
        ("Num Frames", "sample.num_frames", 41),
        ("FPS", "sample.fps", 16),
        ("Negative Prompt", "sample.neg", ""),
        ("Prompt", "sample.samples[].prompt", ""),
        ("Control Image", "sample.samples[].ctrl_img", None),
        ("Disable Sampling", "train.disable_sampling", False),
        ("Skip First Sample", "train.skip_first_sample", False),
        ("Force First Sample", "train.force_first_sample", False),
    ],
}
NAMED = [(panel, *row) for panel, rows in PANELS.items() for row in rows]
CHOICES = {
    "model.arch": {"Wan 2.2 T2V 14B", "Wan 2.2 I2V (14B)"},
    "model.qtype": {"4bit with ARA (Wan 2.2 T2V 14B)", "4bit with ARA (Wan 2.2 I2V (14B))", "float8", "qfloat8"},
    "model.qtype_te": {"float8", "qfloat8"},
    "network.type": {"LoRA"},
    "save.dtype": {"BF16", "FP16"},
    "train.optimizer": {"AdamW8Bit"},
    "train.loss_type": {"Mean Squared Error"},
    "train.timestep_type": {"Linear", "Sigmoid", "Shift", "Weighted"},
    "train.content_or_style": {"Balanced", "Favor High Noise", "Favor Low Noise"},
    "datasets[].resolution": {"512", "768", "1024"},
    "sample.sampler": {"FlowMatch"},
}

# Section 2: what each kind takes; a set holds what the guides allow, the first of a tuple is what they name first.
KINDS = {
    "motion": {
        "train.steps": range(1500, 2501),
        "network.linear": (16,),
        "train.timestep_type": ("linear",),
        "train.content_or_style": ("balanced",),
        "train.diff_output_preservation": (False,),
        "datasets[0].caption_dropout_rate": (0.05, 0.1),
        "datasets[0].resolution": ([512, 768], [512]),
        "wannb.high_noise_share": (0.7,),  # motion leans on high noise; design decision 3
    },
    "style": {
        "train.steps": range(1500, 2501),
        "network.linear": range(16, 33),
        "train.timestep_type": ("linear", "shift"),
        "train.content_or_style": ("content",),
        "train.diff_output_preservation": (True,),
        "train.diff_output_preservation_multiplier": (1,),
        "train.diff_output_preservation_class": ("scene", "landscape"),
        "datasets[0].caption_dropout_rate": (0.05,),
        "datasets[0].resolution": ([512, 768], [512], [512, 768, 1024]),
        "wannb.high_noise_share": (0.5,),
    },
    "character": {
        "train.steps": range(2000, 3001),
        "network.linear": (16, 32),
        "train.timestep_type": ("sigmoid", "linear"),
        "train.content_or_style": ("balanced",),
        "train.diff_output_preservation": (True,),
        "train.diff_output_preservation_multiplier": (1,),
        "train.diff_output_preservation_class": ("person",),
        "datasets[0].caption_dropout_rate": (0.05,),
        "datasets[0].resolution": ([512, 768], [512], [512, 768, 1024]),
        "wannb.high_noise_share": (0.5,),
    },
}
# Section 2's last lines and section 4: the same for all.
ALL = {
    "model.model_kwargs.train_high_noise": True,
    "model.model_kwargs.train_low_noise": True,
    "train.lr": 0.0001,
    "train.optimizer": "adamw8bit",
    "train.optimizer_params.weight_decay": 0.0001,
    "train.loss_type": "mse",
    "train.batch_size": 1,
    "train.gradient_accumulation": 1,
    "train.ema_config.use_ema": False,
    "train.unload_text_encoder": False,
    "train.cache_text_embeddings": True,
    "train.do_differential_guidance": False,
    "network.type": "lora",
    "network.linear_alpha": None,
    "save.dtype": "bf16",
    "save.save_every": 250,
    "sample.sample_every": 250,
    "sample.sample_steps": 25,
    "sample.seed": 42,
    "sample.fps": 16,
    "sample.sampler": "flowmatch",
    "datasets[0].network_weight": 1,
    "datasets[0].is_reg": False,
    "datasets[0].flip_x": False,
    "datasets[0].flip_y": False,
}
# Sections 4 and 5: what each card takes; Num Frames for text- and for image-to-video; Switch Every from … to.
LOW_VRAM = {12: True, 24: True, 48: False, 80: False}
OFFLOAD = {12: True, 24: False, 48: False, 80: False}
QTYPE = {12: "uint4", 24: "uint4", 48: "uint4", 80: "float8"}
FRAMES = {
    "t2v": {12: (9, 21), 24: (33,), 48: (33, 41), 80: (41, 81)},
    "i2v": {12: (9, 21), 24: (41,), 48: (33, 41), 80: (41, 81)},
}
LARGEST = {12: 512, 24: 768, 48: 1024, 80: 1024}
SWITCH_EVERY = {12: (20, 50), 24: (10, 50), 48: (10, 10), 80: (10, 10)}
