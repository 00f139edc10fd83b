"""Writes a sentence encoder of random weights with the shape of all-MiniLM-L6-v2, 23 million parameters."""

import argparse
import itertools
import json
from pathlib import Path

import numpy as np
from onnx import TensorProto

from graph import Graph

# https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/blob/main/config.json
VOCABULARY, WIDTH, INNER, LAYERS, HEADS, POSITIONS = 30522, 384, 1536, 6, 12, 512
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dtype", choices=["fp32", "int8"], default="fp32")
    options = parser.parse_args()
    name = "model_quantized.onnx" if options.dtype == "int8" else "model.onnx"
    write(options.out / "onnx" / name, options.dtype == "int8")
    files = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": VOCABULARY,
            "hidden_size": WIDTH,
            "intermediate_size": INNER,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "max_position_embeddings": POSITIONS,
            "type_vocab_size": 2,
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-12,
            "pad_token_id": 0,
        },
        "tokenizer.json": tokenizer(),
        "tokenizer_config.json": {
            "tokenizer_class": "BertTokenizer",
            "do_lower_case": True,
            "model_max_length": POSITIONS,
            **{f"{part}_token": f"[{part.upper()}]" for part in ("pad", "unk", "cls", "sep", "mask")},
        },
    }
    for file, value in files.items():
        (options.out / file).write_text(json.dumps(value))


def write(path: Path, quantize: bool):
    graph = Graph(7, quantize)
    shape = graph.node("Shape", "input_ids")
    length = graph.node("Gather", shape, graph.weight(np.array(1, np.int64)), axis=0)
    zero, one = (graph.weight(np.array(number, np.int64)) for number in (0, 1))
    positions = graph.node("Unsqueeze", graph.node("Range", zero, length, one), graph.integers(0))
    hidden = graph.node("Add", graph.table(VOCABULARY, WIDTH, "input_ids"), graph.table(POSITIONS, WIDTH, positions))
    hidden = graph.norm(graph.node("Add", hidden, graph.table(2, WIDTH, "token_type_ids")), WIDTH, 1e-12)
    seen = graph.node("Cast", graph.node("Unsqueeze", "attention_mask", graph.integers(1, 2)), to=TensorProto.FLOAT)
    hiding = graph.node("Sub", graph.weight(np.array(1, np.float32)), seen)
    mask = graph.node("Mul", hiding, graph.weight(np.array(-1e9, np.float32)))
    for layer in range(LAYERS):
        hidden = graph.norm(graph.node("Add", hidden, graph.attention(hidden, WIDTH, HEADS, mask)), WIDTH, 1e-12)
        inner = graph.linear(graph.gelu(graph.linear(hidden, WIDTH, INNER)), INNER, WIDTH)
        output = "last_hidden_state" if layer == LAYERS - 1 else None
        hidden = graph.norm(graph.node("Add", hidden, inner), WIDTH, 1e-12, output=output)
    ids = ["batch_size", "sequence_length"]
    inputs = {name: (TensorProto.INT64, ids) for name in ("input_ids", "attention_mask", "token_type_ids")}
    graph.save(path, inputs, {"last_hidden_state": (TensorProto.FLOAT, [*ids, WIDTH])})


def tokenizer() -> dict:
    """A WordPiece tokenizer of as many tokens: letters and digits, alone and within words, and made-up syllables."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    signs = ".,:;!?'-\"()"
    words = [*letters, *(f"##{letter}" for letter in letters), *signs]
    made = ("".join(parts) for count in (2, 3, 4) for parts in itertools.product("etaoinshrdlu", repeat=count))
    pieces = itertools.chain.from_iterable((word, f"##{word}") for word in made)
    vocabulary = [*SPECIAL, *words, *itertools.islice(pieces, VOCABULARY - len(SPECIAL) - len(words))]
    # Of the last ones there are not enough: what is never met fills the table.
    vocabulary += [f"[unused{i}]" for i in range(VOCABULARY - len(vocabulary))]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": i,
                "content": content,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for i, content in enumerate(SPECIAL)
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special("[CLS]"), sequence("A", 0), special("[SEP]")],
            "pair": [special("[CLS]"), sequence("A", 0), special("[SEP]"), sequence("B", 1), special("[SEP]", 1)],
            "special_tokens": {
                name: {"id": name, "ids": [SPECIAL.index(name)], "tokens": [name]} for name in ("[CLS]", "[SEP]")
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {token: i for i, token in enumerate(vocabulary)},
        },
    }


def special(name: str, type_id: int = 0) -> dict:
    return {"SpecialToken": {"id": name, "type_id": type_id}}


def sequence(name: str, type_id: int) -> dict:
    return {"Sequence": {"id": name, "type_id": type_id}}


if __name__ == "__main__":
    main()
