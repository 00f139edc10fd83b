"""Runs the archive's own ONNX file in ONNX Runtime: its figures, golden answers, and stacking.

Needs onnxruntime, which Debian does not have; see ../README.md.
"""

import argparse
import json
import tarfile
from pathlib import Path

import numpy as np
import onnxruntime

from data import read_mnist, read_uci, to_pixel_values
from strokes import draw_all, render

ROOT = Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--archive", type=Path, default=ROOT / "public/models/digits/model.tar.gz")
    options = parser.parse_args()
    with tarfile.open(options.archive) as tar:
        files = {entry.name: tar.extractfile(entry).read() for entry in tar}
    metrics = json.loads(files["metrics.json"])
    session = onnxruntime.InferenceSession(files["onnx/model.onnx"], one_thread())
    run = lambda pixel_values: session.run(["logits"], {"pixel_values": pixel_values})[0]

    drawings = draw_all(seed=metrics["seed"] + 1, times=3)
    sets = {
        "heldOut": read_mnist(options.data, metrics["seed"])[1],
        "uciDigits": read_uci(options.data),
        "penStrokes": (np.stack([render(d) for d in drawings]), np.array([d.digit for d in drawings])),
    }
    for name, (images, labels) in sets.items():
        pixel_values = to_pixel_values(images)
        stacked = run(pixel_values)
        alone = np.concatenate([run(one[None]) for one in pixel_values])
        accuracy = round(float((stacked.argmax(1) == labels).mean()), 4)
        apart = float(np.abs(stacked - alone).max())
        print(f"{name}: {accuracy:.2%} of {len(labels)}, stacked and alone at most {apart:.0e} apart")
        assert accuracy == metrics[name]["accuracy"], metrics[name]
        assert (stacked.argmax(1) == alone.argmax(1)).all()

    golden = json.loads(files["golden.json"])
    off = max(off_by(run(to_pixel_values(picture(s)))[0], s["answer"]["labels"]) for s in golden["samples"])
    print(f"golden: {len(golden['samples'])} samples, at most {off:.1e} off")
    assert off <= golden["tolerance"]


def picture(sample) -> np.ndarray:
    return np.array(sample["input"]["data"]["$uint8"], np.uint8).reshape(1, 28, 28)


def off_by(logits, labels) -> float:
    """How far the softmax of logits is from the scores that were written down."""
    powers = np.exp(logits - logits.max())
    scores = powers / powers.sum()
    return max(abs(float(scores[int(one["label"])]) - one["score"]) for one in labels)


def one_thread() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return options


if __name__ == "__main__":
    main()
