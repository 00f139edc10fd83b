"""Reads the digits that people wrote: MNIST (28 x 28) and UCI (8 x 8)."""

import gzip
from pathlib import Path

import numpy as np
from PIL import Image

TRAIN, HELD_OUT = 8000, 2000


def read_mnist(folder: Path, seed: int):
    """Splits MNIST's 10,000 test digits: ((images, labels), (images, labels)), 8,000 and 2,000."""
    mnist = folder / "mnist"
    images = np.frombuffer(gunzip(mnist / "t10k-images-idx3-ubyte.gz"), np.uint8, offset=16)
    labels = np.frombuffer(gunzip(mnist / "t10k-labels-idx1-ubyte.gz"), np.uint8, offset=8)
    images = images.reshape(-1, 28, 28)
    order = np.random.default_rng(seed).permutation(len(images))
    train, held_out = order[:TRAIN], order[TRAIN : TRAIN + HELD_OUT]
    return (images[train], labels[train]), (images[held_out], labels[held_out])


def read_uci(folder: Path):
    """Gives the 1,797 UCI digits at MNIST's size: 8 x 8 enlarged to 20 x 20 inside a margin of 4."""
    table = gunzip(folder / "tabular/sklearn-bundled/digits.csv.gz").decode()
    rows = np.array([line.split(",") for line in table.split()], float).astype(np.uint8)
    images = np.zeros((len(rows), 28, 28), np.uint8)
    for image, row in zip(images, rows):
        small = Image.fromarray((row[:64].astype(float) * 255 / 16).astype(np.uint8).reshape(8, 8))
        image[4:24, 4:24] = small.resize((20, 20), Image.BICUBIC)
    return images, rows[:, 64]


def to_pixel_values(images: np.ndarray) -> np.ndarray:
    """Does what preprocessor_config.json says: bytes [n, 28, 28] to floats [n, 1, 28, 28] in -1..1."""
    return ((images[:, None].astype(np.float32) / 255) - 0.5) / 0.5


def gunzip(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())
