"""DATASETS: one folder of clips and how it is read."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from wannb.job.frame_counts import MOST_FRAMES
from wannb.job.section import Section
from wannb.job.setting import refused, setting
from wannb.job.spelling import extension, numbers, text, texts

Texts = Annotated[list[str], BeforeValidator(texts)]
Sizes = Annotated[list[Annotated[int, Field(ge=16)]], BeforeValidator(numbers), Field(min_length=1)]
NO_PATH = (None, "")
NO_CONTROL = "Wan 2.2 14B takes no control images; the first frame of image-to-video comes from the clip"
SENTENCES = "Wan's text encoder reads sentences, whose parts do not come in any order"
COLOURS = "it would shift colours and contrast, which Wan's VAE and the previews take as they are"
SIZES = (256, 512, 768, 1024, 1280, 1328, 1536, 2048)


class Dataset(Section):
    """One data set (`datasets[]`)."""

    PANEL = "DATASETS"
    folder_path: str | None = setting(
        None, label="Target Dataset", importance="essential", unit="path",
        help="Folder of clips (.mp4, .mov …, no GIF) or images, each with its caption in a .txt of the same name. "
        "Trimmed, so that the motion starts at once.",
    )  # fmt: skip
    dataset_path: str | None = setting(
        None,
        label="Dataset File",
        built=(None, ""),
        unit="path",
        why="a set is a folder with its captions beside the clips",
        help="A JSON file of paths and captions.",
    )
    caption_ext: Annotated[str, BeforeValidator(extension)] = setting(
        "txt", legacy=("caption_type",), label="Caption Extension",
        help="Ending of the caption files; what is in them is taken as it stands.",
    )  # fmt: skip
    default_caption: Annotated[str, BeforeValidator(text)] = setting(
        "", label="Default Caption", importance="important",
        help="For clips without a caption of their own; [trigger] in it becomes the Trigger Word.",
    )  # fmt: skip
    caption_dropout_rate: float = setting(
        0.05, absent=0.0, label="Caption Dropout Rate", importance="important", ge=0, le=1,
        help="Share of the draws that are trained with the empty caption, so that guidance keeps working: 0.05-0.10.",
    )  # fmt: skip
    num_frames: int = setting(
        41, absent=1, label="Num Frames", importance="essential", ge=1, le=MOST_FRAMES, unit="frames",
        help="Frames taken of a clip, evenly over its whole length; 4n+1. 33-41 is usual, 81 on 80 GB, 21 or 9 on "
        "10-12 GB; 1 for stills.",
    )  # fmt: skip
    resolution: Sizes = setting(
        [512, 768], absent=[512], label="Resolutions", importance="essential", unit="px", choices=SIZES,
        help="Each is a square's side: clips are scaled down to its area, in their own shape. 512 and 768, 1024 once "
        "that is stable; the largest decides the memory.",
    )  # fmt: skip
    num_repeats: int = setting(
        1, label="Num Repeats", ge=1, le=10_000, unit="times", help="Times a clip is in an epoch."
    )
    network_weight: float = setting(
        1.0, label="LoRA Weight", importance="important", ge=0, le=100,
        help="How often this set is drawn against the others; 1 where there is but one.",
    )  # fmt: skip
    is_reg: bool = setting(
        False, label="Is Regularization", importance="important",
        help="A set of what must not change, trained without the trigger word.",
    )  # fmt: skip
    flip_x: bool = setting(
        False, label="Flip X", importance="important", help="Adds mirrored copies. Off; on only for pure styles."
    )
    flip_y: bool = setting(False, label="Flip Y", importance="important", help="Adds copies upside down. Off.")
    cache_latents_to_disk: bool = setting(
        False, label="Cache Latents", importance="important",
        inert=True, help="Latents are always cached here, by content, outside the clip folder.",
    )  # fmt: skip
    cache_latents: bool = setting(False, label="Cache Latents in Memory", inert=True, help="As above.")
    shrink_video_to_frames: bool = setting(
        True, label="Shrink Video to Frames",
        help="On: frames evenly over the whole clip. Off: frames at the true rate (fps).",
    )  # fmt: skip
    fps: int = setting(
        16, absent=24, label="FPS", ge=1, unit="fps", of="datasets[].shrink_video_to_frames",
        help="Rate to sample at where frames are not spread over the whole clip. Wan is at home at 16.",
    )  # fmt: skip
    auto_frame_count: bool = setting(False, label="Auto Frame Count", help="As many frames as a clip has.")
    trim_auto_frame_count_tail: bool = setting(
        True, of="datasets[].auto_frame_count", help="Never past the clip's end; off, its last frame may repeat."
    )
    trigger_word: str | None = setting(None, label="Trigger Word", help="In place of the job's, for this set.")
    batch_size: int | None = setting(
        None, label="Batch Size", ge=1, le=1024, unit="clips", help="In place of the job's."
    )
    loss_multiplier: float = setting(1.0, label="Loss Multiplier", ge=0, help="Weight of this set's loss.")
    prior_reg: bool = refused(
        False,
        "Differential Output and Blank Prompt Preservation hold the base's output, measured on every clip",
        help="Regularize against the base model's own prediction.",
    )
    cache_text_embeddings: bool = setting(False, inert=True, help="Follows train.cache_text_embeddings.")
    cache_tensors_to_disk: bool = setting(
        False, inert=True, help="AI Toolkit's cache of decoded frames; not needed here."
    )
    load_image_when_caching_latents: bool = setting(False, inert=True, help="AI Toolkit's caching; no effect here.")
    cache_latents_num_workers: int | None = setting(None, inert=True, help="AI Toolkit's caching; no effect here.")
    cache_clip_vision_to_disk: bool = setting(False, inert=True, help="Wan 2.2 has no image encoder; no effect.")
    type: str = refused(
        "image",
        "AI Toolkit's other kinds of set are for sliders and upscalers",
        help="AI Toolkit's other kinds of set are for other models.",
    )
    control_path: Texts = refused([], NO_CONTROL, help="Control images; Wan 2.2 14B has none.")
    control_path_1: str | None = setting(None, built=NO_PATH, why=NO_CONTROL, help="As control_path.")
    control_path_2: str | None = setting(None, built=NO_PATH, why=NO_CONTROL, help="As control_path.")
    control_path_3: str | None = setting(None, built=NO_PATH, why=NO_CONTROL, help="As control_path.")
    control_from_same_folder: bool = refused(False, NO_CONTROL, help="As control_path.")
    inpaint_path: Texts = refused([], "Wan 2.2 14B has no input for it", help="Inpainting masks; Wan 2.2 14B has none.")
    controls: Texts = refused([], NO_CONTROL, help="Control images made from the clips; Wan 2.2 14B has none.")
    mask_path: str | None = setting(None, label="Mask Folder", unit="path", help="Where the loss counts.")
    alpha_mask: bool = refused(
        False,
        "decoded video has no transparency; put masks into mask_path",
        label="Alpha Mask",
        help="Transparency as the mask.",
    )
    invert_mask: bool = setting(False, of="datasets[].mask_path", help="Black counts instead of white.")
    mask_min_value: float = setting(0.0, of="datasets[].mask_path", ge=0, le=1, help="Weight where the mask is black.")
    do_i2v: bool = setting(False, inert=True, help="No effect on the 14 B models, whose architecture decides.")
    buckets: bool = refused(
        True,
        "without them clips of several shapes share no batch, and AI Toolkit needs them for video too",
        help="Group clips by shape.",
    )
    bucket_tolerance: int = setting(64, inert=True, help="Wan's own step of 16 px is used.")
    scale: float = refused(1.0, "Resolutions say how large clips are trained", help="Scale the sources first.")
    square_crop: bool = refused(False, "clips keep their shape; crop the files for squares", help="Crop to a square.")
    random_crop: bool = refused(
        False,
        "latents are cached, so the crop would be the same in every epoch",
        help="Crop anywhere instead of the middle.",
    )
    random_scale: bool = refused(
        False, "latents are cached, so the scale would be the same in every epoch", help="Scale by chance."
    )
    shuffle_tokens: bool = refused(False, SENTENCES, help="Shuffle the caption's comma-separated parts.")
    keep_tokens: int = setting(0, of="datasets[].shuffle_tokens", help="Leading parts that stay in place.")
    token_dropout_rate: float = refused(0.0, SENTENCES, ge=0, le=1, help="Drop parts of the caption by chance.")
    random_triggers: Texts = refused(
        [],
        "Differential Output Preservation and previews rely on one Trigger Word for a set",
        help="Words of which some are put in front.",
    )
    random_triggers_max: int = setting(1, of="datasets[].random_triggers", help="How many of them.")
    replacements: Texts = refused(
        [],
        "what stands in the caption files is what is trained; change it there",
        help="Words to exchange in captions.",
    )
    use_short_captions: bool = refused(
        False, "a clip has one caption, in the file beside it", help="The short captions of a JSON set."
    )
    augments: Texts = refused([], "AI Toolkit allows it on images alone", help="Image augmentation; never for video.")
    augmentations: list[dict] | None = setting(
        None, built=(None, []), why="AI Toolkit allows it on images alone", help="Image augmentation; never for video."
    )
    shuffle_augmentations: bool = setting(False, of="datasets[].augmentations", help="In random order.")
    standardize_images: bool = refused(False, COLOURS, help="Shift every clip to one mean and spread.")
    num_workers: int = setting(2, inert=True, help="AI Toolkit's loader; no effect here.")
    prefetch_factor: int = setting(2, inert=True, help="AI Toolkit's loader; no effect here.")
    fast_image_size: bool = setting(False, inert=True, help="AI Toolkit's loader; no effect here.")
    debug: bool = setting(False, inert=True, help="AI Toolkit's loader; no effect here.")
