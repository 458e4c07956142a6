"""Embeddings are what the pipeline's encode_prompt gives at 512 tokens."""

import torch
from diffusers import WanPipeline

from wannb.wan import text
from wannb.wan.loading import weights

PROMPTS = ["a red circle orbits", "  a &amp; blue\n square   moves left ", "", "red " * 700]


def test_padded_embeddings_are_the_pipelines(folders):
    tokenizer, encoder = weights.load_text(folders["t2v"], torch.float32, "cpu")
    embeds = text.encode(tokenizer, encoder, PROMPTS)
    pipeline = WanPipeline.from_pretrained(folders["t2v"])
    options = {"do_classifier_free_guidance": False, "max_sequence_length": 512, "device": "cpu"}
    with torch.no_grad():  # as the pipeline's __call__ has it: attention takes another kernel with gradients
        reference = torch.cat([pipeline.encode_prompt(prompt, **options)[0] for prompt in PROMPTS])
    assert torch.equal(text.pad(embeds), reference)
    assert [len(embed) for embed in embeds] == [5, 7, 1, 512]


def test_an_embedding_does_not_depend_on_its_company(folders):
    tokenizer, encoder = weights.load_text(folders["t2v"], torch.float32, "cpu")
    together = text.encode(tokenizer, encoder, PROMPTS)
    assert all(torch.equal(text.encode(tokenizer, encoder, [p])[0], e) for p, e in zip(PROMPTS, together, strict=True))
