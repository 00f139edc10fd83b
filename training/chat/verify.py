"""Checks a decoder's ONNX file in ONNX Runtime: with its cache and without, in a padded batch and alone."""

import argparse
import json
import os
import tarfile
import tempfile
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parents[2]
LENGTH, PREFIX, NEW = 24, 15, 24


class Session:
    """A decoder in ONNX Runtime, from a folder as Hugging Face lays one out."""

    def __init__(self, folder: Path):
        self.config = json.loads((folder / "config.json").read_text())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(next((folder / "onnx").glob("*.onnx"))), options)
        self.names = [f"{i}.{part}" for i in range(self.config["num_hidden_layers"]) for part in ("key", "value")]

    def run(self, ids, mask, positions, past=None):
        """Logits [batch, sequence, vocabulary], and the keys and values to go on from."""
        empty = np.zeros((len(ids), self.config["num_key_value_heads"], 0, self.config["head_dim"]), np.float32)
        feeds = {
            "input_ids": np.array(ids, np.int64),
            "attention_mask": np.array(mask, np.int64),
            "position_ids": np.array(positions, np.int64),
            **{f"past_key_values.{name}": value for name, value in zip(self.names, past or [empty] * len(self.names))},
        }
        logits, *present = self.session.run(["logits", *(f"present.{name}" for name in self.names)], feeds)
        return logits, present

    def greedy(self, ids: list[int], count: int, cached: bool) -> list[int]:
        answered, past = [], None
        for _ in range(count):
            so_far = [*ids, *answered]
            new = so_far[-1:] if cached and answered else so_far
            positions = range(len(so_far) - len(new), len(so_far))
            logits, present = self.run([new], [[1] * len(so_far)], [positions], past)
            past = present if cached else None
            answered.append(int(logits[0, -1].argmax()))
        return answered


def verify(folder: Path):
    """Raises AssertionError where one way gives another answer; prints by how much the logits differ."""
    session = Session(folder)
    generator = np.random.default_rng(3)
    ids = generator.integers(3, min(session.config["vocab_size"], 4000), LENGTH).tolist()
    whole, _ = session.run([ids], [[1] * LENGTH], [range(LENGTH)])
    _, past = session.run([ids[:PREFIX]], [[1] * PREFIX], [range(PREFIX)])
    rest, _ = session.run([ids[PREFIX:]], [[1] * LENGTH], [range(PREFIX, LENGTH)], past)
    print("cached and uncached differ by", np.abs(whole[:, PREFIX:] - rest).max(), "of", np.abs(whole).max())

    short = ids[:PREFIX]
    alone, _ = session.run([short], [[1] * PREFIX], [range(PREFIX)])
    left = LENGTH - PREFIX
    masks = [[1] * LENGTH, [0] * left + [1] * PREFIX, [0] * LENGTH]
    positions = [range(LENGTH), [0] * left + list(range(PREFIX)), [0] * LENGTH]
    batch, _ = session.run([ids, [0] * left + short, [0] * LENGTH], masks, positions)
    print("padded in a batch and alone differ by", np.abs(batch[1, left:] - alone[0]).max())
    print("the other of the batch differs from itself alone by", np.abs(batch[0] - whole[0]).max())
    assert np.isfinite(batch).all(), "a row that may look at nothing gives no number"
    assert (batch[1, left:].argmax(-1) == alone[0].argmax(-1)).all(), "padding changes the answer"
    assert (batch[0].argmax(-1) == whole[0].argmax(-1)).all(), "a batch changes the answer"
    assert session.greedy(ids, NEW, True) == session.greedy(ids, NEW, False), "the cache changes the answer"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=ROOT / "public/models/chat/model.tar.gz")
    path = parser.parse_args().path
    if path.is_dir():
        verify(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        tarfile.open(path).extractall(folder)
        verify(Path(folder))


if __name__ == "__main__":
    main()
