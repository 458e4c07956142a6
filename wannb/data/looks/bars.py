"""Letterbox and pillarbox bars: dark, even borders with a straight edge to the picture."""

from dataclasses import dataclass

import numpy as np

Box = tuple[int, int, int, int]

DARKEST_BAR = 48
"""The brightest channel of a bar, of 255: encoders make not quite black of black."""
_EVEN, _EVEN_SHARE = (5, 14), 0.3
"""Grey levels by which lines of a bar may differ (noise of the codec counts): a share of what stands out of it."""
_LIT, _LIT_SHARE = (4, 12), 0.17
"""Grey levels over the bar from which a pixel belongs to the picture, as a share of the same."""
_AT_ONCE = 0.6
"""Of the brightness inside: as much comes within three pixels where a bar ends; a shade, or an edge aslant, takes
longer."""
_GROUND = 3
"""Grey levels over the darkest side: a side that is no lighter may be the ground that a picture stands on."""
_RINGING = 9
"""Pixels on either side of an edge that a codec's blocks may spoil."""
_THIN = 2
"""Pixels: what is not thicker is an edge of the encoder's, not a bar."""
_MOST = 0.46
"""Of a side: what is thicker is no bar."""
_FILLED, _PAIR_FILLED, _SURELY_FILLED = 0.6, 0.35, 0.5
"""Share of the first line inside that is lit in some frame: of a lone bar, of one with a like bar on the other side, of
such a pair around a picture that is dark at its other sides."""


class Bars:
    """Looks at a few full frames, one at a time; memory is that of one frame."""

    def __init__(self) -> None:
        self._sum: np.ndarray | None = None
        self._peak: np.ndarray | None = None
        self._rows: list[np.ndarray] = []
        self._columns: list[np.ndarray] = []

    def see(self, brightest: np.ndarray) -> None:
        """brightest: uint8 [H, W], the largest of the three channels; a frame that is dark all over says nothing."""
        if self._sum is not None and self._sum.shape != brightest.shape:
            return
        level = _level(brightest)
        lit = brightest > level + np.clip(_LIT_SHARE * _stands_out(brightest, level), *_LIT)
        if lit.mean() < 0.02:
            return
        if self._sum is None:
            self._sum, self._peak = np.zeros(brightest.shape, np.uint32), np.zeros(brightest.shape, np.uint8)
        self._sum += brightest
        np.maximum(self._peak, brightest, out=self._peak)
        self._rows.append(lit.mean(1).astype(np.float32))
        self._columns.append(lit.mean(0).astype(np.float32))

    def box(self) -> Box | None:
        """(x0, y0, x1, y1) of the picture inside the bars, None where there are none."""
        if self._sum is None:
            return None
        mean = self._sum / np.float32(len(self._rows))
        return box_of(mean, self._peak, np.stack(self._rows), np.stack(self._columns))


def box_of(mean: np.ndarray, peak: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> Box | None:
    """mean, peak: [H, W] over frames; rows: [N, H] and columns: [N, W], the lit share of each line in each frame."""
    height, width = mean.shape
    ground = _level(mean)
    even = float(np.clip(_EVEN_SHARE * _stands_out(mean, ground), *_EVEN))
    top, bottom, sure_rows, open_rows = _pair(mean, peak, rows, even, ground)
    inside = slice(top, height - bottom)
    left, right, sure_columns, open_columns = _pair(mean[inside].T, peak[inside].T, columns, even, ground)
    if open_columns and not sure_rows:
        top = bottom = 0
    if open_rows and not sure_columns:
        left = right = 0
    if not top + bottom + left + right:
        return None
    return left, top, width - right, height - bottom


def _pair(
    mean: np.ndarray, peak: np.ndarray, lit: np.ndarray, even: float, ground: float
) -> tuple[int, int, bool, bool]:
    """Thickness of the bars before and after the lines of mean [L, ...]; whether they are a pair beyond doubt; whether
    there is a dark side without a straight edge.

    lit: [N, L]; even: levels that a bar may spread over; ground: the level of the darkest side. A picture with such a
    side is one on a black ground: what else looks like bars is the ground.
    """
    near, far = _dark_lines(mean, peak, even), _dark_lines(mean[::-1], peak[::-1], even)
    first, last = _edge(mean, lit, near), _edge(mean[::-1], lit[:, ::-1], far)
    alike = min(first.at, last.at) > _THIN and abs(first.at - last.at) <= max(2, 0.02 * len(mean))
    wanted = _PAIR_FILLED if alike else _FILLED
    sizes, loose = [], False
    for edge, rim in ((first, mean[0]), (last, mean[-1])):
        bar = edge.at > _THIN and edge.sharp and edge.filled >= wanted and edge.at <= _MOST * len(mean)
        sizes.append(edge.at if bar else 0)
        dark = edge.at > max(_THIN, 0.02 * len(mean)) and float(np.median(rim)) <= ground + _GROUND
        loose |= dark and not bar
    if loose:  # what is dark at one side and sharp at the other is a thing on a dark ground
        sizes = [0, 0]
    sure = alike and all(sizes) and min(first.filled, last.filled) >= _SURELY_FILLED
    return sizes[0], sizes[1], sure, loose


@dataclass
class _Edge:
    at: int
    sharp: bool
    filled: float


def _dark_lines(mean: np.ndarray, peak: np.ndarray, most: float) -> int:
    """How many lines from the first on are dark and even, in every frame."""
    level = float(np.median(mean[0]))
    if level > DARKEST_BAR:
        return 0
    # Nine tenths of a line: a codec's ringing and a speck of dirt do not end a bar.
    high = np.quantile(peak, 0.9, axis=1)
    even = (np.abs(mean.mean(1) - level) <= most) & (high <= level + most)
    return int(np.argmin(np.append(even, False)))


def _edge(mean: np.ndarray, lit: np.ndarray, dark: int) -> _Edge:
    """Where the bar of about `dark` lines ends, whether it ends at once, and how much of the picture's rim is lit."""
    count = len(mean)
    if dark == 0 or dark >= count:
        return _Edge(dark if dark < count else 0, False, 0.0)
    level = float(np.median(mean[: max(1, dark // 2)]))
    rise = np.clip(mean - level, 0, 64).mean(1)
    low, high = max(0, dark - _RINGING), min(count - 1, dark + _RINGING)
    jumps = rise[low + 1 : high + 1] - rise[low:high]
    at = low + 1 + int(np.argmax(jumps))
    inside = float(rise[at + 1 : at + 5].mean()) if at + 1 < count else 0.0
    outside = float(rise[max(0, at - 4) : max(1, at - 1)].mean())
    soft = max(1, count // 200)
    bright = mean.mean(1) - level
    jump = float(bright[min(at + soft, count - 1)] - bright[max(0, at - 1 - soft)])
    deep = float(bright[at + 5 * soft : at + 9 * soft].mean()) if at + 5 * soft < count else inside
    sharp = inside >= 2.0 and outside <= 0.25 * inside and jump >= _AT_ONCE * deep
    filled = float(np.quantile(lit[:, at : at + 4].max(1), 0.9)) if at < count else 0.0
    return _Edge(at, sharp, filled)


def _stands_out(picture: np.ndarray, level: float) -> float:
    """By how many levels the bright parts of a picture are over `level`."""
    return max(0.0, float(np.quantile(picture[::4, ::4], 0.95)) - level)


def _level(brightest: np.ndarray) -> float:
    """How bright the darkest side of the rim is."""
    sides = (brightest[:2], brightest[-2:], brightest[:, :2], brightest[:, -2:])
    return min(float(np.median(side)) for side in sides)
