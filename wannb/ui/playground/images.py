"""First frames that an image-to-video clip can start from: the samples' images, the training clips', any path."""

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageOps

from wannb.data.first_frames import first_of, sources_of
from wannb.files import replacing
from wannb.refusal import Refusal
from wannb.runs.run import Run
from wannb.ui.pictures import jpeg

CLIP = "clip:"
"""Before the number of a training clip; anything else is a path."""

MOST = 200  # clips offered
SMALL = 320  # pixels of the longer side of a picture in a page


class FirstFrames:
    """What there is to choose from for `run`; a clip's first frame is written to `clips/first_frames/` when chosen."""

    def __init__(self, run: Run):
        self._run, job = run, run.config
        images = [sample.image for sample in job.samples if sample.image] if job.task == "i2v" else []
        self._images = list(dict.fromkeys(images))
        self._clips = sources_of(job)[:MOST] if job.task == "i2v" else []

    def offered(self) -> list[dict[str, str]]:
        """Each choice: its `value`, its `label` and its `group`."""
        images = [{"value": str(path), "label": path.name, "group": "Samples"} for path in self._images]
        clips = [
            {"value": f"{CLIP}{number}", "label": source.path.name, "group": "First frames of the training clips"}
            for number, source in enumerate(self._clips)
        ]
        return images + clips

    def at(self, value: str) -> Path:
        """The image file behind a choice or a path; raises Refusal where there is none."""
        if value.startswith(CLIP):
            return self._of_clip(value)
        path = Path(value).expanduser()
        if not path.is_file():
            raise Refusal(f"There is no image at {value}: give the path of a PNG or JPEG.")
        return path.resolve()

    def picture(self, value: str) -> bytes:
        """The image behind a choice, small, as a JPEG."""
        path = self.at(value)
        return _small(path, path.stat().st_mtime_ns)

    def _of_clip(self, value: str) -> Path:
        number = int(value.removeprefix(CLIP))
        if not 0 <= number < len(self._clips):
            raise Refusal("This clip is not there any more: choose another first frame.")
        source = self._clips[number]
        path = self._run.path / "clips" / "first_frames" / f"{number + 1}_{source.path.stem}.png"
        if not path.exists():
            frame = first_of(source)
            with replacing(path) as temporary:
                Image.fromarray(frame).save(temporary)
        return path


@lru_cache(maxsize=64)
def _small(path: Path, _mtime_ns: int) -> bytes:
    try:
        with Image.open(path) as image:
            picture = ImageOps.exif_transpose(image).convert("RGB")
    except OSError as error:
        raise Refusal(f"{path} is no image that can be read ({error}): give a PNG or JPEG.") from None
    picture.thumbnail((SMALL, SMALL))
    return jpeg(picture)
