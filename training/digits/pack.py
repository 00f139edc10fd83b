"""Exports the model and packs model.tar.gz: the same input gives the same bytes."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch

from data import to_pixel_values

sys.path.append(str(Path(__file__).parents[1]))
from archive import pack_archive, to_json

OPSET = 13
VERSION = "1.0.0"
ABOUT = {
    "name": "Digits",
    "description": "Reads one handwritten digit, 0 to 9, from a picture.",
    "author": "Inpoint",
    "version": VERSION,
    "license": "MIT",
}
CARD = Path(__file__).with_name("CARD.md")


def pack(model: torch.nn.Module, metrics: dict, golden: np.ndarray, out: Path):
    """Writes the archive: configuration, card, measurements and golden answers before the weights."""
    files = {
        "config.json": to_json(config()),
        "preprocessor_config.json": to_json(preprocessor_config()),
        "README.md": card(metrics).encode(),
        "metrics.json": to_json(metrics),
        "golden.json": json.dumps(golden_samples(model, golden), separators=(",", ":")).encode(),
        "onnx/model.onnx": to_onnx(model),
    }
    pack_archive(files, out, **ABOUT)


def config() -> dict:
    names = [str(n) for n in range(10)]
    return {
        "architectures": ["DigitsForImageClassification"],
        "model_type": "digits",
        "num_labels": 10,
        "id2label": {name: name for name in names},
        "label2id": {name: int(name) for name in names},
        "num_channels": 1,
        "image_size": 28,
    }


def preprocessor_config() -> dict:
    return {
        "do_resize": True,
        "size": {"height": 28, "width": 28},
        "resample": 2,
        "do_rescale": True,
        "rescale_factor": 0.00392156862745098,
        "do_normalize": True,
        "image_mean": [0.5],
        "image_std": [0.5],
        "do_grayscale": True,
    }


def card(metrics: dict) -> str:
    """The model card, with the measured figures filled in."""
    strokes = metrics["penStrokes"]
    rows = [
        ("MNIST, held out", metrics["heldOut"]),
        ("UCI digits, 8 × 8 enlarged", metrics["uciDigits"]),
        ("pen strokes, all", strokes),
        *((f"pen strokes, {kind}", {"accuracy": value}) for kind, value in strokes["byKind"].items()),
        *((f"pen strokes, {ink} ink", {"accuracy": value}) for ink, value in strokes["byInk"].items()),
    ]
    lines = [f"| {name} | {row.get('samples', '')} | {row['accuracy']:.2%} |" for name, row in rows]
    table = "\n".join(["| set | pictures | right |", "| --- | --- | --- |", *lines])
    return CARD.read_text().replace("{version}", VERSION).replace("{metrics}", table)


def golden_samples(model: torch.nn.Module, pictures: np.ndarray) -> dict:
    """What PyTorch answers to these pictures, bytes [n, 28, 28]: all labels, the likeliest first."""
    with torch.no_grad():
        scores = torch.softmax(model(torch.from_numpy(to_pixel_values(pictures))), 1).numpy()
    samples = []
    for picture, row in zip(pictures, scores):
        labels = [{"label": str(digit), "score": round(float(row[digit]), 7)} for digit in np.argsort(-row)]
        pixels = {"data": {"$uint8": picture.ravel().tolist()}, "width": 28, "height": 28}
        samples.append({"input": pixels, "options": {"topK": 10}, "answer": {"labels": labels}})
    return {"source": f"PyTorch {torch.__version__}", "tolerance": 1e-4, "samples": samples}


def to_onnx(model: torch.nn.Module) -> bytes:
    """fp32, batch norms folded: pixel_values [batch, 1, 28, 28] to logits [batch, 10]."""
    buffer = io.BytesIO()
    torch.onnx.export(
        model.eval(),
        torch.zeros(2, 1, 28, 28),
        buffer,
        opset_version=OPSET,
        input_names=["pixel_values"],
        output_names=["logits"],
        dynamic_axes={"pixel_values": {0: "batch"}, "logits": {0: "batch"}},
    )
    onnx.checker.check_model(onnx.load_from_string(buffer.getvalue()), full_check=True)
    return buffer.getvalue()
