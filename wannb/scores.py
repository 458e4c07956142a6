"""What a clip shows, measured in pixels: how far an object turned, how much of a palette or a character is there.

Pure numpy on frames uint8 [F, H, W, 3]. Made for the tiny world's plain grounds, where one object stands out.
"""

import numpy as np

DIFFERENT = 30
"""Least difference (of 255, largest channel) between a pixel and the ground of its row that counts as object."""
FAINT = 0.4
"""Less than this share of a frame's largest difference is a trace that the object left, not the object."""


def track(frames: np.ndarray) -> np.ndarray:
    """Centre (x, y) of the object in each frame in pixels, [F, 2]; NaN where under 0.3 % of the frame stands out."""
    centres = np.full((len(frames), 2), np.nan)
    for i, frame in enumerate(frames.astype(np.int16)):
        ground = np.median(frame, axis=1, keepdims=True)
        difference = np.abs(frame - ground).max(-1)
        stands_out = difference > max(DIFFERENT, FAINT * difference.max())
        weight = np.where(stands_out, difference, 0).astype(float)
        if (weight > 0).mean() >= 0.003:
            y, x = np.mgrid[: weight.shape[0], : weight.shape[1]]
            centres[i] = (weight * x).sum() / weight.sum(), (weight * y).sum() / weight.sum()
    return centres


def circle(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre [2] and radius of the circle nearest to `points` [n, 2] (Kåsa's least squares, 1976)."""
    matrix = np.column_stack([2 * points, np.ones(len(points))])
    x, y, c = np.linalg.lstsq(matrix, (points**2).sum(1), rcond=None)[0]
    return np.array([x, y]), float(np.sqrt(max(c + x * x + y * y, 0.0)))


def turned(frames: np.ndarray) -> float:
    """Degrees by which the object turned about the circle that fits its path, without sign.

    0 where it hardly moved (its path lies within 5 % of the frame's side about its mean), went straight (its path is a
    hundred times as long as wide, so that no circle is nearest to it), went no circle (the path lies nearly half
    the radius off it, as a wobbling line through its middle does), or was lost for more than a quarter of the clip.
    """
    centres = track(frames)
    seen = centres[~np.isnan(centres[:, 0])]
    side = min(frames.shape[1:3])
    if len(seen) < 0.75 * len(frames) or np.hypot(*(seen - seen.mean(0)).T).max() < 0.05 * side:
        return 0.0
    length, width = np.linalg.svd(seen - seen.mean(0), compute_uv=False)
    if width < 0.01 * length:
        return 0.0
    middle, radius = circle(seen)
    if np.std(np.hypot(*(seen - middle).T)) > 0.45 * radius:
        return 0.0
    angles = np.unwrap(np.arctan2(*(seen - middle).T[::-1]))
    return float(abs(np.degrees(angles[-1] - angles[0])))


def palette_share(frames: np.ndarray, dark: tuple, light: tuple) -> float:
    """Per cent of the pixels of the later half that lie within 0.15 (RGB, 0..1) of the line from `dark` to `light`."""
    pixels = frames[len(frames) // 2 :].reshape(-1, 3) / 255
    start, way = np.array(dark), np.array(light) - np.array(dark)
    along = np.clip((pixels - start) @ way / (way @ way), 0, 1)
    distance = np.linalg.norm(pixels - start - along[:, None] * way, axis=1)
    return float(100 * (distance < 0.15).mean())


def character_share(frames: np.ndarray, body: tuple, hat: tuple) -> float:
    """Per cent of the frames of the later half that show colour `hat` (RGB, 0..1) right above colour `body`."""
    later = frames[len(frames) // 2 :] / 255
    return float(100 * np.mean([_stands_above(frame, hat, body) for frame in later]))


def _stands_above(frame: np.ndarray, upper: tuple, lower: tuple) -> bool:
    """Whether both colours cover 0.5 % of the frame, one centre above the other by less than a third of the height."""
    spots = [np.argwhere(np.linalg.norm(frame - np.array(c), axis=-1) < 0.28) for c in (upper, lower)]
    if any(len(spot) < 0.005 * frame.shape[0] * frame.shape[1] for spot in spots):
        return False
    (top, left), (bottom, right) = (spot.mean(0) for spot in spots)
    height, width = frame.shape[:2]
    return 0 < bottom - top < height / 3 and abs(left - right) < width / 8
