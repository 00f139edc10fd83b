"""Builds ONNX files of random weights from layers: no tracing, and few nodes."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8


class Graph:
    """Nodes and initializers in the making; a value is the name that it has in the file."""

    def __init__(self, seed: int, quantize: bool = False):
        self.random = np.random.default_rng(seed)
        self.quantize = quantize
        self.nodes, self.initializers = [], []

    def node(self, kind: str, *inputs: str, output: str | None = None, outputs: int = 1, **attributes):
        stem = f"{kind.lower()}_{len(self.nodes)}"
        names = [output] if output else [stem] if outputs == 1 else [f"{stem}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=stem, **attributes))
        return names[0] if outputs == 1 else names

    def weight(self, value: np.ndarray) -> str:
        name = f"weight_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def integers(self, *values: int) -> str:
        return self.weight(np.array(values, np.int64))

    def normal(self, *shape: int, deviation: float = 0.02) -> np.ndarray:
        return self.random.standard_normal(shape, np.float32) * np.float32(deviation)

    def linear(self, value: str, rows: int, columns: int, deviation: float = 0.02, output: str | None = None) -> str:
        """[…, rows] to […, columns]. Quantised as ONNX Runtime's quantize_dynamic() does it: one scale for all weights,
        and activations rounded as they come."""
        weights, bias = self.normal(rows, columns, deviation=deviation), self.weight(self.normal(columns))
        if not self.quantize:
            return self.node("Add", self.node("MatMul", value, self.weight(weights)), bias, output=output)
        scale = np.float32(np.abs(weights).max() / 127)
        numbers = self.weight(np.round(weights / scale).astype(np.int8))
        rounded, step, zero = self.node("DynamicQuantizeLinear", value, outputs=3)
        product = self.node("MatMulInteger", rounded, numbers, zero)
        scaled = self.node("Mul", step, self.weight(np.array(scale)))
        exact = self.node("Mul", self.node("Cast", product, to=TensorProto.FLOAT), scaled)
        return self.node("Add", exact, bias, output=output)

    def table(self, rows: int, columns: int, ids: str) -> str:
        """Rows of an embedding table; quantised, as numbers of 8 bits and one scale."""
        weights = self.normal(rows, columns)
        if not self.quantize:
            return self.node("Gather", self.weight(weights), ids, axis=0)
        scale = np.float32(np.abs(weights).max() / 127)
        found = self.node("Gather", self.weight(np.round(weights / scale).astype(np.int8)), ids, axis=0)
        return self.node("Mul", self.node("Cast", found, to=TensorProto.FLOAT), self.weight(np.array(scale)))

    def norm(self, value: str, width: int, epsilon: float, output: str | None = None) -> str:
        ones, zeros = self.weight(np.ones(width, np.float32)), self.weight(np.zeros(width, np.float32))
        return self.node("LayerNormalization", value, ones, zeros, axis=-1, epsilon=epsilon, output=output)

    def gelu(self, value: str) -> str:
        half, one, root = (self.weight(np.array(number, np.float32)) for number in (0.5, 1, 2**0.5))
        error = self.node("Erf", self.node("Div", value, root))
        return self.node("Mul", self.node("Mul", value, self.node("Add", error, one)), half)

    def attention(self, value: str, width: int, heads: int, mask: str | None = None) -> str:
        """Self-attention over [batch, sequence, width]; what the mask adds is [batch, 1, 1, sequence]."""
        shape = self.integers(0, 0, heads, width // heads)
        split = [self.node("Reshape", self.linear(value, width, width), shape) for _ in range(3)]
        query, values = (self.node("Transpose", split[i], perm=[0, 2, 1, 3]) for i in (0, 2))
        keys = self.node("Transpose", split[1], perm=[0, 2, 3, 1])
        scores = self.node("MatMul", query, keys)
        scores = self.node("Mul", scores, self.weight(np.array((width // heads) ** -0.5, np.float32)))
        if mask:
            scores = self.node("Add", scores, mask)
        mixed = self.node("MatMul", self.node("Softmax", scores, axis=-1), values)
        merged = self.node("Transpose", mixed, perm=[0, 2, 1, 3])
        return self.linear(self.node("Reshape", merged, self.integers(0, 0, width)), width, width)

    def save(self, path, inputs: dict, outputs: dict):
        """`inputs` and `outputs` are by name their element type and shape."""
        infos = [
            [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in values.items()]
            for values in (inputs, outputs)
        ]
        graph = helper.make_graph(self.nodes, "random", *infos, self.initializers)
        model = helper.make_model(graph, producer_name="inpoint", opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, str(path))
