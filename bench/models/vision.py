"""Writes a vision transformer of random weights with the shape of ViT-Small/16 at 224 pixels, 22 million parameters."""

import argparse
import json
from pathlib import Path

import numpy as np
from onnx import TensorProto

from graph import Graph

# Touvron et al. 2021, “Training data-efficient image transformers”, table 1.
SIZE, PATCH, WIDTH, INNER, LAYERS, HEADS, CLASSES = 224, 16, 384, 1536, 12, 6, 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dtype", choices=["fp32", "int8"], default="fp32")
    options = parser.parse_args()
    name = "model_quantized.onnx" if options.dtype == "int8" else "model.onnx"
    write(options.out / "onnx" / name, options.dtype == "int8")
    files = {
        "config.json": {
            "architectures": ["ViTForImageClassification"],
            "model_type": "vit",
            "hidden_size": WIDTH,
            "intermediate_size": INNER,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "image_size": SIZE,
            "patch_size": PATCH,
            "num_channels": 3,
            "id2label": {str(i): f"class {i}" for i in range(CLASSES)},
        },
        "preprocessor_config.json": {
            "image_processor_type": "ViTImageProcessor",
            "do_resize": True,
            "size": {"height": SIZE, "width": SIZE},
            "resample": 2,
            "do_rescale": True,
            "rescale_factor": 1 / 255,
            "do_normalize": True,
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
        },
    }
    for file, value in files.items():
        (options.out / file).write_text(json.dumps(value))


def write(path: Path, quantize: bool):
    graph = Graph(7, quantize)
    count = (SIZE // PATCH) ** 2
    kernel = graph.weight(graph.normal(WIDTH, 3, PATCH, PATCH))
    patches = graph.node("Conv", "pixel_values", kernel, kernel_shape=[PATCH, PATCH], strides=[PATCH, PATCH])
    patches = graph.node("Transpose", graph.node("Reshape", patches, graph.integers(0, WIDTH, count)), perm=[0, 2, 1])
    batch = graph.node("Gather", graph.node("Shape", "pixel_values"), graph.integers(0), axis=0)
    target = graph.node("Concat", batch, graph.integers(1, WIDTH), axis=0)
    first = graph.node("Expand", graph.weight(graph.normal(1, 1, WIDTH)), target)
    places = graph.weight(graph.normal(1, count + 1, WIDTH))
    hidden = graph.node("Add", graph.node("Concat", first, patches, axis=1), places)
    for _ in range(LAYERS):
        mixed = graph.attention(graph.norm(hidden, WIDTH, 1e-12), WIDTH, HEADS)
        hidden = graph.node("Add", hidden, mixed)
        inner = graph.gelu(graph.linear(graph.norm(hidden, WIDTH, 1e-12), WIDTH, INNER))
        hidden = graph.node("Add", hidden, graph.linear(inner, INNER, WIDTH))
    pooled = graph.node("Gather", graph.norm(hidden, WIDTH, 1e-12), graph.weight(np.array(0, np.int64)), axis=1)
    # Wide enough that the classes' scores differ.
    graph.linear(pooled, WIDTH, CLASSES, deviation=0.15, output="logits")
    graph.save(
        path,
        {"pixel_values": (TensorProto.FLOAT, ["batch_size", 3, SIZE, SIZE])},
        {"logits": (TensorProto.FLOAT, ["batch_size", CLASSES])},
    )


if __name__ == "__main__":
    main()
