"""Builds the ONNX file of a Llama-style decoder with a KV cache from arrays: no tracing, and few nodes."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 13, 8
# Added to the score of what may not be looked at: exp() of it is 0, and a row of nothing else stays finite.
FORBIDDEN = -1e9


@dataclass
class Config:
    """The shape of a decoder: the fields of Transformers' LlamaConfig that bear on it."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    max_position_embeddings: int
    rope_theta: float = 10000.0
    rms_norm_eps: float = 1e-5

    @property
    def head_dim(self) -> int:
        return self.hidden_size // self.num_attention_heads

    def to_json(self, **more) -> dict:
        """config.json of a LlamaForCausalLM with tied embeddings; `more` are ids of special tokens and the like."""
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": self.vocab_size,
            "hidden_size": self.hidden_size,
            "intermediate_size": self.intermediate_size,
            "num_hidden_layers": self.num_hidden_layers,
            "num_attention_heads": self.num_attention_heads,
            "num_key_value_heads": self.num_key_value_heads,
            "head_dim": self.head_dim,
            "max_position_embeddings": self.max_position_embeddings,
            "rms_norm_eps": self.rms_norm_eps,
            "rope_theta": self.rope_theta,
            "hidden_act": "silu",
            "tie_word_embeddings": True,
            "attention_bias": False,
            "torch_dtype": "float32",
            **more,
        }


def build(config: Config, weights: dict[str, np.ndarray], quantize: bool) -> onnx.ModelProto:
    """The decoder as a model: ids, mask, positions and past keys and values to logits and present ones.

    `weights` are named as Transformers names a Llama's, linear ones [out, in]. With `quantize` each matrix is int8 with
    one float32 scale an output (of the embedding: a token), and is cast and scaled before it is multiplied: activations
    stay float32, so that an answer does not depend on what else is in the batch. Norms stay float32.
    A mask of zeros at the left is padding; a row that may look at nothing gives finite numbers that mean nothing.
    """
    graph = Graph(quantize)
    embedding = graph.matrix("model.embed_tokens.weight", weights["model.embed_tokens.weight"], axis=1)
    hidden = graph.node("Gather", embedding, "input_ids", axis=0)
    mask = attention_mask(graph, config)
    cos, sin = rotation(graph, config)
    for layer in range(config.num_hidden_layers):
        prefix = f"model.layers.{layer}."
        normed = norm(graph, hidden, prefix + "input_layernorm.weight", weights, config)
        hidden = graph.node("Add", hidden, attention(graph, normed, layer, weights, config, mask, cos, sin))
        normed = norm(graph, hidden, prefix + "post_attention_layernorm.weight", weights, config)
        hidden = graph.node("Add", hidden, feed_forward(graph, normed, prefix + "mlp.", weights))
    hidden = norm(graph, hidden, "model.norm.weight", weights, config)
    graph.node("MatMul", hidden, graph.node("Transpose", embedding, perm=[1, 0]), output="logits")
    return graph.model(config)


class Graph:
    """Nodes and initializers in the making; a value is the name that it has in the file."""

    def __init__(self, quantize: bool):
        self.quantize = quantize
        self.nodes, self.initializers, self.constants = [], [], {}

    def node(self, kind: str, *inputs: str, output: str | None = None, outputs: int = 1, **attributes):
        """Adds a node, and gives its output's name, or the names of several."""
        stem = f"{kind.lower()}_{len(self.nodes)}"
        names = [output] if output else [stem] if outputs == 1 else [f"{stem}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=stem, **attributes))
        return names[0] if outputs == 1 else names

    def weight(self, name: str, value: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def constant(self, value) -> str:
        """An initializer of a small value, once for all who ask for it."""
        array = np.asarray(value)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            self.constants[key] = self.weight(f"constant_{len(self.constants)}", array)
        return self.constants[key]

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def matrix(self, name: str, value: np.ndarray, axis: int) -> str:
        """A matrix to multiply by; quantised, with one scale for all that lies along `axis`."""
        value = value.astype(np.float32)
        if not self.quantize:
            return self.weight(name, value)
        numbers, scale = to_int8(value, axis)
        cast = self.node("Cast", self.weight(name + "_quantized", numbers), to=TensorProto.FLOAT)
        return self.node("Mul", cast, self.weight(name + "_scale", scale))

    def model(self, config: Config) -> onnx.ModelProto:
        cache = ["batch_size", config.num_key_value_heads, None, config.head_dim]
        past = [*cache[:2], "past_sequence_length", cache[3]]
        present = [*cache[:2], "total_sequence_length", cache[3]]
        ids = ["batch_size", "sequence_length"]
        layers = [f"{i}.{part}" for i in range(config.num_hidden_layers) for part in ("key", "value")]
        inputs = [
            info("input_ids", TensorProto.INT64, ids),
            info("attention_mask", TensorProto.INT64, ["batch_size", "total_sequence_length"]),
            info("position_ids", TensorProto.INT64, ids),
            *(info(f"past_key_values.{layer}", TensorProto.FLOAT, past) for layer in layers),
        ]
        outputs = [
            info("logits", TensorProto.FLOAT, [*ids, config.vocab_size]),
            *(info(f"present.{layer}", TensorProto.FLOAT, present) for layer in layers),
        ]
        graph = helper.make_graph(self.nodes, "decoder", inputs, outputs, self.initializers)
        model = helper.make_model(graph, producer_name="inpoint", opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        return model


info = helper.make_tensor_value_info


def to_int8(value: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Rounds to -127..127, with the largest of what lies along `axis` as 127; gives the scales too."""
    scale = np.abs(value).max(axis, keepdims=True) / 127
    scale[scale == 0] = 1
    return np.round(value / scale).astype(np.int8), scale.astype(np.float32)


def attention_mask(graph: Graph, config: Config) -> str:
    """What is added to scores, [batch, 1, group × sequence, total]: a group of heads shares its keys, and its rows are
    stacked, so that keys are never repeated.
    """
    zero, one = graph.constant(np.int64(0)), graph.constant(np.int64(1))
    total = graph.node("Gather", graph.node("Shape", "attention_mask"), one)
    length = graph.node("Gather", graph.node("Shape", "input_ids"), one)
    columns = graph.node("Range", zero, total, one)
    rows = graph.node("Range", graph.node("Sub", total, length), total, one)
    causal = graph.node("LessOrEqual", columns, graph.node("Unsqueeze", rows, graph.integers(1)))
    is_token = graph.node("Cast", graph.node("Unsqueeze", "attention_mask", graph.integers(1, 2)), to=TensorProto.BOOL)
    allowed = graph.node("And", is_token, causal)
    bias = graph.node("Where", allowed, graph.constant(np.float32(0)), graph.constant(np.float32(FORBIDDEN)))
    group = config.num_attention_heads // config.num_key_value_heads
    return bias if group == 1 else graph.node("Concat", *[bias] * group, axis=2)


def rotation(graph: Graph, config: Config) -> tuple[str, str]:
    """Cosines and sines of rotary embedding (Su and others, 2021, in Llama's order of halves), [batch, 1, sequence,
    head_dim]. The first half of the sines is negated, so that halves only have to change places.
    """
    half = config.head_dim // 2
    frequencies = config.rope_theta ** (-np.arange(half, dtype=np.float64) / half)
    angles = np.outer(np.arange(config.max_position_embeddings), frequencies)
    cos, sin = np.cos(angles), np.sin(angles)
    tables = {"cos": np.concatenate([cos, cos], 1), "sin": np.concatenate([-sin, sin], 1)}
    positions = graph.node("Unsqueeze", "position_ids", graph.integers(1))
    return tuple(
        graph.node("Gather", graph.weight(name, table.astype(np.float32)), positions, axis=0)
        for name, table in tables.items()
    )


def norm(graph: Graph, hidden: str, name: str, weights: dict, config: Config) -> str:
    """RMSNorm, in the nodes that ONNX Runtime fuses into one."""
    squared = graph.node("Pow", hidden, graph.constant(np.float32(2)))
    mean = graph.node("ReduceMean", squared, axes=[-1], keepdims=1)
    root = graph.node("Sqrt", graph.node("Add", mean, graph.constant(np.float32(config.rms_norm_eps))))
    scaled = graph.node("Div", hidden, root)
    return graph.node("Mul", graph.weight(name, weights[name].astype(np.float32)), scaled)


def attention(graph: Graph, hidden: str, layer: int, weights: dict, config: Config, mask: str, cos: str, sin: str):
    """Grouped-query attention with the keys and values of the past before its own."""
    prefix = f"model.layers.{layer}.self_attn."
    heads, groups, width = config.num_attention_heads, config.num_key_value_heads, config.head_dim
    # The scores' scale goes into the queries' weights: it is one node fewer, and rotation does not mind.
    queries = weights[prefix + "q_proj.weight"] / np.sqrt(width)
    stacked = np.concatenate([queries, weights[prefix + "k_proj.weight"], weights[prefix + "v_proj.weight"]])
    projected = graph.node("MatMul", hidden, graph.matrix(prefix + "qkv_proj.weight", stacked.T, axis=0))
    by_head = graph.node("Reshape", projected, graph.integers(0, 0, heads + 2 * groups, width))
    by_head = graph.node("Transpose", by_head, perm=[0, 2, 1, 3])
    turning, value = graph.node("Split", by_head, graph.integers(heads + groups, groups), outputs=2, axis=1)

    first, second = graph.node("Split", turning, graph.integers(width // 2, width - width // 2), outputs=2, axis=3)
    swapped = graph.node("Concat", second, first, axis=3)
    turned = graph.node("Add", graph.node("Mul", turning, cos), graph.node("Mul", swapped, sin))
    query, key = graph.node("Split", turned, graph.integers(heads, groups), outputs=2, axis=1)

    key = graph.node("Concat", f"past_key_values.{layer}.key", key, axis=2, output=f"present.{layer}.key")
    value = graph.node("Concat", f"past_key_values.{layer}.value", value, axis=2, output=f"present.{layer}.value")
    if heads != groups:
        query = graph.node("Reshape", query, graph.integers(0, groups, -1, width))
    scores = graph.node("MatMul", query, graph.node("Transpose", key, perm=[0, 1, 3, 2]))
    attended = graph.node("MatMul", graph.node("Softmax", graph.node("Add", scores, mask), axis=-1), value)
    if heads != groups:
        attended = graph.node("Reshape", attended, graph.integers(0, heads, -1, width))
    attended = graph.node("Transpose", attended, perm=[0, 2, 1, 3])
    attended = graph.node("Reshape", attended, graph.integers(0, 0, heads * width))
    out = graph.matrix(prefix + "o_proj.weight", weights[prefix + "o_proj.weight"].T, axis=0)
    return graph.node("MatMul", attended, out)


def feed_forward(graph: Graph, hidden: str, prefix: str, weights: dict) -> str:
    """SwiGLU (Shazeer, 2020)."""

    def linear(of: str, name: str) -> str:
        matrix = graph.matrix(f"{prefix}{name}.weight", weights[f"{prefix}{name}.weight"].T, axis=0)
        return graph.node("MatMul", of, matrix)

    gate = linear(hidden, "gate_proj")
    silu = graph.node("Mul", gate, graph.node("Sigmoid", gate))
    return linear(graph.node("Mul", silu, linear(hidden, "up_proj")), "down_proj")
