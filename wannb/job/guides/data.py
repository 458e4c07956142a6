"""What the guides say on DATASETS and SAMPLE."""

from wannb.job.guides.entry import Advice, By
from wannb.job.guides.facts import BUCKETS, FRAME_RANGE, FRAMES, TASKS

_COUNTS = {card: dict(zip(("low", "high"), FRAME_RANGE[card], strict=True)) for card in FRAME_RANGE}
_SOME = "33-41; 81 on 80 GB and more, 21 or 9 on 10-12 GB"
_SIDES = list(BUCKETS[24])
_MOTION = Advice("512, 768", _SIDES, 512, 1024)
_STABLE = Advice("512, 768; add 1024 once it is stable", _SIDES, 512, 1024)
_LARGE = Advice("512, 768, 1024 on 80 GB", list(BUCKETS[80]), 512, 1024)
_BUCKETS = {
    12: Advice("512 on 10-12 GB", list(BUCKETS[12]), 512, 512),
    24: Advice("512, 768 on 24 GB", _SIDES, 512, 768),
    48: _STABLE,
    None: Advice("512, 768; 1024 on 48 GB and more", _SIDES, 512, 1024),
}


def _frames(texts: dict[int, str]) -> dict:
    """By task and card; `texts` holds a card's clause, in which {} is the count."""
    return {
        task: By(
            "card",
            {card: Advice(texts[card].format(count), count, **_COUNTS[card]) for card, count in FRAMES[task].items()}
            | {None: Advice(texts[0])},
        )
        for task in TASKS
    }


DATASETS = {
    "datasets[].folder_path": By(
        "kind",
        {
            "motion": Advice(
                "10-30 clips of 3-8 s: one motion, varied subjects",
                why="The motion should fill nearly the whole clip and start at once.",
            ),
            "style": Advice(
                "10-40 clips or images: one look, varied scenes", why="What varies is what the look leaves alone."
            ),
            "character": Advice(
                "20-40 clips or images: varied pose, angle, background",
                why="What varies is what will not stick to the character; 10 is the least.",
            ),
            None: Advice("10-40 clips: one thing in common, the rest varied"),
        },
    ),
    "datasets[].default_caption": By(
        "kind",
        {
            "motion": Advice("names the motion: orbit 360 around the subject"),
            "style": Advice("names the look: grainy 16mm film look, warm tint"),
            "character": Advice("trigger and class: [trigger], young woman, casual clothing"),
            None: Advice("names what is learned"),
        },
        why="What the caption names is what the LoRA answers to.",
    ),
    "datasets[].caption_dropout_rate": By(
        "kind",
        {
            "motion": Advice("0.05-0.10", 0.05, 0.05, 0.1),
            "style": Advice("0.05", 0.05),
            "character": Advice("0.05", 0.05),
            None: Advice("0.05-0.10", 0.05, 0.05, 0.1),
        },
        why="A few draws without a caption keep guidance working; here also with cached embeddings.",
    ),
    "datasets[].network_weight": Advice("1", 1.0, why="It balances several sets; 2 is drawn twice as often as 1."),
    "datasets[].cache_latents_to_disk": Advice("always done here", why="AI Toolkit cannot do it for clips."),
    "datasets[].is_reg": Advice(
        "off; on for a set of what must not change", False, why="Such a set is trained without the trigger word."
    ),
    "datasets[].flip_x": By(
        "kind",
        {
            "motion": Advice("off", False, why="A mirrored orbit turns the other way."),
            "style": Advice("off; on is possible for a pure style", False, why="Most looks have no left and right."),
            "character": Advice("off", False, why="No face is its own mirror image."),
            None: Advice("off; on only for a pure style", False),
        },
    ),
    "datasets[].flip_y": Advice("off", False, why="Nothing in the world hangs upside down."),
    "datasets[].resolution": By(
        "kind",
        {
            "motion": By("card", _BUCKETS | {80: _MOTION}, why="A motion needs no more than 768."),
            "style": By("card", _BUCKETS | {80: _LARGE}, why="Texture gains from 1024 where it fits."),
            "character": By("card", _BUCKETS | {80: _LARGE}, why="Faces gain from 1024 where it fits."),
            None: By("card", _BUCKETS | {80: _LARGE}),
        },
        why="The largest one is what runs out of memory.",
    ),
    "datasets[].num_frames": By(
        "task",
        _frames({
            12: "{}; 9 where memory is short",
            24: "{}; 33-41 fit at 512 px",
            48: "{}; 33-41 is usual",
            80: "{}; 33-41 train faster",
            0: _SOME,
        }),
        why="They are spread evenly over the whole clip: more of them show a motion finer. A set of stills takes 1.",
    ),
}  # fmt: skip
_SIDE = {
    12: Advice("512, as trained", 512),
    **dict.fromkeys((24, 48, 80, None), Advice("768 × 768, or 704 × 1280", 768)),
}
SAMPLE = {
    "sample.sample_every": Advice("250, as Save Every", 250, why="Then every checkpoint has its clips."),
    "sample.sampler": Advice("FlowMatch", "flowmatch", why="Wan is a flow model."),
    "sample.width": By("card", _SIDE, why="Near the size of training, so that clips show what was learned."),
    "sample.height": By("card", _SIDE, why="Near the size of training, so that clips show what was learned."),
    "sample.guidance_scale": By(
        "task",
        {"t2v": Advice("2-4", 3.5, 2, 4), "i2v": Advice("3.5-4", 3.5, 3.5, 4)},
        why="More follows the prompt harder and burns colours.",
    ),
    "sample.sample_steps": Advice("25", 25, why="Enough to judge by; more takes longer and shows little more."),
    "sample.seed": Advice("42", 42, why="One seed for all checkpoints, so that only the training differs."),
    "sample.walk_seed": Advice("on", True, why="Then the prompts do not all start from the same noise."),
    "sample.num_frames": By(
        "task",
        _frames({
            **dict.fromkeys((12, 24, 48), "{}, as trained; 81 tests generalisation"),
            80: "{}, as trained",
            0: "as trained; 81 tests generalisation",
        }),
        why="A motion learned over fewer frames than are sampled comes out too fast.",
    ),
    "sample.fps": Advice("16", 16, why="Of the playback alone; training does not see it."),
    "sample.neg": Advice("may stay empty", why="What Wan should steer away from."),
    "sample.samples[].prompt": Advice("2-4 that mirror the captions", why="Worded as they are, trigger and all."),
    "sample.samples[].ctrl_img": By(
        "task",
        {"t2v": Advice("text-to-video takes none"), "i2v": Advice("every prompt needs one")},
        why="Image-to-video starts from it; the first frame of a clip will do.",
    ),
    "train.disable_sampling": Advice("off", False, why="Without clips a run is judged by its loss alone."),
    "train.skip_first_sample": Advice("off", False, why="The base's clips are what all later ones are compared with."),
    "train.force_first_sample": Advice("off", False, why="A resumed run has its clips already."),
}  # fmt: skip
