"""Previews are written as clips are: see `wannb.data.video_file`."""

from wannb.data.video_file import read_meta, write_mp4, write_poster

__all__ = ["read_meta", "write_mp4", "write_poster"]
