"""The tiny Wan's words: a WordLevel tokenizer and a small UMT5 that has learned which word says what.

`python text.py OUT` trains the encoder by making it name the parts of a scene (colour of what, motion, look) from the
caption; then it is frozen. Fillers get a new random embedding each time, so that words nobody taught mean nothing:
asked for a held-out word, the tiny Wan does what it does for an unknown one.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from captions import FILLER, vocabulary
from motions import BASE
from scenes import COLOURS, LOOKS, SHAPES, SIZES, Scene
from sets import base_scene
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

Tensor = torch.Tensor
WIDTH, TOKENS = 64, 24
ANSWERS = {
    "shape": list(SHAPES),
    "colour": list(COLOURS),
    "ground": list(COLOURS),
    "size": list(SIZES),
    "look": list(LOOKS),
    "motion": list(BASE),
    "colour_to": ["", *COLOURS],
}


def tokenizer() -> PreTrainedTokenizerFast:
    words = ["<pad>", "</s>", "<unk>", FILLER, *vocabulary()]
    model = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    model.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    model.pre_tokenizer = pre_tokenizers.Split(Regex(r"<filler>|\w+|[^\w\s]"), "removed", invert=True)
    model.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=model, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )


def encoder(size: int) -> UMT5EncoderModel:
    return UMT5EncoderModel(
        UMT5Config(
            vocab_size=size,
            d_model=WIDTH,
            d_kv=16,
            d_ff=128,
            num_layers=2,
            num_heads=4,
            feed_forward_proj="gated-gelu",
            dropout_rate=0.0,
        )
    )


def ids_of(tokens: PreTrainedTokenizerFast, texts: list[str]) -> Tensor:
    """[B, TOKENS] of token ids, padded with 0."""
    return torch.tensor(tokens(texts, padding="max_length", max_length=TOKENS, truncation=True)["input_ids"])


def embed(model: UMT5EncoderModel, ids: Tensor, filler: int) -> Tensor:
    """[B, TOKENS, WIDTH], zero beyond the text; fillers get a random embedding, half of them that of <unk>."""
    vectors = model.get_input_embeddings()(ids)
    noise = torch.randn_like(vectors)
    unknown = model.get_input_embeddings().weight[2]
    choice = torch.where(torch.rand_like(vectors[..., :1]) < 0.5, noise, unknown)
    vectors = torch.where((ids == filler)[..., None], choice, vectors)
    mask = (ids != 0).long()
    return model(inputs_embeds=vectors, attention_mask=mask).last_hidden_state * mask[..., None]


class Naming(torch.nn.Module):
    """One learned query an answer reads the encoded caption and names it."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = torch.nn.Parameter(torch.randn(len(ANSWERS), WIDTH) * 0.1)
        self.heads = torch.nn.ModuleList(torch.nn.Linear(WIDTH, len(a)) for a in ANSWERS.values())

    def forward(self, states: Tensor, mask: Tensor) -> list[Tensor]:
        """states [B, n, WIDTH], mask [B, n] -> logits an answer."""
        scores = torch.einsum("qd,bnd->bqn", self.queries, states).masked_fill(~mask[:, None], -1e9)
        read = torch.einsum("bqn,bnd->bqd", scores.softmax(-1), states)
        return [head(read[:, i]) for i, head in enumerate(self.heads)]


def answers(scene: Scene) -> list[int]:
    return [options.index(scene.words.get(name, "")) for name, options in ANSWERS.items()]


def train(out: Path, steps: int) -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(5)
    tokens = tokenizer()
    model, naming = encoder(len(tokens)), Naming()
    filler = tokens.convert_tokens_to_ids(FILLER)
    scenes = [base_scene(rng) for _ in range(12000)]
    ids, truth = ids_of(tokens, [s.caption for s in scenes]), torch.tensor([answers(s) for s in scenes])
    optimizer = torch.optim.AdamW([*model.parameters(), *naming.parameters()], 2e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    start = time.time()
    for step in range(1, steps + 1):
        rows = torch.from_numpy(rng.integers(0, len(scenes), 128))
        logits = naming(embed(model, ids[rows], filler), ids[rows] != 0)
        loss = sum(F.cross_entropy(part, truth[rows, i]) for i, part in enumerate(logits))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 200 == 0:
            right = [(part.argmax(-1) == truth[rows, i]).float().mean().item() for i, part in enumerate(logits)]
            print(
                step, f"{time.time() - start:.0f}s", f"loss {loss.item():.3f}", [round(r, 2) for r in right], flush=True
            )
    tokens.save_pretrained(out / "tokenizer")
    model.eval().save_pretrained(out / "text_encoder")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=1600)
    args = parser.parse_args()
    train(args.out, args.steps)
