"""Checks a packed archive from outside: its tokenizer in Hugging Face's library, its ONNX file in
ONNX Runtime, and both in Inpoint.

Needs onnxruntime and tokenizers, which Debian does not have; see ../README.md.
"""

import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer

from text.characters import FIRST_CHARACTER, Characters
from text.fit import probabilities, share, stack
from text.model import HashedNgrams, PackedNgrams

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-4


class Archive:
    """An archive as others see it, and the PyTorch network with the weights of its ONNX file."""

    def __init__(self, path: Path, keep: str, longest: int):
        self.path = path
        with tarfile.open(path) as tar:
            files = {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}
        read = lambda name: json.loads(files[name])
        self.metrics, self.golden = read("metrics.json"), read("golden.json")
        self.labels = list(read("config.json")["label2id"])
        self.tokenizer = Tokenizer.from_str(files["tokenizer.json"].decode())
        most = read("tokenizer_config.json")["model_max_length"]
        self.tokenizer.enable_truncation(most)
        known = sorted(self.tokenizer.get_vocab().items(), key=lambda pair: pair[1])[FIRST_CHARACTER:]
        self.characters = Characters("".join(one for one, _ in known), keep, most)
        self.session = onnxruntime.InferenceSession(files["onnx/model.onnx"], one_thread())
        self.network = network_of(files["onnx/model.onnx"], longest)

    def logits(self, input_ids, attention_mask) -> np.ndarray:
        feeds = {"input_ids": input_ids.numpy(), "attention_mask": attention_mask.numpy()}
        return self.session.run(["logits"], feeds)[0]

    def check(self, texts: list[str]) -> torch.Tensor:
        """Fails where tokenizer, ONNX Runtime or Inpoint differ from training; gives PyTorch's scores."""
        texts = texts + [sample["input"] for sample in self.golden["samples"]]
        ids = [self.characters.encode(text) for text in texts]
        for text, own in zip(texts, ids):
            assert self.tokenizer.encode(text).ids == own, text
        print(f"tokenizers: the same ids for {len(texts)} texts, up to {max(map(len, ids))}")

        scores = probabilities(self.network, ids)
        alone = softmax(np.concatenate([self.logits(*stack([one])) for one in ids]))
        stacked = softmax(np.concatenate([self.logits(*stack(ids[at : at + 32])) for at in range(0, len(ids), 32)]))
        own = off(alone, scores.numpy())
        apart = off(alone, stacked)
        print(f"ONNX Runtime: at most {own:.1e} from PyTorch, stacked and alone at most {apart:.1e} apart")
        assert own < TOLERANCE and apart < TOLERANCE

        page = self.predict(texts)
        print(f"Inpoint: at most {off(page, scores.numpy()):.1e} from PyTorch, all {len(self.labels)} labels")
        assert off(page, scores.numpy()) < TOLERANCE

        for sample, row in zip(self.golden["samples"], scores[-len(self.golden["samples"]) :].tolist()):
            for one in sample["answer"]["labels"]:
                assert abs(row[self.labels.index(one["label"])] - one["score"]) < TOLERANCE, sample
        print(f"golden: {len(self.golden['samples'])} samples as recorded")
        return scores[: -len(self.golden["samples"])]

    def predict(self, texts: list[str]) -> np.ndarray:
        """Scores [texts, labels] from `inpoint predict`."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.writelines(json.dumps(text) + "\n" for text in texts)
            file.flush()
            command = ["node", ROOT / "dist/cli.js", "predict", self.path, file.name, "--json"]
            answers = subprocess.run(
                [*command, "--top-k", str(len(self.labels))], check=True, capture_output=True, text=True
            ).stdout.splitlines()
        found = [{one["label"]: one["score"] for one in json.loads(line)["labels"]} for line in answers]
        return np.array([[row[label] for label in self.labels] for row in found])


def network_of(model: bytes, longest: int) -> PackedNgrams:
    stored = onnx.load_from_string(model).graph.initializer
    weights = {one.name: torch.tensor(numpy_helper.to_array(one)) for one in stored}
    table, labels = weights["table"], len(weights["classify.bias"])
    network = PackedNgrams(HashedNgrams(*table.shape, longest, labels))
    network.load_state_dict({name: weights[name] for name in network.state_dict()})
    return network.eval()


def share_right(scores: torch.Tensor, labels: list[int]) -> float:
    return share(scores.argmax(1) == torch.tensor(labels))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def off(some: np.ndarray, others: np.ndarray) -> float:
    return float(np.abs(some - others).max())


def one_thread() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return options
