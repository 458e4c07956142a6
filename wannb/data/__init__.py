"""Clips: from files in a folder to batches of cached tensors."""

from wannb.data.clips import Clip, ClipFolder

__all__ = ["Clip", "ClipFolder"]
