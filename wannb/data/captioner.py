"""Captions written by a vision-language model of transformers; nothing of it is loaded before a model is named."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np

from wannb.data import pixels
from wannb.data.caption_edits import CaptionBook
from wannb.data.captions import one_line
from wannb.data.clip import Clip
from wannb.data.clips import ClipFolder
from wannb.data.frames import pick
from wannb.data.listing import shown
from wannb.refusal import Refusal

PROMPTS = {
    "motion": "These are frames of one video, in order. Say in one sentence how the camera and the subject move, and "
    "what the subject is.",
    "style": "These are frames of one video. Say in a few words separated by commas what its look is: medium, light, "
    "colours, grain, contrast. Do not say what is shown.",
    "character": "These are frames of one video. Say in one short sentence what the person wears and does, and where. "
    "Do not describe the face.",
    None: "These are frames of one video, in order. Describe what is shown and how it moves in one sentence.",
}
"""kind of LoRA -> what the model is asked; a caption says what is not to be learned as part of the trigger."""
FRAMES = 6
MOST_NEW = 120
"""Tokens of an answer: a caption of 512 tokens at most has room for it beside what people add."""

Describe = Callable[[np.ndarray], str]


class Captioner:
    """Frames of a clip → a caption, by the image-text-to-text model in the folder `model`, or of that id on the hub.

    Weights come as safetensors, and no code of the model's is run. device: `cuda` where there is one. Raises Refusal
    where the model cannot be loaded.
    """

    def __init__(self, model: str | Path, prompt: str = PROMPTS[None], device: str | None = None) -> None:
        self.prompt = prompt
        try:
            import torch
            from transformers import AutoModelForImageTextToText, AutoProcessor

            self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
            self._processor = AutoProcessor.from_pretrained(str(model), trust_remote_code=False)
            own = AutoModelForImageTextToText.from_pretrained(
                str(model), dtype="auto", use_safetensors=True, trust_remote_code=False
            )
            self._model = own.to(self.device).eval()
        except (OSError, ValueError, ImportError, RuntimeError, KeyError) as error:
            why = one_line(str(error))[:200]
            raise Refusal(
                f"{model} cannot be loaded to write captions ({why}): name a vision-language model."
            ) from None

    def __call__(self, frames: np.ndarray) -> str:
        """frames: uint8 [F, H, W, 3] -> one line of text; the same frames give the same."""
        import torch

        asked = [{"type": "image"}] * len(frames) + [{"type": "text", "text": self.prompt}]
        text = self._processor.apply_chat_template([{"role": "user", "content": asked}], add_generation_prompt=True)
        given = self._processor(text=[text], images=[list(frames)], return_tensors="pt").to(self.device)
        with torch.inference_mode():
            tokens = self._model.generate(**self._fitting(given), do_sample=False, max_new_tokens=MOST_NEW)
        answer = tokens[:, given["input_ids"].shape[1] :]
        return one_line(self._processor.batch_decode(answer, skip_special_tokens=True)[0]).strip("\"' ")

    def _fitting(self, given: Any) -> dict[str, Any]:
        """Pictures in the precision of the model."""
        kind = self._model.dtype
        return {name: one.to(kind) if one.is_floating_point() else one for name, one in given.items()}


def caption_clips(
    folder: ClipFolder,
    describe: Describe,
    names: Collection[str] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[str, ...]:
    """Write `describe`'s captions for the clips `names`, or for those without one; returns the clips that got one.

    describe: a Captioner, or anything that makes text of frames (uint8 [F, H, W, 3]): 6 of those that are trained on,
    at the first resolution. One step of `CaptionBook.undo`; what was written before an interruption is kept.
    """
    book = CaptionBook(folder.path, folder.caption_ext)
    clips = {shown(clip.path, folder.path): clip for clip in reversed(folder.clips)}  # the first piece of each file
    asked = [name for name in book.names if not book.text(name)] if names is None else names
    wanted = [name for name in book.names if name in clips and name in asked]
    found: dict[str, str] = {}
    try:
        for done, name in enumerate(wanted):
            progress(done, len(wanted))
            found[name] = describe(_shown(clips[name])) or book.text(name)
        progress(len(wanted), len(wanted))
    finally:
        written = book.write_all(found)
    return written


def _shown(clip: Clip) -> np.ndarray:
    """uint8 [F, H, W, 3]: up to 6 frames, evenly over those that are trained on."""
    some = [clip.picked[i] for i in pick(len(clip.picked), min(FRAMES, len(clip.picked)))]
    return pixels.of_clip(clip, some, clip.buckets[0])
