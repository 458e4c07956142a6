"""What captions say against the kind of LoRA they are for: a motion unnamed, content for a look, no class. Pure.

The guides: a motion's captions name the motion, a style's the look and not the content, a character's the trigger word
and the class. What a caption means is judged by its words alone, so in doubt nothing is said.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from wannb.job.finding import Finding
from wannb.words import say

Findings = Iterator[Finding]
Captions = Sequence[tuple[str, str]]
"""(clip's name, its final caption)."""
WORD = re.compile(r"[^\W\d_]{3,}")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
SHOWN = 3
"""Clips named in a sentence; the evidence has them all."""
TELLING = 3
"""Words from which on a caption describes something."""
EMPTY_WORDS = frozenset(
    "the and with from for into onto over under this that these those its his her their there while then than are "
    "was were has have had being been who which what where when not but all one two some other another very video "
    "clip footage shot scene image photo picture".split()
)
LOOK_WORDS = frozenset(
    "look looks style styled stylized stylised aesthetic film filmic grain grainy grade graded grading tint "
    "tinted tone tones toned palette contrast saturated desaturated washed faded muted vivid vibrant monochrome "
    "duotone sepia noir grayscale greyscale pastel neon cinematic analog analogue vintage retro lofi vhs polaroid "
    "kodak lomography bokeh blur blurry haze hazy bloom glow glowing halation vignette soft gritty texture "
    "textured painterly painted painting paint watercolor watercolour gouache oil ink inked sketch sketched drawn "
    "drawing illustration illustrated comic manga anime ghibli cartoon toon cel shaded shading lineart linework "
    "pixel pixelated voxel lowpoly clay claymation plasticine papercut collage halftone risograph engraving "
    "woodcut mosaic impressionist surreal rendered render unreal octane lighting light lit shadows rimlight "
    "backlit warm cold colours colors colour color".split()
)
CLASS_WORDS = frozenset(
    "person people human man woman men women boy girl child children kid baby toddler teenager adult lady gentleman "
    "male female figure character hero heroine princess prince king queen knight wizard witch warrior soldier "
    "robot android cyborg alien monster creature dragon demon angel fairy elf dwarf ghost zombie skeleton mascot "
    "doll puppet toy plush avatar face head portrait actor actress singer dancer doctor nurse chef animal dog "
    "puppy cat kitten horse bird fox wolf bear rabbit bunny mouse lion tiger panda penguin owl frog fish shark "
    "dinosaur monkey pig cow sheep outfit costume dress suit jacket uniform armor armour car vehicle product "
    "object".split()
)


def of_captions(kind: str | None, where: str, captions: Captions, trigger: str | None = None) -> Findings:
    """On the captions of a set for a LoRA of `kind`; nothing where it is None, or where captions are too few to tell.

    where: the setting or folder that the findings are about; trigger: the set's Trigger Word.
    """
    captions = [(name, text) for name, text in captions if text.strip()]
    rule = {"motion": _motion, "style": _style, "character": _character}.get(kind)
    if rule and len(captions) > 1:
        yield from rule(where, captions, (trigger or "").strip().lower())


def words(caption: str) -> set[str]:
    """The words of a caption that carry meaning; of scripts without spaces the pairs of characters."""
    text = caption.lower()
    pairs = {run[i : i + 2] for run in CJK.findall(text) for i in range(len(run) - 1)}
    return pairs | {word for word in WORD.findall(CJK.sub(" ", text)) if word not in EMPTY_WORDS}


def _motion(where: str, captions: Captions, trigger: str) -> Findings:
    """A motion is called by a word that most captions share."""
    if not _shared(captions):
        message = say(
            "No word is in most of the {all} captions: the motion has no name to be called by.", all=len(captions)
        )
        fix = say("Name it alike in every caption, such as: orbit 360 around the subject.")
        yield Finding("motion-not-named", "warning", where, message, fix, evidence={"clips": _names(captions)})


def _style(where: str, captions: Captions, trigger: str) -> Findings:
    telling = [(name, words(text) - {trigger}) for name, text in captions]
    content = [name for name, said in telling if len(said) >= TELLING and not said & LOOK_WORDS]
    if len(content) > len(captions) / 2 and not _shared(captions, trigger):
        message = say(
            "{count} of {all} captions tell what is seen ({some}) and not how it looks.",
            count=len(content),
            all=len(captions),
            some=_some(content),
        )
        fix = say("For a style name the look, alike in every caption, such as: grainy 16mm film look, warm tint.")
        yield Finding("content-not-look", "warning", where, message, fix, evidence={"clips": content})
    yield from _callable(where, captions, "style")


def _character(where: str, captions: Captions, trigger: str) -> Findings:
    bare = [name for name, text in captions if not _singular(words(text)) & CLASS_WORDS]
    if len(bare) > len(captions) / 2 and not _shared(captions, trigger) and _latin(captions):
        message = say(
            "{count} of {all} captions do not say what the character is ({some}).",
            count=len(bare),
            all=len(captions),
            some=_some(bare),
        )
        fix = say("Name its class after the Trigger Word, such as: frung, young woman, casual clothing.")
        yield Finding("class-missing", "warning", where, message, fix, evidence={"clips": bare})
    yield from _callable(where, captions, "character")


def _singular(found: set[str]) -> set[str]:
    return found | {word.removesuffix("s") for word in found}


def _callable(where: str, captions: Captions, kind: str) -> Findings:
    """A Trigger Word is in every final caption, so this says that there is none, nor any word in its place."""
    if not _shared(captions):
        message = say("There is no Trigger Word, and no word is in most of the {all} captions.", all=len(captions))
        of_style = say("Give the style a short, unique Trigger Word: it is put in front of every caption.")
        of_character = say("Give the character a short, unique Trigger Word: it is put in front of every caption.")
        fix = of_style if kind == "style" else of_character
        yield Finding("trigger-absent", "warning", where, message, fix, evidence={"clips": _names(captions)})


def _shared(captions: Captions, besides: str = "") -> bool:
    """Whether a word other than `besides` is in more than half of the captions."""
    counts = Counter(word for _, text in captions for word in words(text) if word != besides)
    return max(counts.values(), default=0) > len(captions) / 2


def _latin(captions: Captions) -> bool:
    """Whether the lists of English words say anything about these captions."""
    return sum(text.isascii() for _, text in captions) > len(captions) / 2


def _names(captions: Captions) -> list[str]:
    return [name for name, _ in captions]


def _some(names: list[str]) -> str:
    more = len(names) - SHOWN
    some = ", ".join(names[:SHOWN])
    return say("{names} and {more} more", names=some, more=more) if more > 0 else some
