"""Clips whose motion, light and sharpness are known, because they are drawn from numbers."""

from math import erf

import numpy as np

GROUND, BALL = (40, 60, 160), (240, 200, 40)


def ball(centres: np.ndarray, size: tuple[int, int] = (64, 64), radius: float = 8.0) -> np.ndarray:
    """centres [F, 2] (x, y) in pixels of `size` (W, H) -> uint8 [F, H, W, 3], edges a pixel soft."""
    y, x = np.mgrid[: size[1], : size[0]]
    cover = [np.clip(radius + 0.5 - np.hypot(x - cx, y - cy), 0, 1)[..., None] for cx, cy in centres]
    return np.stack([one * BALL + (1 - one) * GROUND for one in np.array(cover)]).round().astype(np.uint8)


def line(speed: float, angle: float, frames: int = 33, fps: float = 16, size: tuple[int, int] = (64, 64)) -> np.ndarray:
    """A ball that passes the middle halfway: `speed` in % of the width a second, `angle` in degrees, 90 is up."""
    along = speed / 100 * size[0] * (np.arange(frames) - (frames - 1) / 2) / fps
    way = np.array([np.cos(np.radians(angle)), -np.sin(np.radians(angle))])
    return ball(np.array(size) / 2 + along[:, None] * way, size)


def orbit(degrees: float, start: float = 20, frames: int = 33) -> np.ndarray:
    """A ball a quarter of the width from the middle that goes about it by `degrees`, counter-clockwise."""
    at = np.radians(start + np.linspace(0, degrees, frames))
    return ball(32 + 16 * np.stack([np.cos(at), -np.sin(at)], axis=1))


def texture(side: int = 128, blur: float = 2.0, seed: int = 0) -> np.ndarray:
    """float [side, side, 3]: noise blurred by a Gaussian of `blur` pixels, which wraps around."""
    noise = np.random.default_rng(seed).normal(size=(side, side, 3))
    frequency = np.fft.fftfreq(side)
    power = np.exp(-2 * (np.pi * blur) ** 2 * (frequency[:, None] ** 2 + frequency[None] ** 2))
    picture = np.fft.ifft2(np.fft.fft2(noise, axes=(0, 1)) * power[..., None], axes=(0, 1)).real
    return 128 + 40 * picture / picture.std()


def pan(right: float, up: float, frames: int = 17, fps: float = 16) -> np.ndarray:
    """A texture that moves by `right` and `up`, % of the 64 pixels of width a second, shifted by its spectrum."""
    spectrum = np.fft.fft2(texture(), axes=(0, 1))
    frequency = np.fft.fftfreq(len(spectrum))
    clip = []
    for t in range(frames):
        dx, dy = right / 100 * 64 * t / fps, -up / 100 * 64 * t / fps
        turn = np.exp(-2j * np.pi * (frequency[None] * dx + frequency[:, None] * dy))
        clip.append(np.fft.ifft2(spectrum * turn[..., None], axes=(0, 1)).real[:64, :64])
    return np.stack(clip).clip(0, 255).round().astype(np.uint8)


def edge(blur: float, side: int = 64) -> np.ndarray:
    """uint8 [1, side, side, 3]: a slanted edge of 160 levels, blurred by a Gaussian of `blur` pixels."""
    y, x = np.mgrid[:side, :side]
    away = (x - side / 2 + 0.15 * (y - side / 2)) / np.hypot(1, 0.15)
    level = 48 + 160 * (0.5 + 0.5 * np.vectorize(erf)(away / (blur * np.sqrt(2))))
    return np.repeat(level[None, :, :, None], 3, axis=3).round().astype(np.uint8)
