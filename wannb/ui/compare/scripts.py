"""What the grid's browser side is made of, in a notebook and in a page."""

SCRIPTS = (
    "dom.js", "keys.js", "asking.js", "transport.js", "compare_clock.js", "compare_clips.js", "compare_notes.js",
    "compare_cell.js", "compare_grid.js", "compare_stage.js", "compare_bar.js", "compare_tools.js", "compare.js",
)  # fmt: skip
STYLES = ("theme.css", "compare.css", "compare_stage.css")
