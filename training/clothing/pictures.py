"""Draws pictures for golden.json: garments, gradients and noise, in sizes that test resizing and cropping.

No photo of the data set is among them. Each is a PNG, so that pixels are the same in every decoder.
"""

import io

import numpy as np
from PIL import Image, ImageDraw

TEE = [(0.3, 0.15), (0.42, 0.2), (0.58, 0.2), (0.7, 0.15), (0.95, 0.35), (0.85, 0.48), (0.72, 0.4), (0.72, 0.9),
       (0.28, 0.9), (0.28, 0.4), (0.15, 0.48), (0.05, 0.35)]  # fmt: skip
TROUSERS = [(0.3, 0.05), (0.7, 0.05), (0.78, 0.95), (0.58, 0.95), (0.5, 0.3), (0.42, 0.95), (0.22, 0.95)]
DRESS = [(0.38, 0.05), (0.45, 0.15), (0.55, 0.15), (0.62, 0.05), (0.6, 0.4), (0.85, 0.95), (0.15, 0.95), (0.4, 0.4)]
SKIRT = [(0.35, 0.2), (0.65, 0.2), (0.9, 0.85), (0.1, 0.85)]
SHOE = [(0.05, 0.75), (0.08, 0.35), (0.3, 0.35), (0.45, 0.55), (0.9, 0.62), (0.95, 0.75)]
HAT = [(0.05, 0.65), (0.25, 0.6), (0.3, 0.25), (0.7, 0.25), (0.75, 0.6), (0.95, 0.65), (0.95, 0.72), (0.05, 0.72)]


def draw_all(seed: int) -> dict[str, Image.Image]:
    """Pictures by name: RGB and grey, larger and smaller than the model's input, wide, high and square."""
    random = np.random.default_rng(seed)
    return {
        "t-shirt": garment(TEE, (160, 160), "#e8e4dc", "#2a4b8d"),
        "pants": garment(TROUSERS, (97, 150), "#d9c7a8", "#1d2433"),
        "dress": garment(DRESS, (120, 201), "#ffffff", "#b3262e"),
        "skirt": garment(SKIRT, (131, 128), "#8a8f7a", "#3d2b56"),
        "shoe": garment(SHOE, (213, 140), "#c9c9cf", "#5b3a1e"),
        "hat": garment(HAT, (40, 33), "#fafafa", "#222222"),
        "grey pants": garment(TROUSERS, (128, 128), "#eeeeee", "#555555").convert("L"),
        "gradient": gradient(300, 64),
        "noise": Image.fromarray(random.integers(0, 256, (50, 71, 3), np.uint8)),
        "one pixel": Image.new("RGB", (1, 1), "#7f4020"),
    }


def garment(outline: list, size: tuple[int, int], ground: str, cloth: str) -> Image.Image:
    """A garment of one colour on a ground of one colour, its edges smoothed."""
    width, height = size
    large = Image.new("RGB", (width * 4, height * 4), ground)
    ImageDraw.Draw(large).polygon([(x * width * 4, y * height * 4) for x, y in outline], fill=cloth)
    return large.resize(size, Image.BOX)


def gradient(width: int, height: int) -> Image.Image:
    """Red grows to the right, green downwards; blue is a wave."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    blue = 0.5 + 0.5 * np.sin(x * 40) * np.cos(y * 25)
    return Image.fromarray((np.stack([x, y, blue], -1) * 255).round().astype(np.uint8))


def to_png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
