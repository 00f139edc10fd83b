"""Writes a decoder of random weights as Hugging Face lays one out, to measure speed and memory with; see README.md."""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx

from export_onnx import Config, build

SHAPES = {
    # SmolLM-135M: https://huggingface.co/HuggingFaceTB/SmolLM-135M/blob/main/config.json
    "smollm-135m": Config(49152, 576, 1536, 30, 9, 3, 2048),
    "stories-260k": Config(512, 64, 172, 5, 8, 4, 512),
    "tiny": Config(384, 32, 64, 2, 4, 2, 256),
}
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dtype", choices=["fp32", "int8"], default="fp32")
    parser.add_argument("--shape", choices=SHAPES, default="smollm-135m")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    config = SHAPES[options.shape]
    model = build(config, random_weights(config, options.seed), options.dtype == "int8")
    files = {
        "config.json": config.to_json(bos_token_id=1, eos_token_id=2, pad_token_id=2),
        "generation_config.json": {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2, "do_sample": False},
        "tokenizer.json": tokenizer(config.vocab_size),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": SPECIAL[1],
            "eos_token": SPECIAL[2],
            "pad_token": SPECIAL[2],
            "model_max_length": config.max_position_embeddings,
            "clean_up_tokenization_spaces": False,
            "chat_template": CHAT_TEMPLATE,
        },
    }
    (options.out / "onnx").mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (options.out / name).write_text(json.dumps(value, ensure_ascii=False))
    path = options.out / "onnx" / ("model_quantized.onnx" if options.dtype == "int8" else "model.onnx")
    onnx.save(model, str(path))
    print(f"{path}: {path.stat().st_size} bytes, {len(model.graph.node)} nodes")


def random_weights(config: Config, seed: int) -> dict[str, np.ndarray]:
    """Weights by the names of Transformers, normal with Llama's deviation of 0.02; norms are 1."""
    generator = np.random.default_rng(seed)
    width, inner = config.hidden_size, config.intermediate_size
    keys = config.num_key_value_heads * config.head_dim
    shapes = {"model.embed_tokens.weight": (config.vocab_size, width), "model.norm.weight": (width,)}
    for layer in range(config.num_hidden_layers):
        prefix = f"model.layers.{layer}."
        shapes |= {
            prefix + "input_layernorm.weight": (width,),
            prefix + "post_attention_layernorm.weight": (width,),
            prefix + "self_attn.q_proj.weight": (width, width),
            prefix + "self_attn.k_proj.weight": (keys, width),
            prefix + "self_attn.v_proj.weight": (keys, width),
            prefix + "self_attn.o_proj.weight": (width, width),
            prefix + "mlp.gate_proj.weight": (inner, width),
            prefix + "mlp.up_proj.weight": (inner, width),
            prefix + "mlp.down_proj.weight": (width, inner),
        }
    return {
        name: generator.standard_normal(shape, np.float32) * np.float32(0.02)
        if len(shape) == 2
        else np.ones(shape, np.float32)
        for name, shape in shapes.items()
    }


def tokenizer(size: int) -> dict:
    """A byte-level BPE tokenizer of as many tokens: special ones, the 256 bytes, then made-up merges of two."""
    letters = byte_letters()
    vocabulary = [*SPECIAL, *letters]
    merges, known = [], set(vocabulary)
    parts = list(letters)
    for left in parts:  # grows as it goes: pairs first, then what pairs make
        for right in letters:
            if len(vocabulary) == size:
                break
            if left + right not in known:
                known.add(left + right)
                vocabulary.append(left + right)
                merges.append(f"{left} {right}")
                parts.append(left + right)
        if len(vocabulary) == size:
            break
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
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
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {token: i for i, token in enumerate(vocabulary)},
            "merges": merges,
        },
    }


def byte_letters() -> list[str]:
    """The character that stands for each byte in GPT-2's vocabulary: itself where it prints, else one from U+0100 on."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printed]
    letters = {byte: chr(byte) for byte in printed} | {byte: chr(256 + i) for i, byte in enumerate(others)}
    return [letters[byte] for byte in range(256)]


if __name__ == "__main__":
    main()
