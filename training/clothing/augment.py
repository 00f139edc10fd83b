"""Shows photos anew in each epoch: framed, turned, mirrored, recoloured, covered in part, and mixed with others."""

import math

import torch
from torch.nn import functional

MIXED = {"cut": 0.3, "blend": 0.15}  # how many batches; the others are left whole
GREY = torch.full((3, 3), 1 / 3)  # onto the grey axis
TURN = torch.tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)  # about the grey axis


class Augment:
    """Bytes [n, 3, h, w] and labels to (pixel_values [n, 3, size, size] in -1..1, shares [n, classes])."""

    def __init__(self, generator: torch.Generator, classes: int):
        self.generator = generator
        self.classes = classes

    def __call__(self, images: torch.Tensor, labels: torch.Tensor, size: int, mix: bool):
        pixels = self.frame(images.float() / 255, size)
        pixels = self.cover(self.recolour(pixels)) * 2 - 1
        shares = functional.one_hot(labels, self.classes).float()
        chance = float(self.uniform((1,), 0, 1)) if mix else 1
        if chance < MIXED["cut"]:
            return self.cut(pixels, shares)
        if chance < MIXED["cut"] + MIXED["blend"]:
            return self.blend(pixels, shares)
        return pixels, shares

    def frame(self, pixels: torch.Tensor, size: int) -> torch.Tensor:
        """A part of each photo, 35 to 110 % of its area, turned by up to some 20 degrees, half of them mirrored."""
        n = len(pixels)
        part = self.uniform((n,), 0.35, 1.1).sqrt()
        ratio = torch.exp(self.normal((n,)).clamp(-2, 2) * 0.12)
        turn = self.normal((n,)).clamp(-2.5, 2.5) * 0.14
        mirror = (self.uniform((n,), 0, 1) < 0.5).float() * 2 - 1
        wide, high = part * ratio, part / ratio
        room_x, room_y = (1 - wide).clamp(min=0.05), (1 - high).clamp(min=0.05)
        left, top = self.uniform((n,), -1, 1) * room_x, self.uniform((n,), -1, 1) * room_y
        cos, sin = torch.cos(turn), torch.sin(turn)
        where = torch.stack(
            [
                torch.stack([cos * wide * mirror, -sin * high, left], -1),
                torch.stack([sin * wide * mirror, cos * high, top], -1),
            ],
            1,
        )
        grid = functional.affine_grid(where, [n, 3, size, size], align_corners=False)
        return functional.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)

    def recolour(self, pixels: torch.Tensor) -> torch.Tensor:
        """Another light, contrast, saturation and hue; one photo of ten becomes grey."""
        n = len(pixels)
        hue = self.normal((n, 1, 1)).clamp(-2, 2) * 0.3
        saturation = self.uniform((n, 1, 1), 0.5, 1.5) * (self.uniform((n, 1, 1), 0, 1) > 0.1)
        light = torch.exp(self.normal((n, 1, 1)) * 0.2 + self.normal((n, 3, 1)) * 0.06)
        colour = light * (GREY + saturation * (torch.cos(hue) * (torch.eye(3) - GREY) + torch.sin(hue) * TURN))
        middle = pixels.mean(dim=(1, 2, 3)).view(n, 1, 1)
        contrast = self.uniform((n, 1, 1), 0.65, 1.35)
        flat = (pixels.flatten(2) - middle) * contrast + middle
        return (colour @ flat).clamp(0, 1).view_as(pixels)

    def cover(self, pixels: torch.Tensor) -> torch.Tensor:
        """Hides a box of one photo of four behind a colour."""
        n, _, height, width = pixels.shape
        inside = self.boxes(n, height, width, self.uniform((n,), 0.02, 0.2).sqrt())
        hidden = inside & (self.uniform((n, 1, 1), 0, 1) < 0.25)
        return torch.where(hidden[:, None], self.uniform((n, 3, 1, 1), 0, 1), pixels)

    def cut(self, pixels: torch.Tensor, shares: torch.Tensor):
        """CutMix (Yun et al., 2019): a box of each photo shows another photo."""
        n, _, height, width = pixels.shape
        other = torch.randperm(n, generator=self.generator)
        inside = self.boxes(n, height, width, self.uniform((n,), 0, 0.8).sqrt())
        pixels = torch.where(inside[:, None], pixels[other], pixels)
        part = inside.float().mean(dim=(1, 2))[:, None]
        return pixels, shares * (1 - part) + shares[other] * part

    def blend(self, pixels: torch.Tensor, shares: torch.Tensor):
        """mixup (Zhang et al., 2017): each photo shines through another."""
        other = torch.randperm(len(pixels), generator=self.generator)
        part = self.uniform((len(pixels), 1), 0, 0.5)
        mixed = pixels + (pixels[other] - pixels) * part[:, :, None, None]
        return mixed, shares + (shares[other] - shares) * part

    def boxes(self, n: int, height: int, width: int, side: torch.Tensor) -> torch.Tensor:
        """Masks [n, height, width] of one box each; `side` [n] is its mean side as a part of the photo's."""
        ratio = torch.exp(self.uniform((n,), -0.5, 0.5))
        x, y = self.uniform((2, n, 1), 0, 1)
        across = (torch.arange(width) + 0.5) / width - x
        down = (torch.arange(height) + 0.5) / height - y
        in_x, in_y = across.abs() < (side * ratio / 2)[:, None], down.abs() < (side / ratio / 2)[:, None]
        return in_y[:, :, None] & in_x[:, None, :]

    def uniform(self, shape, low, high):
        return low + torch.rand(shape, generator=self.generator) * (high - low)

    def normal(self, shape):
        return torch.randn(shape, generator=self.generator)
