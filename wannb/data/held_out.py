"""Clips that are measured: held out of training on request, else some of those that are trained on."""

from collections.abc import Sequence

from wannb.data.epochs import draw
from wannb.data.items import Item
from wannb.refusal import Refusal


def split(items: Sequence[Item], clips: int, seed: int) -> tuple[list[Item], list[Item]]:
    """(kept, held): `held` is one item of each of `clips` files, `kept` all items but those of these files.

    Files are told apart by their bytes, so a copy under another name, or in another set, is held out with it.
    Raises Refusal where nothing would be left to learn from.
    """
    held = measured(items, clips, seed)
    contents = {item.content for item in held}
    kept = [item for item in items if item.content not in contents]
    if not any(not item.is_reg for item in kept):
        raise Refusal(
            f"Holding out {clips} clips leaves none to learn from: lower wannb.validate_clips, add clips, or switch "
            "wannb.hold_out off."
        )
    return kept, held


def measured(items: Sequence[Item], clips: int, seed: int) -> list[Item]:
    """One item of each of `clips` different files: unflipped, of the first resolution and window.

    Which files is decided by a hash of seed and name, so adding a clip displaces one at most. Regularization sets are
    left out, and so are images where there is a video; there may be fewer files than asked for.
    """
    plain = [item for item in items if not item.is_reg and not item.flip_x and not item.flip_y]
    moving = [item for item in plain if len(item.frames) > 1]
    first: dict[str, Item] = {}
    for item in moving or plain:
        first.setdefault(item.content, item)
    return sorted(first.values(), key=lambda item: (draw(seed, "held out", item.source), item.dataset))[:clips]
