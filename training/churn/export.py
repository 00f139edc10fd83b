"""Exports to ONNX: the trees alone, or the whole pipeline with one input a raw column."""

import onnx
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType

OPSET = {"": 15, "ai.onnx.ml": 3}


def export_trees(trees, features: int) -> onnx.ModelProto:
    """features float32 [batch, features] to label and probabilities float32 [batch, labels]."""
    return convert_sklearn(
        trees,
        initial_types=[("features", FloatTensorType([None, features]))],
        options={"zipmap": False},
        target_opset=OPSET,
    )


def export_pipeline(pipeline, columns: list, numbers: list) -> onnx.ModelProto:
    """One input [batch, 1] a column, float64 or string, to label and probabilities float32 [batch, labels]."""
    types = {True: DoubleTensorType, False: StringTensorType}
    model = convert_sklearn(
        pipeline,
        initial_types=[(name, types[name in numbers]([None, 1])) for name in columns],
        options={id(pipeline): {"zipmap": False}},
        target_opset=OPSET,
    )
    # skl2onnx declares the probabilities to be float64 like the inputs, and trees give float32.
    probabilities = next(output for output in model.graph.output if output.name == "probabilities")
    probabilities.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    return model
