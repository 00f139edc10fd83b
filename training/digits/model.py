"""The network: 28 x 28 grey pixels in, ten logits out."""

import torch
from torch import nn

LEAST_CONTRAST = 0.2  # of pixel_values, which span -1..1: below it a picture counts as blank


class Digits(nn.Module):
    """Six convolutions over the ink: pixel_values [batch, 1, 28, 28] to logits [batch, 10]."""

    def __init__(self, widths=(16, 24, 32, 48, 48, 48)):
        super().__init__()
        strides = (1, 2, 1, 2, 1, 1)
        layers, previous = [], 1
        for width, stride in zip(widths, strides):
            layers += [
                nn.Conv2d(previous, width, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            ]
            previous = width
        self.features = nn.Sequential(*layers)
        self.classify = nn.Linear(previous, 10)
        border = torch.ones(1, 1, 28, 28)
        border[:, :, 1:-1, 1:-1] = 0
        self.register_buffer("border", border / border.sum())

    def forward(self, pixel_values):
        # The border tells the paper, so ink is whatever differs from it: white on black and
        # black on white become the same picture, and so do faint and strong pens.
        paper = nn.functional.conv2d(pixel_values, self.border)
        ink = (pixel_values - paper).abs()
        ink = ink / nn.functional.adaptive_max_pool2d(ink, 1).clamp(min=LEAST_CONTRAST)
        return self.classify(self.features(ink).mean(dim=(2, 3)))
