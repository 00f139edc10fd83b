"""Draws digits as a person would with a mouse or a finger: pen strokes on a 280 x 280 canvas.

These drawings only measure the model; it never learns from them. Run it to write strokes.json,
whose strokes browser tests draw with a real pointer.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

CANVAS, SIZE = 280, 28


def arc(cx, cy, rx, ry, start, end, steps=14):
    """Points of an ellipse; degrees, 0 to the right, growing clockwise as y points down."""
    angles = np.radians(np.linspace(start, end, steps))
    return [(cx + rx * np.cos(a), cy + ry * np.sin(a)) for a in angles]


# Each digit: ways to write it. Each way: its strokes, in a box 0..1 wide and 0..1 high. A stroke
# that starts with CORNERS is joined by straight lines, any other by a smooth curve.
CORNERS = "corners"
WAYS = {
    0: {
        "oval": [arc(0.5, 0.5, 0.34, 0.5, -90, 270, 20)],
        "round": [arc(0.5, 0.5, 0.48, 0.5, -60, 295, 20)],
        "not quite closed": [arc(0.5, 0.5, 0.36, 0.5, -80, 245, 20)],
    },
    1: {
        "bar": [[CORNERS, (0.5, 0), (0.5, 1)]],
        "flag": [[CORNERS, (0.3, 0.22), (0.55, 0), (0.55, 1)]],
        "flag and foot": [[CORNERS, (0.28, 0.25), (0.52, 0), (0.52, 1)], [CORNERS, (0.25, 1), (0.8, 1)]],
    },
    2: {
        "angular": [[(0.14, 0.25), (0.3, 0.04), (0.6, 0), (0.82, 0.2), (0.72, 0.45), (0.4, 0.75), (0.12, 1)],
                    [CORNERS, (0.12, 1), (0.9, 1)]],
        "swan": [[(0.16, 0.22), (0.36, 0.01), (0.68, 0.03), (0.8, 0.26), (0.62, 0.55), (0.3, 0.85),
                  (0.14, 0.99), (0.4, 0.96), (0.65, 0.98), (0.9, 1)]],
        "loop": [[(0.15, 0.25), (0.35, 0.02), (0.68, 0.02), (0.8, 0.26), (0.6, 0.6), (0.3, 0.92), (0.12, 0.93),
                  (0.16, 0.78), (0.34, 0.8), (0.55, 0.97), (0.78, 0.99), (0.93, 0.88)]],
    },
    3: {
        "round": [[(0.15, 0.12), (0.42, 0), (0.75, 0.12), (0.7, 0.38), (0.42, 0.47)],
                  [(0.42, 0.47), (0.75, 0.56), (0.84, 0.78), (0.6, 0.98), (0.3, 0.99), (0.1, 0.86)]],
        "one stroke": [[(0.18, 0.08), (0.5, 0), (0.78, 0.2), (0.62, 0.42), (0.4, 0.48), (0.68, 0.54),
                        (0.85, 0.75), (0.62, 0.97), (0.14, 0.92)]],
        "flat top": [[CORNERS, (0.15, 0), (0.8, 0), (0.45, 0.4)],
                     [(0.45, 0.4), (0.76, 0.48), (0.84, 0.72), (0.62, 0.97), (0.32, 1), (0.12, 0.86)]],
    },
    4: {
        "open": [[CORNERS, (0.2, 0), (0.14, 0.55), (0.85, 0.55)], [CORNERS, (0.7, 0.05), (0.68, 1)]],
        "closed": [[CORNERS, (0.66, 1), (0.66, 0), (0.06, 0.68), (0.92, 0.68)]],
        "crossed": [[CORNERS, (0.45, 0), (0.08, 0.62), (0.92, 0.6)], [CORNERS, (0.68, 0.32), (0.62, 1)]],
    },
    5: {
        "hat last": [[CORNERS, (0.24, 0.02), (0.2, 0.44)],
                     [(0.2, 0.44), (0.5, 0.37), (0.8, 0.52), (0.84, 0.76), (0.6, 0.98), (0.3, 1), (0.1, 0.88)],
                     [CORNERS, (0.24, 0.02), (0.82, 0)]],
        "one stroke": [[CORNERS, (0.82, 0), (0.25, 0), (0.2, 0.42)],
                       [(0.2, 0.42), (0.55, 0.38), (0.84, 0.62), (0.7, 0.92), (0.35, 1), (0.1, 0.88)]],
        "soft": [[(0.85, 0.02), (0.5, 0.03), (0.28, 0.06), (0.22, 0.24), (0.26, 0.42), (0.55, 0.42), (0.8, 0.6),
                  (0.74, 0.88), (0.45, 1), (0.12, 0.92)]],
    },
    6: {
        "curl": [[(0.7, 0), (0.4, 0.2), (0.2, 0.55), (0.24, 0.88), (0.5, 1), (0.78, 0.88), (0.8, 0.66),
                  (0.55, 0.53), (0.3, 0.62), (0.2, 0.78)]],
        "straight back": [[(0.55, 0), (0.32, 0.35), (0.2, 0.7)], arc(0.5, 0.75, 0.3, 0.25, 180, -190, 16)],
        "round back": [[(0.82, 0.1), (0.58, 0), (0.3, 0.16), (0.16, 0.5), (0.2, 0.82), (0.46, 1), (0.76, 0.9),
                        (0.84, 0.7), (0.64, 0.53), (0.36, 0.56), (0.2, 0.72)]],
    },
    7: {
        "plain": [[CORNERS, (0.1, 0), (0.88, 0), (0.4, 1)]],
        "bar": [[CORNERS, (0.12, 0), (0.88, 0), (0.38, 1)], [CORNERS, (0.28, 0.5), (0.86, 0.48)]],
        "hook": [[CORNERS, (0.12, 0.16), (0.14, 0.02), (0.86, 0)], [(0.86, 0), (0.62, 0.4), (0.5, 0.7), (0.46, 1)]],
    },
    8: {
        "crossing": [[(0.76, 0.14), (0.5, 0), (0.22, 0.14), (0.28, 0.36), (0.68, 0.58), (0.82, 0.8), (0.5, 1),
                      (0.18, 0.82), (0.32, 0.58), (0.7, 0.38), (0.77, 0.15)]],
        "two rings": [arc(0.5, 0.24, 0.28, 0.24, 90, 450, 16), arc(0.5, 0.74, 0.34, 0.26, -90, 270, 16)],
        "open top": [[(0.8, 0.06), (0.5, 0.01), (0.22, 0.14), (0.3, 0.36), (0.68, 0.58), (0.8, 0.8), (0.5, 1),
                      (0.2, 0.82), (0.34, 0.56), (0.66, 0.36), (0.74, 0.18)]],
    },
    9: {
        "straight leg": [arc(0.48, 0.26, 0.3, 0.26, 0, -360, 16), [CORNERS, (0.78, 0.24), (0.74, 1)]],
        "hooked": [arc(0.48, 0.27, 0.31, 0.27, -10, -355, 16),
                   [(0.79, 0.22), (0.8, 0.6), (0.66, 0.94), (0.4, 1), (0.2, 0.9)]],
        "slanted": [[(0.76, 0.18), (0.5, 0), (0.22, 0.2), (0.3, 0.46), (0.58, 0.44), (0.77, 0.16), (0.66, 0.6), (0.5, 1)]],
    },
}  # fmt: skip


@dataclass
class Kind:
    """How a person draws: the digit's height, the pen's width, how far off the middle, how shaky; all of 0..1."""

    height: tuple[float, float]
    pen: tuple[float, float]
    off: float = 0.04
    shake: float = 0.022


KINDS = {
    "usual": Kind(height=(0.6, 0.75), pen=(0.05, 0.08)),
    "thick": Kind(height=(0.62, 0.8), pen=(0.09, 0.125)),
    "thin": Kind(height=(0.55, 0.8), pen=(0.018, 0.032)),
    "large": Kind(height=(0.8, 0.92), pen=(0.04, 0.09), off=0.01),
    "small": Kind(height=(0.34, 0.44), pen=(0.03, 0.05), off=0.15),
    "offCentre": Kind(height=(0.45, 0.6), pen=(0.04, 0.07), off=1),
    "shaky": Kind(height=(0.5, 0.8), pen=(0.03, 0.1), off=0.1, shake=0.05),
}


@dataclass
class Drawing:
    """Strokes are lists of points (x, y), and the pen's width is a length, in parts of the canvas."""

    digit: int
    way: str
    kind: str
    dark_ink: bool
    pen: float
    strokes: list


def draw_all(seed: int, times: int) -> list[Drawing]:
    """Every way to write every digit, of every kind, in both polarities, so many times."""
    random = np.random.default_rng(seed)
    return [
        write(digit, way, kind, dark_ink, random)
        for digit, ways in WAYS.items()
        for way in ways
        for kind in KINDS
        for dark_ink in (False, True)
        for _ in range(times)
    ]


def write(digit: int, way: str, kind: str, dark_ink: bool, random) -> Drawing:
    """One drawing: shaky control points, a slant, a turn, a size, a place."""
    look = KINDS[kind]
    height = random.uniform(*look.height)
    aspect = random.uniform(0.55, 0.85)
    slant, turn = random.normal(0, 0.12), random.normal(0, 0.07)
    pen = random.uniform(*look.pen)
    strokes = []
    for points in WAYS[digit][way]:
        corners = points[0] == CORNERS
        points = np.array(points[1:] if corners else points, float)
        points += random.normal(0, look.shake, points.shape)
        points = points if corners else smooth(points)
        points = (points - 0.5) * (aspect * height, height)
        points[:, 0] -= points[:, 1] * slant
        cos, sin = np.cos(turn), np.sin(turn)
        strokes.append(points @ np.array([[cos, sin], [-sin, cos]]))
    every = np.concatenate(strokes)
    low, high = every.min(0) - pen / 2 - 0.01, every.max(0) + pen / 2 + 0.01
    middle = 0.5 - (low + high) / 2
    room = np.maximum(0, (1 - (high - low)) / 2)
    shift = middle + random.uniform(-1, 1, 2) * np.minimum(room, look.off)
    strokes = [np.round(points + shift, 4).tolist() for points in strokes]
    return Drawing(digit, way, kind, dark_ink, round(pen, 4), strokes)


def smooth(points: np.ndarray, steps: int = 8) -> np.ndarray:
    """A Catmull-Rom curve through the points."""
    p = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:])
    ]
    return np.concatenate([*pieces, points[-1:]])


def render(drawing: Drawing) -> np.ndarray:
    """Paints with a round pen at twice the canvas, then reduces as Pillow's BILINEAR does: bytes [28, 28]."""
    scale = CANVAS * 2
    paper, ink = (255, 0) if drawing.dark_ink else (0, 255)
    image = Image.new("L", (scale, scale), paper)
    paint = ImageDraw.Draw(image)
    radius = drawing.pen * scale / 2
    for stroke in drawing.strokes:
        points = [(x * scale, y * scale) for x, y in stroke]
        paint.line(points, fill=ink, width=max(1, round(2 * radius)))
        for x, y in points:
            paint.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    canvas = image.reduce(2)
    return np.asarray(canvas.resize((SIZE, SIZE), Image.BILINEAR))


def main():
    random = np.random.default_rng(2024)
    turns = ["usual", "thick", "offCentre", "thin", "small", "large", "shaky"]
    ways = [(digit, way) for digit, ways in WAYS.items() for way in ways]
    drawings = [
        write(digit, way, turns[i % len(turns)], i % 4 == 3, random) for i, (digit, way) in enumerate(ways)
    ]
    lines = [
        json.dumps(
            {
                "digit": d.digit,
                "way": d.way,
                "kind": d.kind,
                "darkInk": d.dark_ink,
                "penWidth": d.pen,
                "strokes": d.strokes,
            }
        )
        for d in drawings
    ]
    Path(__file__).with_name("strokes.json").write_text("[\n  " + ",\n  ".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
