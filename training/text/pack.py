"""Exports a network of hashed n-grams and packs model.tar.gz: the same input gives the same bytes."""

import io
import json
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch

from text.characters import Characters
from text.fit import probabilities
from text.model import PackedNgrams

sys.path.append(str(Path(__file__).parents[1]))
from archive import pack_archive, to_json

OPSET = 13
GOLDEN_LABELS, TOO_CLOSE = 10, 1e-5
# What makes tokenizers differ: other scripts, emoji, one character, no letter at all, white space, a text to be cut.
HARD_TEXTS = [
    "a",
    "?",
    "한",
    "12345 !!!",
    "오늘 저녁에 뭐 먹지?",
    "👍🏽 ❤️ 1️⃣ 👩‍👩‍👧 ok",
    "  \t tabs,\r\nlines\u00a0and \u3000 spaces  ",
    "İSTANBUL ΌΔΟΣ ΣΑΣ Straße ǅ ﬁn Ⅷ ½ ㎏ ｆｕｌｌ",
    "hello мир 世界 العالم สวัสดีชาวโลก नमस्ते",
    "zalgo: h\u0351\u0300e\u0301\u0308l\u0336l\u0321o, e\u0301 and \u00e9",
    "a\u200bb\u200c\u200d\ufeffc\u00adn't it’s",
    "𝒽𝑒𝓁𝓁𝑜 𠮷野家 \U0001f468\u200d\U0001f4bb ᎣᏏᏲ",
    "[PAD] <0x41> [UNK]",
    "Where is the nearest station? " * 160,
    "다람쥐 헌 쳇바퀴에 타고파. " * 300,
]


@dataclass
class About:
    """What an archive says of itself."""

    name: str
    description: str
    version: str
    card: str
    model_type: str


def pack_texts(
    model: PackedNgrams,
    characters: Characters,
    labels: list[str],
    metrics: dict,
    texts: list[str],
    about: About,
    out: Path,
):
    """Writes the archive, with golden answers for `texts` and for texts that tokenizers find hard."""
    files = {
        "config.json": to_json(config(labels, len(characters), about.model_type)),
        "tokenizer.json": compact(characters.tokenizer_json()),
        "tokenizer_config.json": to_json(characters.tokenizer_config()),
        "README.md": about.card.encode(),
        "metrics.json": to_json(metrics),
        "golden.json": compact(golden_samples(model, characters, labels, [*HARD_TEXTS, *texts])),
        "onnx/model.onnx": to_onnx(model),
    }
    pack_archive(files, out, name=about.name, description=about.description, version=about.version, license="MIT")
    print(out.name, out.stat().st_size, "bytes")


def config(labels: list[str], vocabulary: int, model_type: str) -> dict:
    return {
        "architectures": ["HashedNgramsForSequenceClassification"],
        "model_type": model_type,
        "vocab_size": vocabulary,
        "num_labels": len(labels),
        "id2label": {str(i): label for i, label in enumerate(labels)},
        "label2id": {label: i for i, label in enumerate(labels)},
    }


def golden_samples(model: PackedNgrams, characters: Characters, labels: list[str], texts: list[str]) -> dict:
    """What PyTorch answers, the likeliest labels first, as far as two are not as likely as each other."""
    scores = probabilities(model, [characters.encode(text) for text in texts])
    samples = []
    for text, row in zip(texts, scores.double()):
        best, order = row.sort(descending=True)
        gaps = (best[:-1] - best[1:])[:GOLDEN_LABELS].tolist()
        count = next((i + 1 for i, gap in enumerate(gaps) if gap < TOO_CLOSE), min(GOLDEN_LABELS, len(labels)))
        answer = [{"label": labels[i], "score": round(float(row[i]), 7)} for i in order[:count].tolist()]
        samples.append({"input": text, "options": {"topK": count}, "answer": {"labels": answer}})
    return {"source": f"PyTorch {torch.__version__}", "tolerance": 1e-4, "samples": samples}


def compact(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def to_onnx(model: PackedNgrams) -> bytes:
    """Ids and mask int64 [batch, tokens] to logits float32 [batch, labels]."""
    buffer = io.BytesIO()
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch 1.13 reports what it does not fold
        torch.onnx.export(
            model.eval(),
            (torch.ones(2, 9, dtype=torch.int64), torch.ones(2, 9, dtype=torch.int64)),
            buffer,
            opset_version=OPSET,
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "batch"}},
        )
    onnx.checker.check_model(onnx.load_from_string(buffer.getvalue()), full_check=True)
    return buffer.getvalue()
