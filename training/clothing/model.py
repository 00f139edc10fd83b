"""The network: 128 x 128 pixels of a photo in, ten logits out."""

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

DROPPED = 0.1


class Clothing(nn.Module):
    """A small residual network: pixel_values [batch, 3, 128, 128] to logits [batch, 10]."""

    def __init__(self, widths=(48, 96, 144)):
        super().__init__()
        first, second, third = widths
        self.features = nn.Sequential(
            convolution(3, 24, stride=2),
            nn.ReLU(inplace=True),
            convolution(24, first, stride=2),
            nn.ReLU(inplace=True),
            Residual(first, first),
            Residual(first, second, stride=2),
            Residual(second, second),
            Residual(second, third, stride=2),
            Residual(third, third),
        )
        self.drop = nn.Dropout(DROPPED)
        self.classify = nn.Linear(third, 10)

    def forward(self, pixel_values):
        return self.classify(self.drop(self.features(pixel_values).mean(dim=(2, 3))))


class Residual(nn.Module):
    """Two convolutions, added to what came in."""

    def __init__(self, before: int, after: int, stride: int = 1):
        super().__init__()
        self.first = convolution(before, after, stride=stride)
        self.second = convolution(after, after)
        self.shortcut = nn.Identity()
        if stride > 1:
            self.shortcut = nn.Sequential(nn.AvgPool2d(stride), convolution(before, after, kernel=1))

    def forward(self, x):
        return torch.relu(self.second(torch.relu(self.first(x))) + self.shortcut(x))


def convolution(before: int, after: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(after),
    )


def fold(model: nn.Module) -> nn.Module:
    """Folds each batch norm into the convolution before it, in place."""
    for module in model.eval().modules():
        if isinstance(module, nn.Sequential) and len(module) == 2 and isinstance(module[1], nn.BatchNorm2d):
            module[0] = fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return model
