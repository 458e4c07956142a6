"""What the guides say on JOB, MODEL, QUANTIZATION, MULTISTAGE and TARGET."""

from wannb.job.guides.entry import Advice, By
from wannb.job.guides.facts import SWITCH_EVERY
from wannb.job.model import ADAPTERS, BASES

ARCHITECTURE = {"t2v": "wan22_14b", "i2v": "wan22_14b_i2v"}
ARA = "4bit with ARA"
_ARA = By("task", {task: Advice(ARA, ADAPTERS[arch]) for task, arch in ARCHITECTURE.items()})
_ARA_OR_FLOAT8 = By(
    "task",
    {task: Advice(f"{ARA}; float8 where it is unstable", ADAPTERS[arch]) for task, arch in ARCHITECTURE.items()},
)
_RANK = Advice("16; 32 for rich styles and faces", 16, 16, 32)
_FACE = Advice("16; 32 for high-resolution faces with memory to spare", 16, 16, 32)

JOB = {
    "name": Advice(
        "model, task and subject: wan_i2v_orbit_v1",
        why="Checkpoints and previews get this name, so one look tells later what a file is.",
    ),
    "device": Advice("cuda; cuda:1 is the second card", why="One card trains; a second one can train another job."),
    "training_folder": Advice("one folder for all runs", why="Every run makes a folder of its name in it."),
    "trigger_word": By(
        "kind",
        {
            "motion": Advice("usually none: the captions name the motion", why="A motion is asked for by its name."),
            "style": Advice(
                "recommended: short, unique, no real word",
                why="It keeps the look to prompts with the word, and DOP needs it.",
            ),
            "character": Advice(
                "needed: short, unique, no real word",
                why="It is the character's name: likeness gathers on it, and DOP needs it.",
            ),
            None: Advice("short, unique, no real word; a motion needs none"),
        },
    ),
}
MODEL = {
    "model.arch": By(
        "task",
        {
            "t2v": Advice("Wan 2.2 T2V 14B: the prompt alone", "wan22_14b"),
            "i2v": Advice("Wan 2.2 I2V (14B): a first frame that moves", "wan22_14b_i2v"),
        },
        why="A LoRA is for the model it was trained on.",
    ),
    "model.name_or_path": By(
        "task",
        {task: Advice(BASES[arch].split("/")[-1], BASES[arch]) for task, arch in ARCHITECTURE.items()},
        why="The architecture says which: both experts, text encoder and VAE, in BF16.",
    ),
    "model.low_vram": By(
        "card",
        {
            12: Advice("on for 10-12 GB", True),
            24: Advice("on for 24 GB", True),
            48: Advice("off for 48 GB, unless 1024 px or 81 frames run out of memory", False),
            80: Advice("off for 80 GB, unless 1024 px with 81 frames runs out of memory", False),
            None: Advice("on for 24 GB and less, off for 48 GB and more"),
        },
        why="Where it is on, both experts lie in main memory, and each comes block by block when its turn is near.",
    ),
    "model.layer_offloading": By(
        "card",
        {
            12: Advice("on for 10-12 GB, with 64 GB of RAM or more", True),
            **dict.fromkeys((24, 48, 80), Advice("off: it is for cards of 10-12 GB", False)),
            None: Advice("on for 10-12 GB with 64 GB of RAM, else off"),
        },
        why="The guides count on a peak of about 9 GB and twice the step time; here a block comes while others "
        "compute.",
    ),
}
QUANTIZATION = {
    "model.quantize": By(
        "card",
        {
            **dict.fromkeys((12, 24, 48), Advice(f"on, {ARA}; BF16 is rarely needed", True)),
            80: Advice("on, float8; BF16 is rarely needed", True),
            None: Advice("on; BF16 is rarely needed", True),
        },
        why="The 28 GB of an expert in BF16 become 14 in float8 and 7 in 4 bits.",
    ),
    "model.qtype": By(
        "card",
        {
            12: _ARA,
            24: _ARA,
            48: _ARA_OR_FLOAT8,
            80: Advice(f"float8, or {ARA}", "float8"),
            None: Advice(f"{ARA} for 24 GB; float8 is simpler for 48 GB and more"),
        },
        why="The adapter recovers what 4 bits lose: their memory at nearly the quality of BF16.",
    ),
    "model.quantize_te": Advice("on, float8", True, why="In BF16 the text encoder alone takes 11 GB."),
    "model.qtype_te": Advice("float8", "float8", why="Captions lose next to nothing by it."),
}
_SWITCH = {card: dict(zip(("low", "high"), SWITCH_EVERY[card], strict=True)) for card in SWITCH_EVERY}
MULTISTAGE = {
    "model.model_kwargs.train_high_noise": By(
        "kind",
        {
            "motion": Advice("on", True, why="A motion lives here."),
            "style": Advice("on", True, why="The global tone of a look is set here."),
            "character": Advice("on", True, why="It places the character in the scene."),
            None: Advice("on", True),
        },
        why="This expert decides composition, layout, camera and the path of a motion.",
    ),
    "model.model_kwargs.train_low_noise": By(
        "kind",
        {
            "motion": Advice("on", True, why="Without it a motion comes with under-trained detail."),
            "style": Advice("on", True, why="Grain and brush strokes live here."),
            "character": Advice("on", True, why="A likeness lives here."),
            None: Advice("on", True),
        },
        why="This expert decides detail, texture, identity and the smallest movements.",
    ),
    "train.switch_boundary_every": By(
        "card",
        {
            12: Advice("20-50 where swapping is slow", 25, **_SWITCH[12]),
            24: Advice("10; 20-50 where swapping is slow", 10, **_SWITCH[24]),
            48: Advice("10; 1 only where both experts stay on the card", 10, **_SWITCH[48]),
            80: Advice("10; 1 only where both experts stay on the card", 10, **_SWITCH[80]),
            None: Advice("10; 20-50 where swapping is slow", 10, 1, 50),
        },
        why="The more steps an expert has in a row, the less often one has to be swapped in.",
    ),
    "wannb.high_noise_share": By(
        "kind",
        {
            "motion": Advice(
                "0.7: most steps to the expert of motion",
                0.7,
                why="Timestep Bias cannot do that, it stays inside each expert; the low-noise expert keeps 3 steps "
                "in 10 for detail.",
            ),
            "style": Advice("0.5: both alike", 0.5, why="Tone is set at high noise and texture at low noise."),
            "character": Advice("0.5: both alike", 0.5, why="Pose comes from high noise and likeness from low noise."),
            None: Advice("0.5; more for a motion", 0.5),
        },
        why="It says which expert gets the steps.",
    ),
}
TARGET = {
    "network.type": Advice("LoRA", "lora", why="Every program that runs Wan loads it."),
    "network.linear": By(
        "kind",
        {
            "motion": Advice("16", 16, why="A motion is simple to hold."),
            "style": Advice("16; 16-32 for a complex look", 16, 16, 32, why="Lower it where the look swamps content."),
            "character": By(
                "card",
                {
                    **dict.fromkeys((12, 24, 48), _FACE),
                    80: Advice("32: faces, with memory to spare", 32, 16, 32),
                    None: _FACE,
                },
                why="Faces worse than the base's ask for 32.",
            ),
            None: _RANK,
        },
        why="More holds more, of the clips' scenes too; past 64 only on purpose.",
    ),
}
