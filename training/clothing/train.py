"""Trains the clothing model, measures it, and writes the archive; see ../README.md."""

import argparse
import copy
import json
import os
import platform
import time
from collections import Counter
from pathlib import Path

# Threads that spin while they wait take the processor from the thread they wait for, where others use it too.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import onnx
import PIL
import torch
from torch import nn

from augment import Augment
from data import NAMES, SIZE, read_photos, to_pixel_values
from model import Clothing, fold
from pack import pack
from pictures import draw_all, to_png

ROOT = Path(__file__).resolve().parents[2]
BATCH, RATE, WEIGHT_DECAY, SMOOTHING, EMA = 64, 3e-3, 0.05, 0.1, 0.998
SMALL, SMALL_UNTIL, WHOLE_FROM = 96, 0.7, 0.88  # parts of training: photos are smaller until, and mixed until
SURE = 0.8


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    validation, test = (read_photos(options.data, split) for split in ("validation", "test"))
    if options.weights and options.weights.exists():
        model = Clothing()
        model.load_state_dict(torch.load(options.weights))
    else:
        photos, labels = read_photos(options.data, "train")
        model = train(photos, labels, validation, options)
    if options.weights:
        torch.save(model.state_dict(), options.weights)
    # What ships is measured: batch norms folded, weights rounded to float16.
    model = fold(model).half().float()
    metrics = {
        "validation": score(model, *validation),
        "test": score(model, *test),
        "trainedOn": "the 3,068 photos of train, shown anew in each epoch",
        "epochs": options.epochs,
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": options.seed,
        "versions": versions(),
    }
    print(json.dumps(metrics, indent=2))
    pictures = {name: to_png(picture) for name, picture in draw_all(options.seed).items()}
    pack(model, metrics, pictures, options.out)
    print(options.out.name, options.out.stat().st_size, "bytes")


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "public/models/clothing/model.tar.gz")
    parser.add_argument("--weights", type=Path, help="keeps the weights as trained; where the file is there, they are only measured and packed")
    parser.add_argument("--epochs", type=int, default=90)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def train(photos: list, labels: np.ndarray, validation, options) -> nn.Module:
    """Learns from the photos as Augment shows them; gives the moving average of the weights."""
    images = torch.from_numpy(np.stack([np.array(photo) for photo in photos])).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(labels).long()
    generator = torch.Generator().manual_seed(options.seed)
    augment = Augment(generator, len(NAMES))
    model = Clothing().to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    steps = options.epochs * (len(labels) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps, pct_start=0.15)
    loss_of = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    began = time.time()
    for epoch in range(options.epochs):
        size = SMALL if epoch < SMALL_UNTIL * options.epochs else SIZE
        mix = epoch < WHOLE_FROM * options.epochs
        total = 0.0
        order = torch.randperm(len(labels), generator=generator)
        batches = order[: len(order) // BATCH * BATCH].split(BATCH)
        for batch in batches:
            pixel_values, shares = augment(images[batch], labels[batch], size, mix)
            loss = loss_of(model(pixel_values.contiguous(memory_format=torch.channels_last)), shares)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            follow(average, model)
            total += loss.item()
        line = f"epoch {epoch + 1}: loss {total / len(batches):.6f}, {time.time() - began:.0f} s"
        if (epoch + 1) % 10 == 0 or epoch + 1 == options.epochs:
            line += f", validation {share(predict(average, validation[0]).argmax(1) == validation[1]):.2%}"
        print(line, flush=True)
    return average.eval().to(memory_format=torch.contiguous_format)


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module):
    """Moves each averaged weight and statistic a little towards the model's."""
    for mean, value in zip(average.state_dict().values(), model.state_dict().values()):
        mean.lerp_(value, 1 - EMA) if mean.is_floating_point() else mean.copy_(value)


def score(model: nn.Module, photos: list, labels: np.ndarray) -> dict:
    """Accuracy over all photos, the mean of the ten kinds', each kind's, where it is sure, and the commonest mistakes."""
    scores = predict(model, photos)
    answers = scores.argmax(1)
    right = answers == labels
    sure = right[scores.max(1) >= SURE]
    kinds = {name: right[labels == index] for index, name in enumerate(NAMES)}
    wrong = Counter((NAMES[label], NAMES[answer]) for label, answer in zip(labels, answers) if label != answer)
    return {
        "accuracy": share(right),
        "samples": len(labels),
        "meanOfKinds": share(np.array([kind.mean() for kind in kinds.values()])),
        "byKind": {name: {"accuracy": share(kind), "samples": len(kind)} for name, kind in kinds.items()},
        "sure": {"atLeast": SURE, "accuracy": share(sure), "samples": len(sure)},
        "mistakes": [{"shown": a, "takenFor": b, "photos": n} for (a, b), n in wrong.most_common(6)],
    }


@torch.no_grad()
def predict(model: nn.Module, photos: list) -> np.ndarray:
    """Scores [n, classes]."""
    model.eval()
    pixel_values = torch.from_numpy(to_pixel_values(photos))
    return torch.cat([model(part).softmax(1) for part in pixel_values.split(100)]).numpy()


def share(right: np.ndarray) -> float:
    return round(float(right.mean()), 4)


def versions() -> dict:
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "onnx": onnx.__version__,
        "numpy": np.__version__,
        "pillow": PIL.__version__,
    }


if __name__ == "__main__":
    main()
