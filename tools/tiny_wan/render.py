"""Pixels of scenes, drawn by signed distance on any device, many clips at once."""

import numpy as np
import torch
from scenes import FRAMES, SHAPES, SIDE, Scene

Tensor = torch.Tensor
DUOTONE = ((0.22, 0.07, 0.42), (0.99, 0.80, 0.30))
"""The look held out of training: dark tones become deep purple, light tones gold."""


def render(scenes: list[Scene], device: str | torch.device = "cpu", softness: float = 1.0) -> Tensor:
    """Draw `scenes` as uint8 [B, FRAMES, SIDE, SIDE, 3]; `softness` is the width of an edge in pixels."""
    image = _grounds(scenes, device)
    for layer in range(max(len(scene.parts) for scene in scenes)):
        image = _draw(image, scenes, layer, softness)
    image = _looks(image, scenes)
    return (image.clamp(0, 1) * 255).round().to(torch.uint8)


def _grounds(scenes: list[Scene], device) -> Tensor:
    top = torch.tensor([s.ground for s in scenes], device=device)[:, None, :]
    below = torch.tensor([s.ground_below for s in scenes], device=device)[:, None, :]
    ramp = torch.linspace(0, 1, SIDE, device=device)[None, :, None]
    rows = top + (below - top) * ramp
    return rows[:, None, :, None, :].expand(-1, FRAMES, -1, SIDE, -1).clone()


def _draw(image: Tensor, scenes: list[Scene], layer: int, softness: float) -> Tensor:
    device = image.device
    have = [len(s.parts) > layer for s in scenes]
    parts = [s.parts[layer] if ok else s.parts[0] for s, ok in zip(scenes, have, strict=True)]

    def column(values) -> Tensor:
        return torch.tensor(np.stack(values), dtype=torch.float32, device=device)

    reach = column([s.radius * s.scale for s in scenes])
    size = reach * column([[p.size] for p in parts])
    x = column([s.x for s in scenes]) + reach * column([[p.at[0]] for p in parts])
    y = column([s.y for s in scenes]) + reach * column([[p.at[1]] for p in parts])
    angle, fade = (
        column([s.angle for s in scenes]),
        column([s.fade for s in scenes]) * column([[float(h)] for h in have]),
    )
    colour = column([_colours(s, p) for s, p in zip(scenes, parts, strict=True)])
    grid = torch.arange(SIDE, device=device, dtype=torch.float32)
    px, py = grid[None, None, None, :] - x[..., None, None], grid[None, None, :, None] - y[..., None, None]
    cos, sin = torch.cos(angle)[..., None, None], torch.sin(angle)[..., None, None]
    safe = size.clamp(min=1e-3)[..., None, None]
    distance = _distance((px * cos + py * sin) / safe, (py * cos - px * sin) / safe, [p.shape for p in parts]) * safe
    cover = (0.5 - distance / softness).clamp(0, 1) * (size > 0.3)[..., None, None] * fade[..., None, None]
    return image + (colour[:, :, None, None, :] - image) * cover[..., None]


def _colours(scene: Scene, part) -> np.ndarray:
    own = np.array(part.colour)[None]
    if scene.colour_to is None:
        return np.repeat(own, FRAMES, 0)
    return own + (np.array(scene.colour_to)[None] - own) * scene.blend[:, None]


def _distance(x: Tensor, y: Tensor, shapes: list[str]) -> Tensor:
    """Signed distance to unit shapes, [B, F, H, W]; exact enough near the edge."""
    out = torch.empty_like(x + y)
    for shape in set(shapes):
        rows = torch.tensor([i for i, s in enumerate(shapes) if s == shape], device=out.device)
        out[rows] = SDF[shape](x[rows], y[rows])
    return out


def _box(x: Tensor, y: Tensor, a: float, b: float) -> Tensor:
    dx, dy = x.abs() - a, y.abs() - b
    return torch.hypot(dx.clamp(min=0), dy.clamp(min=0)) + torch.maximum(dx, dy).clamp(max=0)


def _planes(x: Tensor, y: Tensor, angles: list[float], offset: float) -> Tensor:
    faces = [x * float(np.cos(a)) + y * float(np.sin(a)) - offset for a in angles]
    return torch.stack(faces).amax(0)


def _triangle(x: Tensor, y: Tensor) -> Tensor:
    return _planes(x, y - 0.12, [np.pi / 2, np.pi / 2 + 2 * np.pi / 3, np.pi / 2 - 2 * np.pi / 3], 0.58)


def _star(x: Tensor, y: Tensor) -> Tensor:
    radius, angle = torch.hypot(x, y), torch.atan2(x, -y)
    fold = torch.remainder(angle + np.pi / 5, 2 * np.pi / 5) - np.pi / 5
    px, py = radius * torch.cos(fold), radius * torch.sin(fold).abs()
    tip, dent = np.array([1.12, 0.0]), 0.55 * np.array([np.cos(np.pi / 5), np.sin(np.pi / 5)])
    along = (dent - tip) / np.linalg.norm(dent - tip)
    return (px - tip[0]) * float(-along[1]) * -1 + (py - tip[1]) * float(along[0]) * -1


SDF = {
    "circle": lambda x, y: torch.hypot(x, y) - 0.92,
    "square": lambda x, y: _box(x, y, 0.8, 0.8),
    "triangle": _triangle,
    "diamond": lambda x, y: (x.abs() + y.abs() - 1.12) * 0.7071,
    "star": _star,
    "cross": lambda x, y: torch.minimum(_box(x, y, 1.0, 0.36), _box(x, y, 0.36, 1.0)),
    "ring": lambda x, y: (torch.hypot(x, y) - 0.74).abs() - 0.27,
}
assert tuple(SDF) == SHAPES


def _looks(image: Tensor, scenes: list[Scene]) -> Tensor:
    for look, apply in LOOK.items():
        rows = [i for i, s in enumerate(scenes) if s.look == look]
        if rows:
            amount = torch.tensor(
                np.stack([scenes[i].look_amount for i in rows]), dtype=image.dtype, device=image.device
            )
            old = image[rows]
            image[rows] = old + (apply(old) - old) * amount[..., None, None, None]
    return image


def _luminance(image: Tensor) -> Tensor:
    weights = torch.tensor([0.299, 0.587, 0.114], device=image.device)
    return (image * weights).sum(-1, keepdim=True)


def _tones(image: Tensor, dark: tuple, light: tuple) -> Tensor:
    low, high = torch.tensor(dark, device=image.device), torch.tensor(light, device=image.device)
    return low + (high - low) * _luminance(image)


LOOK = {
    "pastel": lambda image: 0.55 + 0.45 * image,
    "night": lambda image: 0.5 * image + torch.tensor([0.0, 0.01, 0.10], device=image.device),
    "gray": lambda image: _luminance(image).expand_as(image),
    "duotone": lambda image: _tones(image, *DUOTONE),
}
