"""Redraws MNIST digits as other people with other pens would have drawn them, elsewhere.

Each digit is kept three ways, enlarged to 84 x 84: as it is; as the distance to its outline; as
the distance to its centre line. A distance can be drawn again with a pen of any width, so making
strokes thick or thin costs no erosion. Digits are drawn at 112 x 112 and reduced to 28 x 28 by
the same triangle filter that Pillow's BILINEAR uses. MNIST's ones are mostly bare bars, so some get
a flag and a foot.
"""

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import distance_transform_edt
from torch.nn import functional

FIELD, CANVAS, SIZE, COARSE = 84, 112, 28, 9
AS_IT_IS, OUTLINE, CENTRE_LINE = range(3)


def measure(images: np.ndarray) -> torch.Tensor:
    """Turns bytes [n, 28, 28] into fields [n, 3, 84, 84]; distances are in pixels of 28 x 28."""
    unit = FIELD / SIZE
    large = np.stack([Image.fromarray(i).resize((FIELD, FIELD), Image.BICUBIC) for i in images])
    solid = large > 100
    lines = thin(solid)
    fields = np.empty((len(images), 3, FIELD, FIELD), np.float16)
    for field, grey, shape, line in zip(fields, large, solid, lines):
        field[AS_IT_IS] = grey / 255
        field[OUTLINE] = (distance_transform_edt(shape) - distance_transform_edt(~shape)) / unit
        field[CENTRE_LINE] = distance_transform_edt(~line) / unit
    return torch.from_numpy(fields)


def thin(solid: np.ndarray) -> np.ndarray:
    """Thins shapes [n, h, w] to lines one pixel wide (Zhang and Suen, CACM 27(3), 1984)."""
    shape = np.pad(solid, ((0, 0), (1, 1), (1, 1)))
    changed = True
    while changed:
        changed = False
        for first in (True, False):
            n, e, s, w = (np.roll(shape, move, axis) for move, axis in ((1, 1), (-1, 2), (-1, 1), (1, 2)))
            ne, se, sw, nw = (
                np.roll(a, move, 2) for a, move in ((n, -1), (s, -1), (s, 1), (n, 1))
            )
            ring = [n, ne, e, se, s, sw, w, nw]
            count = sum(a.astype(np.uint8) for a in ring)
            turns = sum((~a & b).astype(np.uint8) for a, b in zip(ring, ring[1:] + ring[:1]))
            edge = ~(n & e & s) & ~(e & s & w) if first else ~(n & e & w) & ~(n & s & w)
            gone = shape & (count >= 2) & (count <= 6) & (turns == 1) & edge
            changed |= bool(gone.any())
            shape = shape & ~gone
    return shape[:, 1:-1, 1:-1]


class Redraw:
    """Draws random variants of digits given their fields; one instance keeps the constant tables."""

    def __init__(self, generator: torch.Generator):
        self.generator = generator
        axis = (torch.arange(CANVAS) + 0.5) / CANVAS * 2 - 1
        y, x = torch.meshgrid(axis, axis, indexing="ij")
        self.points = torch.stack([x, y, torch.ones_like(x)], -1).view(-1, 3)
        self.reduce = stretch(CANVAS, SIZE, mode="bilinear", antialias=True)
        self.coarse = stretch(COARSE, SIZE, mode="bilinear") @ stretch(SIZE, COARSE, mode="bilinear", antialias=True)
        self.bend = [stretch(knots, CANVAS, mode="bicubic") for knots in (4, 8)]

    def __call__(self, fields: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Fields [n, 3, 84, 84] to pixel_values [n, 1, 28, 28] in -1..1, a new drawing of each."""
        n = len(fields)
        how = torch.multinomial(torch.tensor([0.3, 0.25, 0.45]), n, True, generator=self.generator)
        # Half of what is left as it is stays near its place and size, as MNIST centres digits.
        calm = (how == AS_IT_IS) & (self.uniform(n, 0, 1) < 0.6)
        grid, scale = self.place(n, calm)
        field = fields[torch.arange(n), how][:, None].float()
        for i in torch.nonzero((labels == 1) & (how == CENTRE_LINE)).flatten():
            field[i, 0] = self.adorn(field[i, 0])
        field = functional.grid_sample(field, grid, padding_mode="border", align_corners=False)
        ink = self.ink(field, how, scale)
        small = self.reduce @ ink @ self.reduce.t()
        return self.develop(small, n)

    def adorn(self, line: torch.Tensor) -> torch.Tensor:
        """Perhaps gives a one a flag at its top and a foot below; distances [84, 84] to its centre line."""
        ends = torch.nonzero(line == 0) * (SIZE / FIELD)
        (top_y, top_x), (foot_y, foot_x) = ends[0], ends[-1]
        if self.uniform(1, 0, 1) < 0.5:
            back, down = self.uniform(2, 1.5, 7)
            line = line.minimum(distance_to_segment(top_x - back, top_y + down.maximum(0.5 * back), top_x, top_y))
        if self.uniform(1, 0, 1) < 0.4:
            left, right = self.uniform(2, 1.5, 6)
            line = line.minimum(distance_to_segment(foot_x - left, foot_y, foot_x + right, foot_y))
        return line

    def place(self, n: int, calm: torch.Tensor):
        """Where each canvas point lies in the field: shift, scale, turn, shear and bend."""
        wide = self.uniform(n, 0.45, 1.25)
        scale = torch.where(calm, self.uniform(n, 0.85, 1.15), wide)
        stretch_x = torch.exp(self.normal(n) * torch.where(calm, 0.06, 0.14))
        turn = self.normal(n).clamp(-2.5, 2.5) * torch.where(calm, 0.08, 0.14)
        shear = self.normal(n).clamp(-2.5, 2.5) * torch.where(calm, 0.08, 0.16)
        cos, sin = torch.cos(turn), torch.sin(turn)
        sx, sy = scale * stretch_x, scale / stretch_x
        draw = torch.stack(
            [
                torch.stack([cos * sx, (cos * shear - sin) * sy], -1),
                torch.stack([sin * sx, (sin * shear + cos) * sy], -1),
            ],
            1,
        )
        # A digit fills 20 of 28 pixels: what is left is room to shift, and a little more.
        room = torch.where(calm, torch.tensor(0.1), (1.02 - scale * 20 / 28).clamp(min=0.06))
        shift = self.uniform((n, 2), -1, 1) * room[:, None]
        undo = torch.linalg.inv(draw)
        undo = torch.cat([undo, -undo @ shift[:, :, None]], 2)
        grid = (self.points @ undo.transpose(1, 2)).view(n, CANVAS, CANVAS, 2)
        for table, most in zip(self.bend, (0.09, 0.03)):
            knots = self.normal((n, 2, table.shape[1], table.shape[1]))
            strength = self.uniform(n, 0, most) * torch.where(calm, 0.5, 1.0)
            bent = table @ (knots * strength[:, None, None, None]) @ table.t()
            grid = grid + bent.permute(0, 2, 3, 1)
        return grid, scale

    def ink(self, field: torch.Tensor, how: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        """From what was sampled to ink in 0..1, with a pen of random width and softness."""
        n = len(field)
        softness = self.uniform(n, 0.15, 0.9)
        thicker = self.uniform(n, -0.5, 0.9) * scale
        radius = self.uniform(n, 0.3, 0.5 + 1.5 * scale)
        drawn = torch.where(
            column(how == OUTLINE),
            field * column(scale) + column(thicker),
            column(radius) - field * column(scale),
        )
        drawn = 0.5 + drawn / column(softness)
        return torch.where(column(how == AS_IT_IS), field, drawn).clamp(0, 1)

    def develop(self, ink: torch.Tensor, n: int) -> torch.Tensor:
        """From ink to a picture: strength, blur, noise, and dark on light half of the time."""
        blurred = functional.avg_pool2d(functional.pad(ink, (1, 1, 1, 1)), 3, 1)
        blur = column(self.uniform(n, 0, 0.6) * (self.uniform(n, 0, 1) < 0.3))
        ink = ink * (1 - blur) + blurred * blur
        coarse = column(self.uniform(n, 0, 1) < 0.08)
        ink = torch.where(coarse, self.coarse @ ink @ self.coarse.t(), ink)
        ink = ink * column(self.uniform(n, 0.6, 1.0)) + column(self.uniform(n, 0, 0.15))
        noisy = self.uniform(n, 0, 0.12) * (self.uniform(n, 0, 1) < 0.3)
        ink = (ink + self.normal(ink.shape) * column(noisy)).clamp(0, 1)
        ink = torch.where(column(self.uniform(n, 0, 1) < 0.5), 1 - ink, ink)
        return ink * 2 - 1

    def uniform(self, shape, low, high):
        shape = (shape,) if isinstance(shape, int) else shape
        return low + torch.rand(shape, generator=self.generator) * (high - low)

    def normal(self, shape):
        shape = (shape,) if isinstance(shape, int) else shape
        return torch.randn(shape, generator=self.generator)


def stretch(before: int, after: int, **how) -> torch.Tensor:
    """The matrix [after, before] that resamples one axis."""
    return functional.interpolate(torch.eye(before)[None, None], size=(after, before), **how)[0, 0]


def distance_to_segment(x1, y1, x2, y2) -> torch.Tensor:
    """Distances [84, 84], in pixels of 28 x 28, from each point of a field to a straight line's nearest."""
    axis = torch.arange(FIELD) * (SIZE / FIELD)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    dx, dy = x2 - x1, y2 - y1
    along = (((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)).clamp(0, 1)
    return torch.hypot(x - x1 - along * dx, y - y1 - along * dy)


def column(values: torch.Tensor) -> torch.Tensor:
    return values[:, None, None, None]
