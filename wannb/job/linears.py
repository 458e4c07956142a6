"""The ten linear layers of a Wan block: both their names, their sizes, and which of them a job's patterns leave."""

ORIGINAL = {  # module inside a block: diffusers -> original Wan (formats.md 2.1)
    **{f"attn1.to_{letter}": f"self_attn.{letter}" for letter in "qkv"},
    **{f"attn2.to_{letter}": f"cross_attn.{letter}" for letter in "qkv"},
    "attn1.to_out.0": "self_attn.o",
    "attn2.to_out.0": "cross_attn.o",
    "ffn.net.0.proj": "ffn.0",
    "ffn.net.2": "ffn.2",
}
STAGE = {"high": "transformer_1", "low": "transformer_2"}  # what AI Toolkit calls the experts in a layer's name


def size(linear: str, dim: int, ffn: int) -> tuple[int, int]:
    """(in, out) of a linear of a block, named in diffusers' words, in an expert of width `dim`."""
    return {"ffn.net.0.proj": (dim, ffn), "ffn.net.2": (ffn, dim)}.get(linear, (dim, dim))


def spellings(block: int | str, linear: str, expert: str | None) -> tuple[str, str]:
    """The two names that a pattern may be part of: `transformer_1.blocks.0.attn1.to_q` and `blocks.0.self_attn.q`."""
    stage = STAGE.get(expert, "transformer")
    return f"{stage}.blocks.{block}.{linear}", f"blocks.{block}.{ORIGINAL[linear]}"


def wanted(names: tuple[str, ...], only: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    """Whether a layer of these `names` gets an adapter: one of `only` in a name, where there are any, none of
    `ignore`."""

    def met(patterns: tuple[str, ...]) -> bool:
        return any(pattern in name for pattern in patterns for name in names)

    return (not only or met(only)) and not met(ignore)
