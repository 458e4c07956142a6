"""How well ink is read on its ground."""


def contrast(ink: str, ground: tuple[int, int, int]) -> float:
    """WCAG 2.2's contrast ratio of a computed CSS colour on `ground`."""
    numbers = [float(part) for part in ink[ink.index("(") + 1 : -1].replace(",", " ").split()[:3]]
    light, dark = sorted((luminance(numbers), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[float] | tuple[int, int, int]) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
