"""Captions as people's editors leave them."""

import pytest

from wannb.data.captions import caption_file, caption_in, final
from wannb.data.listing import by_base


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a red ball", "a red ball"),
        (b"\xef\xbb\xbfa red ball\r\n", "a red ball"),
        (b"a red\r\nball,\tturning\n\n", "a red ball, turning"),
        ("\u00e9t\u00e9 \u7ea2\u7403".encode(), "\u00e9t\u00e9 \u7ea2\u7403"),
        ("caf\u00e9".encode("cp1252"), "caf\u00e9"),
        ("caf\u00e9".encode("utf-16"), "caf\u00e9"),
        (b"a\x00 ball \x81\xff", "a ball \ufffd\u00ff"),
        (b"  \r\n", "the default"),
        (b"", "the default"),
    ],
)
def test_bytes_become_one_line(tmp_path, data, text):
    (tmp_path / "a.b.txt").write_bytes(data)
    assert caption_in(caption_file(tmp_path / "a.b.mp4", "txt"), "the default").text == text


def test_missing_files_and_extensions(tmp_path):
    clip = tmp_path / "CLIP.MP4"
    assert caption_in(caption_file(clip, "txt"), None).source == "none"
    assert caption_in(caption_file(clip, "txt"), "x").source == "default"
    (tmp_path / "CLIP.TXT").write_text("shouted")
    assert caption_in(caption_file(clip, ".txt")).text == "shouted"
    (tmp_path / "CLIP.caption").write_text("other")
    assert caption_in(caption_file(clip, "caption")).text == "other"


def test_json_captions_are_understood(tmp_path):
    for data, text in [('{"caption": "a ball"}', "a ball"), ('"a ball"', "a ball"), ("{broken", "{broken")]:
        (tmp_path / "a.json").write_text(data)
        assert caption_in(caption_file(tmp_path / "a.mp4", "json")).text == text


@pytest.mark.parametrize(
    ("caption", "trigger", "is_reg", "trained"),
    [
        ("a photo of [trigger] smiling", "frung", False, "a photo of frung smiling"),
        ("[name] smiling", "frung", False, "frung smiling"),
        ("smiling", "frung", False, "frung smiling"),
        ("frung, smiling", "frung", False, "frung, smiling"),
        ("a party", "art", False, "art a party"),
        ("c++ style", "c++", False, "c++ style"),
        ("smiling", "frung", True, "smiling"),
        ("[trigger] smiling", "frung", True, "frung smiling"),
        ("", "frung", False, "frung"),
        ("a [trigger] ball", None, False, "a ball"),
        ("a ball", "  ", False, "a ball"),
        ("[trigger]", r"\1", False, r"\1"),
    ],
)
def test_the_trigger_word_finds_its_place(caption, trigger, is_reg, trained):
    assert final(caption, trigger, is_reg) == trained


def test_a_list_of_the_files_beside_a_clip_finds_what_the_folder_finds(tmp_path):
    for name in ("A.TXT", "a.txt", "b.Txt", "c.caption", "d.e.txt"):
        (tmp_path / name).write_text(name)
    beside = by_base(tmp_path.iterdir())
    for name in ("A", "a", "b", "c", "d.e", "d", "none"):
        clip = tmp_path / f"{name}.mp4"
        assert caption_file(clip, "txt", beside.get(clip.with_suffix(""), ())) == caption_file(clip, "txt")
