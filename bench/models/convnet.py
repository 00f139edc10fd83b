"""Writes a MobileNet v1 of random weights, 0.5 wide at 160 pixels: as ONNX, and with the same weights for TensorFlow.js."""

import argparse
import json
from pathlib import Path

import numpy as np
from onnx import TensorProto

from graph import Graph

# Howard et al. 2017, “MobileNets”, table 1: filters at full width and strides of the separable convolutions.
SIZE, WIDTH, CLASSES = 160, 0.5, 1000
BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    network = Network()
    network.write(out)
    files = {
        "config.json": {
            "architectures": ["MobileNetV1ForImageClassification"],
            "model_type": "mobilenet_v1",
            "image_size": SIZE,
            "num_channels": 3,
            "depth_multiplier": WIDTH,
            "id2label": {str(i): f"class {i}" for i in range(CLASSES)},
        },
        "preprocessor_config.json": {
            "image_processor_type": "MobileNetV1ImageProcessor",
            "do_resize": True,
            "size": {"height": SIZE, "width": SIZE},
            "resample": 2,
            "do_center_crop": False,
            "do_rescale": True,
            "rescale_factor": 1 / 255,
            "do_normalize": True,
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
        },
    }
    for file, value in files.items():
        (out / file).write_text(json.dumps(value))


class Network:
    """The layers, for both runtimes; batch normalisation is in the weights already, as after an export."""

    def __init__(self):
        self.graph = Graph(7)
        self.layers = [
            layer("InputLayer", "pixels", None, batch_input_shape=[None, SIZE, SIZE, 3], dtype="float32", sparse=False)
        ]
        self.weights = []
        channels = int(32 * WIDTH)
        value = self.convolution("pixel_values", 3, channels, 3, 2)
        for filters, stride in BLOCKS:
            value = self.depthwise(value, channels, stride)
            value = self.convolution(value, channels, int(filters * WIDTH), 1, 1)
            channels = int(filters * WIDTH)
        self.head(value, channels)

    def convolution(self, value: str, channels: int, filters: int, size: int, stride: int) -> str:
        # He et al. 2015: keeps the variance from layer to layer.
        kernel = self.graph.normal(filters, channels, size, size, deviation=(2 / (channels * size * size)) ** 0.5)
        bias = self.graph.normal(filters, deviation=0.1)
        self.add("Conv2D", filters=filters, kernel_size=[size] * 2, **window(stride))
        self.keep("kernel", kernel.transpose(2, 3, 1, 0))
        self.keep("bias", bias)
        return self.convolve(value, kernel, bias, size, stride, 1)

    def depthwise(self, value: str, channels: int, stride: int) -> str:
        kernel = self.graph.normal(channels, 1, 3, 3, deviation=(2 / 9) ** 0.5)
        bias = self.graph.normal(channels, deviation=0.1)
        self.add("DepthwiseConv2D", kernel_size=[3, 3], depth_multiplier=1, **window(stride))
        self.keep("depthwise_kernel", kernel.transpose(2, 3, 0, 1))
        self.keep("bias", bias)
        return self.convolve(value, kernel, bias, 3, stride, channels)

    def convolve(self, value: str, kernel: np.ndarray, bias: np.ndarray, size: int, stride: int, group: int) -> str:
        # TensorFlow's “same”: of an odd number of lines, the last side has one more.
        pads = [0, 0, 0, 0] if size == 1 else [0, 0, 1, 1] if stride == 2 else [1, 1, 1, 1]
        value = self.graph.node(
            "Conv",
            value,
            self.graph.weight(kernel),
            self.graph.weight(bias),
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=pads,
            group=group,
        )
        zero, six = (self.graph.weight(np.array(number, np.float32)) for number in (0, 6))
        return self.graph.node("Clip", value, zero, six)

    def head(self, value: str, channels: int):
        kernel = self.graph.normal(channels, CLASSES, deviation=0.1)
        bias = self.graph.normal(CLASSES, deviation=0.1)
        pooled = self.graph.node("Flatten", self.graph.node("GlobalAveragePool", value), axis=1)
        weights = (self.graph.weight(kernel), self.graph.weight(bias))
        self.graph.node("Gemm", pooled, *weights, output="logits")
        self.add("GlobalAveragePooling2D", data_format="channels_last")
        self.add("Dense", units=CLASSES, activation="linear", use_bias=True)
        self.keep("kernel", kernel)
        self.keep("bias", bias)

    def add(self, kind: str, **settings):
        previous = self.layers[-1]["name"]
        self.layers.append(layer(kind, f"layer_{len(self.layers)}", previous, **settings))

    def keep(self, name: str, value: np.ndarray):
        self.weights.append((f"{self.layers[-1]['name']}/{name}", np.ascontiguousarray(value, np.float32)))

    def write(self, out: Path):
        shape = ["batch_size", 3, SIZE, SIZE]
        self.graph.save(
            out / "onnx/model.onnx",
            {"pixel_values": (TensorProto.FLOAT, shape)},
            {"logits": (TensorProto.FLOAT, ["batch_size", CLASSES])},
        )
        folder = out / "tfjs"
        folder.mkdir(exist_ok=True)
        (folder / "weights.bin").write_bytes(b"".join(value.tobytes() for _, value in self.weights))
        model = {
            "format": "layers-model",
            "generatedBy": "inpoint",
            "convertedBy": None,
            "modelTopology": {
                "keras_version": "2.15.0",
                "backend": "tensorflow",
                "model_config": {
                    "class_name": "Functional",
                    "config": {
                        "name": "mobilenet",
                        "layers": self.layers,
                        "input_layers": [["pixels", 0, 0]],
                        "output_layers": [[self.layers[-1]["name"], 0, 0]],
                    },
                },
            },
            "weightsManifest": [
                {
                    "paths": ["weights.bin"],
                    "weights": [
                        {"name": name, "shape": list(value.shape), "dtype": "float32"} for name, value in self.weights
                    ],
                }
            ],
        }
        (folder / "model.json").write_text(json.dumps(model))


def window(stride: int) -> dict:
    return {
        "strides": [stride, stride],
        "padding": "same",
        "data_format": "channels_last",
        "use_bias": True,
        "activation": "relu6",
    }


def layer(kind: str, name: str, previous: str | None, **settings) -> dict:
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, "trainable": False, **settings},
        "inbound_nodes": [] if previous is None else [[[previous, 0, 0, {}]]],
    }


if __name__ == "__main__":
    main()
