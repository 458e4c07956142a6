"""Captions by a vision-language model: a tiny one with random weights, and stand-ins."""

import re

import numbered
import numpy as np
import pytest

from wannb.data import ClipFolder
from wannb.data.caption_edits import CaptionBook
from wannb.data.captioner import Captioner, caption_clips
from wannb.data.edits import Edits
from wannb.data.pieces import Piece
from wannb.refusal import Refusal

WORDS = "a red ball turns orbit around the subject".split()
TEMPLATE = (
    "{% for m in messages %}{% for c in m.content %}"
    "{% if c.type == 'image' %} <image> {% else %} {{ c.text }} {% endif %}{% endfor %}{% endfor %}"
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a LLaVA of two layers a side that knows thirteen words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        PreTrainedTokenizerFast,
    )

    folder = tmp_path_factory.mktemp("model")
    marks = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    words = [*marks.values(), "<image>", *dict.fromkeys(WORDS)]
    own = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    own.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=own, additional_special_tokens=["<image>"], **marks)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    seeing = CLIPVisionConfig(**small, image_size=32, patch_size=8, projection_dim=16)
    saying = LlamaConfig(
        **small, vocab_size=len(words), num_key_value_heads=2, pad_token_id=0, bos_token_id=1, eos_token_id=2
    )
    torch.manual_seed(0)
    config = LlavaConfig(vision_config=seeing, text_config=saying, image_token_id=4, vision_feature_layer=-1)
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    pictures = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    LlavaProcessor(
        pictures,
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
        num_additional_image_tokens=1,
    ).save_pretrained(folder)
    return folder


@pytest.fixture
def folder(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / "clips").mkdir(exist_ok=True)
        numbered.write(tmp_path / "clips" / f"{name}.mp4", count=40)
    (tmp_path / "clips" / "a.txt").write_text("mine")
    return tmp_path / "clips"


def test_a_model_says_a_line_of_its_own_words_about_frames(model):
    captioner = Captioner(model, prompt="a red ball")
    frames = np.stack([numbered.painted(i) for i in range(6)])
    said = captioner(frames)
    assert said and "\n" not in said and set(said.split()) <= {*WORDS, "<unk>"}
    assert captioner(frames) == said and captioner(frames[:1])


def test_a_model_writes_the_captions_that_are_missing(model, folder):
    assert caption_clips(ClipFolder(folder, 17, [64]), Captioner(model, "a red ball turns")) == ("b.mp4", "c.mp4")
    book = CaptionBook(folder)
    assert book.text("a.mp4") == "mine" and book.text("b.mp4")
    assert book.undo() and not (folder / "b.txt").exists()


def test_frames_are_those_that_are_trained_on(folder):
    Edits.of(folder).set("b.mp4", [Piece(0.5, 2.0, (0, 0, 128, 64)), Piece(2.0, 2.5)])
    seen = []
    describe = lambda frames: seen.append(frames) or f"seen {len(seen)}"  # noqa: E731
    caption_clips(ClipFolder(folder, 17, [128]), describe, names=["b.mp4"])
    assert len(seen) == 1 and seen[0].shape == (6, 64, 128, 3)
    numbers = [numbered.number_of(frame) for frame in seen[0]]
    assert numbers == sorted(numbers) and (numbers[0], numbers[-1]) == (8, 31)


def test_what_was_said_before_an_interruption_is_kept(folder):
    def describe(frames):
        if next(turns):
            raise KeyboardInterrupt
        return "a line\nof text"

    turns = iter([0, 1])
    with pytest.raises(KeyboardInterrupt):
        caption_clips(ClipFolder(folder, 17, [64]), describe)
    book = CaptionBook(folder)
    assert [book.text(name) for name in book.names] == ["mine", "a line of text", ""]


def test_a_model_that_is_none_is_one_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refusal, match="cannot be loaded") as said:
        Captioner(tmp_path / "empty")
    assert not re.search(r"\n", str(said.value))
