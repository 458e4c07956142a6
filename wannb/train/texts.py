"""Prompts to embeddings while training: read from the cache, or encoded live (`cache_text_embeddings: false`)."""

from collections.abc import Iterable

from torch import Tensor

from wannb.data.cache import TensorCache
from wannb.data.items import Item
from wannb.train.captions import Captions
from wannb.wan import text


def prompts_of(job, items: Iterable[Item]) -> list[str]:
    """Return every prompt the run can need, each once: the items' in all their forms, samples and their negatives."""
    return list(dict.fromkeys([*Captions(job).all(items), *prompts_of_samples(job)]))


def prompts_of_samples(job) -> list[str]:
    """Return every prompt of the previews and every negative one."""
    return [prompt for sample in job.samples for prompt in (sample.prompt, sample.negative)]


def are_live(job) -> bool:
    """Whether the text encoder stays and encodes at each step; with Unload TE it goes whatever else is asked for."""
    return not job.train.cache_text_embeddings and not job.train.unload_text_encoder


class CachedTexts:
    """Embeddings read once from the cache into memory; the text encoder is not there any more."""

    def __init__(self, cache: TensorCache, keys: dict[str, str]):
        self._embeds = {prompt: cache.read(key)["embeds"].clone() for prompt, key in keys.items()}

    def embed(self, prompts: list[str]) -> list[Tensor]:
        """Return one tensor [n, d] a prompt, un-padded."""
        return [self._embeds[prompt] for prompt in prompts]

    def lacks(self, prompts: Iterable[str]) -> list[str]:
        """Return those of `prompts` that were not read, each once."""
        return [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._embeds]

    def add(self, more: "CachedTexts") -> None:
        """Take over what `more` has read."""
        self._embeds |= more._embeds


class LiveTexts:
    """Embeddings made anew each time by a text encoder that stays loaded."""

    def __init__(self, tokenizer, text_encoder):
        self._models = (tokenizer, text_encoder)

    def embed(self, prompts: list[str]) -> list[Tensor]:
        """Return one tensor [n, d] a prompt, un-padded."""
        return text.encode(*self._models, prompts)
