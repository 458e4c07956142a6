"""Clips that are the same one twice: encoded again, scaled, made lighter or darker, mirrored, trimmed a little."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from wannb.data.looks.look import Look

_ALIKE, _OF_CONTRAST, _LEAST = 14.0, 0.3, 4.0
"""Levels of 255 by which the most different cells of two copies may differ (clipped highlights do by 13), and no more
than a share of what stands out in them: faint clips differ by little."""
_CELLS = 0.03
"""Share of the cells that are the most different ones: a shape that is another covers more."""
_OVERLAP = 0.7
"""Of the longer clip's time."""
_PLAIN = 3.0
"""Levels: a clip whose pictures all spread over less shows a plain ground, and is like every other such."""
_GAIN, _OFFSET = (0.55, 1.8), 64
"""How much lighter or darker one may be."""
_RELIT, _BLOWN_OUT = 0.05, 190
"""From so much of a gain on, levels above this are as good as one: where some of a cell is blown out, its mean tells
little."""
_DOUBT, _CROPPED = 2.5, (1.04, 1.08)
"""Up to so many times as far apart as copies are, two may be one that is cropped; enlarged by so much."""
_ROUGHLY = 0.6
"""How far mean pictures may be apart for a closer look to be worth it."""
_NEVER = (float("inf"), 0.0)
_HELD = 12
"""Pictures of an overlap that are held against each other."""


@dataclass(frozen=True)
class Twins:
    """Two clips of one content; apart: levels of 255; later: seconds of `second` at which `first` begins."""

    first: str
    second: str
    mirrored: bool
    apart: float
    later: float


@dataclass(frozen=True, eq=False)
class _Pictures:
    """luma: [S, 16, 16] and tint: [S, 2, 8, 8], float32, `step` seconds apart."""

    luma: np.ndarray
    tint: np.ndarray
    step: float

    @classmethod
    def of(cls, look: Look) -> "_Pictures":
        step = look.signature.step / look.fps if look.fps > 0 else 1.0
        return cls(look.signature.luma.astype(np.float32), look.signature.tint.astype(np.float32), step)

    @property
    def telling(self) -> bool:
        return bool(self.luma.std((1, 2)).max() > _PLAIN or self.tint.std((2, 3)).max() > _PLAIN)

    @property
    def alike(self) -> float:
        """How far a copy may be apart from it, in levels."""
        flat = self.luma.reshape(len(self.luma), -1)
        stands_out = np.sort(np.abs(flat - np.median(flat, axis=1, keepdims=True)), axis=1)[:, -8:].mean()
        tint = np.abs(self.tint - np.median(self.tint, axis=(2, 3), keepdims=True)).reshape(len(self.tint), -1)
        stands_out = max(float(stands_out), float(np.sort(tint, axis=1)[:, -4:].mean()))
        return min(_ALIKE, max(_LEAST, _OF_CONTRAST * stands_out))

    def mirrored(self) -> "_Pictures":
        return _Pictures(self.luma[..., ::-1], self.tint[..., ::-1], self.step)

    def zoomed(self, zoom: float) -> "_Pictures":
        """The middle of the pictures, enlarged to fill them."""
        luma, tint = _enlarge(self.luma.shape[-1], zoom), _enlarge(self.tint.shape[-1], zoom)
        return _Pictures(luma @ self.luma @ luma.T, tint @ self.tint @ tint.T, self.step)

    def rough(self) -> np.ndarray:
        """[256 + 128]: the mean picture, its brightness and contrast evened out."""
        luma, tint = self.luma.mean(0), self.tint.mean(0)
        luma = (luma - luma.mean()) / max(float(luma.std()), 4) / 16
        return np.concatenate([luma.ravel(), ((tint - 128) / 40 / 11).ravel()])


def twins(looks: Mapping[str, Look]) -> list[Twins]:
    """The near-duplicates among the named looks, in the order of the names: each with the first clip it is a copy of.

    What could not be looked at is passed over.
    """
    seen = {name: _Pictures.of(look) for name, look in looks.items() if isinstance(look, Look) and look.signature}
    seen = {name: pictures for name, pictures in seen.items() if pictures.telling}
    names, pictures = list(seen), list(seen.values())
    copies: dict[int, Twins] = {}
    for i, j, mirrored in _likely(pictures):
        if i in copies or j in copies:  # what is like a copy is like the first one
            continue
        apart, later = _closest(pictures[i], pictures[j].mirrored() if mirrored else pictures[j])
        if apart <= min(pictures[i].alike, pictures[j].alike):
            copies[j] = Twins(names[i], names[j], mirrored, round(apart, 2), round(later, 3))
    return [copies[j] for j in sorted(copies)]


def _likely(pictures: list[_Pictures]) -> Iterator[tuple[int, int, bool]]:
    """Pairs i < j whose mean pictures are roughly alike, as they are or with the second one mirrored."""
    if len(pictures) < 2:
        return
    plain = np.stack([one.rough() for one in pictures])
    mirrored = np.stack([one.mirrored().rough() for one in pictures])
    squares = (plain**2).sum(1)
    for i in range(len(pictures) - 1):
        for turned, other in ((False, plain), (True, mirrored)):
            apart = squares[i] + squares[i + 1 :] - 2 * other[i + 1 :] @ plain[i]
            yield from ((i, i + 1 + int(j), turned) for j in np.flatnonzero(apart < _ROUGHLY**2))


def _closest(a: _Pictures, b: _Pictures) -> tuple[float, float]:
    """As `_compared`; where that leaves doubt, also with one of them seen as cropped a little."""
    found, enough = _compared(a, b), min(a.alike, b.alike)
    if enough < found[0] < _DOUBT * enough:
        for zoom in _CROPPED:
            found = min(found, _compared(a.zoomed(zoom), b), _compared(a, b.zoomed(zoom)))
    return found


def _compared(a: _Pictures, b: _Pictures) -> tuple[float, float]:
    """How far apart two clips are in levels of 255, and how many seconds into b a begins, at the best alignment."""
    if a.step > b.step:
        apart, later = _compared(b, a)
        return apart, -later
    at = np.rint(np.arange(0, len(a.luma) * a.step, b.step) / a.step).astype(int)
    at = at[at < len(a.luma)]
    return min(((_apart(a, b, at, shift), shift * b.step) for shift in _shifts(a.luma[at], b.luma)), default=_NEVER)


def _shifts(a: np.ndarray, b: np.ndarray) -> list[int]:
    """The two best alignments of a [N, 16, 16] and b [M, 16, 16] that overlap enough: a's k is b's k + shift."""
    flat = [_evened(x.reshape(len(x), -1)) for x in (a, b)]
    apart = (flat[0] ** 2).sum(1)[:, None] + (flat[1] ** 2).sum(1)[None] - 2 * flat[0] @ flat[1].T
    rows, columns = apart.shape
    # Each row one place further to the right: what lay on one diagonal lies in one column.
    aslant = np.zeros((rows, rows + columns), np.float32)
    aslant[:, :columns] = apart[::-1]
    sums = aslant.ravel()[: rows * (rows + columns - 1)].reshape(rows, -1).sum(0)
    shifts = np.arange(-rows + 1, columns)
    common = np.minimum(rows, columns - shifts) - np.maximum(0, -shifts)
    scores = np.where(common >= _OVERLAP * max(rows, columns), sums / common, np.inf)
    return [int(shifts[k]) for k in np.argsort(scores)[:2] if np.isfinite(scores[k])]


@cache
def _enlarge(cells: int, zoom: float) -> np.ndarray:
    """[cells, cells]: what of each cell is in each one of the enlarged middle; straight lines between centres."""
    at = (cells - 1) / 2 + (np.arange(cells) - (cells - 1) / 2) / zoom
    return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(cells))).astype(np.float32)


def _evened(flat: np.ndarray) -> np.ndarray:
    """A whole clip's pictures [S, 256] with mean 0, and spread 1 where there is any."""
    return (flat - flat.mean()) / max(float(flat.std()), 8)


def _apart(a: _Pictures, b: _Pictures, at: np.ndarray, shift: int) -> float:
    """Levels by which the most different cells differ: b's pictures against what a shows just then and around it."""
    ks = np.arange(max(0, -shift), min(len(at), len(b.luma) - shift))
    ks = ks[np.unique(np.linspace(0, len(ks) - 1, _HELD).round().astype(int))]
    reach = max(1, int(np.ceil(0.5 * b.step / a.step)))
    luma = _outside(a.luma, b.luma[ks + shift], at[ks], reach, _brightness)
    tint = _outside(a.tint, b.tint[ks + shift], at[ks], reach, _colour)
    return max(luma, tint)


def _outside(a: np.ndarray, b: np.ndarray, at: np.ndarray, reach: int, fit) -> float:
    """How far b [K, ...] lies outside of what a [S, ...] shows within `reach` pictures of `at`, where it does most."""
    near = np.stack([a[np.clip(at + k, 0, len(a) - 1)] for k in range(-reach, reach + 1)])
    gain, offset = fit(a[at], b)
    near = (near * gain + offset).clip(0, 255)
    if abs(gain - 1) > _RELIT:
        near, b = np.minimum(near, _BLOWN_OUT), np.minimum(b, _BLOWN_OUT)
    over = np.maximum(b - near.max(0), near.min(0) - b).clip(0).reshape(len(b), -1)
    count = max(3, round(_CELLS * over.shape[1]))
    return float(np.partition(over, -count, axis=1)[:, -count:].mean())


def _brightness(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """The gain and offset that make b of a, as far as they are likely."""
    spread = float(a.var())
    gain = float(((a - a.mean()) * (b - b.mean())).mean()) / spread if spread > 1 else 1.0
    gain = float(np.clip(gain, *_GAIN))
    most = _OFFSET + 128 * abs(1 - gain)
    return gain, float(np.clip(b.mean() - gain * a.mean(), -most, most))


def _colour(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """The gain around grey that makes b of a."""
    power = float(((a - 128) ** 2).mean())
    gain = float(((a - 128) * (b - 128)).mean()) / power if power > 1 else 1.0
    gain = float(np.clip(gain, *_GAIN))
    return gain, 128 * (1 - gain)
