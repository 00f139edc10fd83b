"""Writes the weights and the tokenizer of stories260K, as its ONNX file and tokenizer.json have them, for llama.cpp.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3.
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

ALIGNMENT = 32
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
# Of tokens, as llama.cpp has them.
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
# Each layer's weights here, and there; linear ones are [in, out] here, and [out, in] there.
LAYER = {
    "ra{}_w": "attn_norm",
    "l{}_wq": "attn_q",
    "l{}_wk": "attn_k",
    "l{}_wv": "attn_v",
    "l{}_wo": "attn_output",
    "rf{}_w": "ffn_norm",
    "l{}_w1": "ffn_gate",
    "l{}_w3": "ffn_up",
    "l{}_w2": "ffn_down",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a folder as the Hugging Face Hub has it")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    config = json.loads((options.model / "config.json").read_text())
    tokenizer = json.loads((options.model / "tokenizer.json").read_text())
    model = onnx.load(str(options.model / "onnx/model.onnx"))
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    write(options.out, [*architecture(config), *vocabulary(config, tokenizer)], tensors(config, arrays))


def architecture(config: dict) -> list:
    return [
        ("general.architecture", STRING, "llama"),
        ("general.name", STRING, "stories260K"),
        ("general.file_type", UINT32, 0),
        ("general.alignment", UINT32, ALIGNMENT),
        ("llama.vocab_size", UINT32, config["vocab_size"]),
        ("llama.context_length", UINT32, config["max_position_embeddings"]),
        ("llama.embedding_length", UINT32, config["hidden_size"]),
        ("llama.block_count", UINT32, config["num_hidden_layers"]),
        ("llama.feed_forward_length", UINT32, config["intermediate_size"]),
        ("llama.attention.head_count", UINT32, config["num_attention_heads"]),
        ("llama.attention.head_count_kv", UINT32, config["num_key_value_heads"]),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, config["rms_norm_eps"]),
        ("llama.rope.dimension_count", UINT32, config["head_dim"]),
        ("llama.rope.freq_base", FLOAT32, config["rope_theta"]),
    ]


def vocabulary(config: dict, tokenizer: dict) -> list:
    """SentencePiece merges by score, and a tokenizer.json by the order of its merges: the earlier, the higher."""
    tokens = [""] * config["vocab_size"]
    for token, number in tokenizer["model"]["vocab"].items():
        tokens[number] = token
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in tokenizer["model"]["merges"]]
    rank = {}
    for place, pair in enumerate(merges):
        rank.setdefault(pair.replace(" ", ""), place)
    kinds = [
        UNKNOWN
        if token == "<unk>"
        else CONTROL
        if token in ("<s>", "</s>")
        else BYTE
        if token.startswith("<0x") and token.endswith(">")
        else NORMAL
        for token in tokens
    ]
    return [
        ("tokenizer.ggml.model", STRING, "llama"),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, tokens)),
        ("tokenizer.ggml.scores", ARRAY, (FLOAT32, [-float(rank.get(token, len(merges))) for token in tokens])),
        ("tokenizer.ggml.token_type", ARRAY, (INT32, kinds)),
        ("tokenizer.ggml.bos_token_id", UINT32, config["bos_token_id"]),
        ("tokenizer.ggml.eos_token_id", UINT32, config["eos_token_id"]),
        ("tokenizer.ggml.unknown_token_id", UINT32, 0),
        ("tokenizer.ggml.add_bos_token", BOOL, True),
        ("tokenizer.ggml.add_eos_token", BOOL, False),
        ("tokenizer.ggml.add_space_prefix", BOOL, True),
    ]


def tensors(config: dict, arrays: dict) -> list:
    found = {"token_embd.weight": arrays["emb"]}
    for layer in range(config["num_hidden_layers"]):
        for ours, theirs in LAYER.items():
            array = arrays[ours.format(layer)]
            found[f"blk.{layer}.{theirs}.weight"] = array.T if array.ndim == 2 else array
    known = {ours.format(layer) for ours in LAYER for layer in range(config["num_hidden_layers"])}
    rest = [name for name, array in arrays.items() if array.shape == (config["hidden_size"],) and name not in known]
    if len(rest) != 1:
        raise SystemExit(f"The last norm's weights are not clear: {rest}.")
    found["output_norm.weight"] = arrays[rest[0]]
    return [(name, np.ascontiguousarray(array, np.float32)) for name, array in found.items()]


def write(path: Path, fields: list, arrays: list):
    head = b"GGUF" + struct.pack("<IQQ", 3, len(arrays), len(fields))
    head += b"".join(string(name) + struct.pack("<I", kind) + value(kind, content) for name, kind, content in fields)
    place = 0
    for name, array in arrays:
        # Dimensions from the innermost; 0 is a float of 32 bits.
        head += string(name) + struct.pack("<I", array.ndim) + struct.pack(f"<{array.ndim}Q", *array.shape[::-1])
        head += struct.pack("<IQ", 0, place)
        place += padded(array.nbytes)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(head.ljust(padded(len(head)), b"\0"))
        for _, array in arrays:
            file.write(array.tobytes().ljust(padded(array.nbytes), b"\0"))


def padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def value(kind: int, content) -> bytes:
    if kind == STRING:
        return string(content)
    if kind == ARRAY:
        inner, items = content
        return struct.pack("<IQ", inner, len(items)) + b"".join(value(inner, item) for item in items)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}[kind], content)


if __name__ == "__main__":
    main()
