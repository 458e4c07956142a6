"""The words an item is trained with: its caption, or nothing where that is dropped, and what must stay the base's."""

import re
from collections.abc import Iterable

from wannb.data.items import Item
from wannb.job import Job

EMPTY = ""
"""What a dropped caption becomes (decision 6)."""


class Captions:
    """A job's rules on captions: Unload TE, caption dropout, and the prompts of DOP and Blank Prompt Preservation."""

    def __init__(self, job: Job):
        self._job = job
        self._triggers = [(one.trigger_word or job.trigger_word or "").strip() for one in job.datasets]

    def trained(self, item: Item, dropped: bool = False) -> str:
        """Return the prompt `item` is trained with; with Unload TE captions are not used and that is the trigger."""
        if dropped:
            return EMPTY
        if self._job.train.unload_text_encoder:
            return EMPTY if item.is_reg else self._triggers[item.dataset]
        return item.caption

    def preserved(self, item: Item, prompt: str) -> str | None:
        """Return the prompt whose prediction must stay the base's while `item` is trained with `prompt`, or None.

        DOP: `prompt` with the trigger, as a whole word, replaced by the class; None where the trigger is not in it
        (decision 8). Blank Prompt Preservation: the empty prompt.
        """
        train = self._job.train
        if train.blank_prompt_preservation:
            return EMPTY
        trigger = self._triggers[item.dataset]
        if not train.diff_output_preservation or not trigger:
            return None
        found = re.compile(rf"(?<!\w){re.escape(trigger)}(?!\w)")
        kind = train.diff_output_preservation_class.strip()
        return found.sub(lambda _: kind, prompt) if found.search(prompt) else None

    def all(self, items: Iterable[Item]) -> list[str]:
        """Return every prompt that training on `items` can need, each once, the empty one among them."""
        prompts = {EMPTY: None}
        for item in items:
            prompt = self.trained(item)
            preserved = self.preserved(item, prompt)
            prompts |= {prompt: None} if preserved is None else {prompt: None, preserved: None}
        return list(prompts)
