"""Trains the digits model, measures it, and writes the archive; see ../README.md."""

import argparse
import copy
import platform
import time
from pathlib import Path

import numpy as np
import onnx
import PIL
import scipy
import torch
from torch import nn

from augment import Redraw, measure
from data import read_mnist, read_uci, to_pixel_values
from model import Digits
from pack import pack
from strokes import draw_all, render

ROOT = Path(__file__).resolve().parents[2]
BATCH, DECAY = 100, 0.998
GOLDEN_STEP = 97  # of 1,260 drawings: thirteen, every digit, several kinds, light and dark


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    (images, labels), held_out = read_mnist(options.data, options.seed)
    model = train(measure(images), torch.from_numpy(labels).long(), options)
    # Another seed than strokes.json; no step of training sees these drawings.
    drawings = draw_all(seed=options.seed + 1, times=3)
    metrics = {
        "heldOut": score(model, *held_out),
        "uciDigits": score(model, *read_uci(options.data)),
        "penStrokes": score_drawings(model, drawings),
        "trainedOn": "8,000 of MNIST's 10,000 test digits, redrawn at random in each epoch",
        "epochs": options.epochs,
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": options.seed,
        "versions": versions(),
    }
    print(metrics)
    golden = np.stack([render(drawing) for drawing in drawings[::GOLDEN_STEP]])
    pack(model, metrics, golden, options.out)
    print(options.out.name, options.out.stat().st_size, "bytes")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "public/models/digits/model.tar.gz")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def train(fields: torch.Tensor, labels: torch.Tensor, options) -> nn.Module:
    """Learns from new drawings in each epoch; gives the moving average of the weights."""
    generator = torch.Generator().manual_seed(options.seed)
    redraw = Redraw(generator)
    model = Digits().to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.02)
    steps = options.epochs * (len(labels) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, steps, pct_start=0.15)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.03)
    began = time.time()
    for epoch in range(options.epochs):
        total = 0.0
        for batch in torch.randperm(len(labels), generator=generator).split(BATCH):
            pixel_values = redraw(fields[batch], labels[batch])
            pixel_values = pixel_values.contiguous(memory_format=torch.channels_last)
            loss = loss_of(model(pixel_values), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            follow(average, model)
            total += loss.item() * len(batch)
        print(f"epoch {epoch + 1}: loss {total / len(labels):.4f}, {time.time() - began:.0f} s", flush=True)
    return average.eval().to(memory_format=torch.contiguous_format)


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module):
    """Moves each averaged weight and statistic a little towards the model's."""
    for mean, value in zip(average.state_dict().values(), model.state_dict().values()):
        mean.lerp_(value, 1 - DECAY) if mean.is_floating_point() else mean.copy_(value)


def score(model: nn.Module, images: np.ndarray, labels: np.ndarray) -> dict:
    return {"accuracy": share(predict(model, images) == labels), "samples": len(labels)}


def score_drawings(model: nn.Module, drawings: list) -> dict:
    """Accuracy on pen strokes, and by kind of drawing, by ink, and by digit and way of writing it."""
    right = predict(model, np.stack([render(d) for d in drawings])) == [d.digit for d in drawings]

    def by(key) -> dict:
        keys = [key(d) for d in drawings]
        return {k: share(right[[other == k for other in keys]]) for k in dict.fromkeys(keys)}

    return {
        "accuracy": share(right),
        "samples": len(drawings),
        "byKind": by(lambda d: d.kind),
        "byInk": by(lambda d: "dark" if d.dark_ink else "light"),
        "byWay": by(lambda d: f"{d.digit}, {d.way}"),
    }


@torch.no_grad()
def predict(model: nn.Module, images: np.ndarray) -> np.ndarray:
    pixel_values = torch.from_numpy(to_pixel_values(images))
    return torch.cat([model(part).argmax(1) for part in pixel_values.split(500)]).numpy()


def share(right: np.ndarray) -> float:
    return round(float(right.mean()), 4)


def versions() -> dict:
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "onnx": onnx.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "pillow": PIL.__version__,
    }


if __name__ == "__main__":
    main()
