"""Runs the archive's own ONNX file in ONNX Runtime, and the archive in Inpoint: figures, golden answers, stacking.

Needs onnxruntime, which Debian does not have, and the built package; see ../README.md.
"""

import argparse
import io
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from data import NAMES, read_files, read_photos, to_pixel_values

ROOT = Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--archive", type=Path, default=ROOT / "public/models/clothing/model.tar.gz")
    options = parser.parse_args()
    with tarfile.open(options.archive) as tar:
        files = {entry.name: tar.extractfile(entry).read() for entry in tar}
    metrics = json.loads(files["metrics.json"])
    session = onnxruntime.InferenceSession(files["onnx/model.onnx"], one_thread())
    run = lambda pixel_values: session.run(["logits"], {"pixel_values": pixel_values})[0]

    for split in ("validation", "test"):
        photos, labels = read_photos(options.data, split)
        pixel_values = to_pixel_values(photos)
        alone = np.concatenate([run(one[None]) for one in pixel_values])
        stacked = np.concatenate([run(part) for part in np.array_split(pixel_values, 10)])
        accuracy = round(float((alone.argmax(1) == labels).mean()), 4)
        apart = float(np.abs(stacked - alone).max())
        print(f"{split}: {accuracy:.2%} of {len(labels)}, stacked and alone at most {apart:.0e} apart")
        assert accuracy == metrics[split]["accuracy"], metrics[split]
        assert (stacked.argmax(1) == alone.argmax(1)).all()

    golden = json.loads(files["golden.json"])
    pictures = [Image.open(io.BytesIO(files[one["input"]["$file"]])) for one in golden["samples"]]
    expected = np.stack([by_index(one["answer"]) for one in golden["samples"]])
    off = float(np.abs(softmax(run(to_pixel_values(pictures))) - expected).max())
    print(f"golden: {len(pictures)} samples, at most {off:.1e} off")
    assert off <= golden["tolerance"]

    answers = ask_inpoint(options.archive, read_files(options.data, "test"))
    off = float(np.abs(answers - softmax(alone)).max())
    accuracy = float((answers.argmax(1) == labels).mean())
    print(f"Inpoint: {accuracy:.2%} of the {len(answers)} photos of test, scores at most {off:.1e} off")
    assert off <= golden["tolerance"] and round(accuracy, 4) == metrics["test"]["accuracy"]


def ask_inpoint(archive: Path, photos: list) -> np.ndarray:
    """What `inpoint predict` answers to JPEG files as they are: scores [n, 10]."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for _, name, _ in photos]
        for path, (_, _, content) in zip(paths, photos):
            path.write_bytes(content)
        command = ["npx", "node", "dist/cli.js", "predict", archive.resolve(), *paths, "--top-k", "10", "--json"]
        lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return np.stack([by_index(json.loads(line)) for line in lines])


def by_index(answer: dict) -> np.ndarray:
    scores = {one["label"]: one["score"] for one in answer["labels"]}
    return np.array([scores[name] for name in NAMES])


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def one_thread() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return options


if __name__ == "__main__":
    main()
