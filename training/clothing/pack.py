"""Exports the model and packs model.tar.gz: the same input gives the same bytes."""

import io
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from data import NAMES, SIZE, to_pixel_values

sys.path.append(str(Path(__file__).parents[1]))
from archive import pack_archive, to_json

OPSET = 13
VERSION = "1.0.0"
SMALL = 64  # tensors of fewer numbers stay float32
CARD = Path(__file__).with_name("CARD.md")


def pack(model: torch.nn.Module, metrics: dict, pictures: dict[str, bytes], out: Path):
    """Writes the archive; `pictures` are the PNG files of golden.json, by name."""
    paths = {name: f"golden/{name.replace(' ', '-')}.png" for name in pictures}
    files = {
        "config.json": to_json(config()),
        "preprocessor_config.json": to_json(preprocessor_config()),
        "README.md": card(metrics).encode(),
        "metrics.json": to_json(metrics),
        "golden.json": to_json(golden_samples(model, pictures, paths)),
        "onnx/model.onnx": to_onnx(model),
        **{paths[name]: picture for name, picture in pictures.items()},
    }
    about = "Says which of ten kinds of garment a photo shows."
    pack_archive(files, out, name="Clothing", description=about, version=VERSION, license="MIT")


def config() -> dict:
    return {
        "architectures": ["ClothingForImageClassification"],
        "model_type": "clothing",
        "num_labels": len(NAMES),
        "id2label": {str(index): name for index, name in enumerate(NAMES)},
        "label2id": {name: index for index, name in enumerate(NAMES)},
        "num_channels": 3,
        "image_size": SIZE,
    }


def preprocessor_config() -> dict:
    return {
        "do_resize": True,
        "size": {"shortest_edge": SIZE},
        "resample": 2,
        "do_center_crop": True,
        "crop_size": {"height": SIZE, "width": SIZE},
        "do_rescale": True,
        "rescale_factor": 0.00392156862745098,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }


def card(metrics: dict) -> str:
    """The model card, with the measured figures filled in."""
    test = metrics["test"]
    rows = [
        ("validation", metrics["validation"]),
        ("test", test),
        *((f"test, {name}", kind) for name, kind in test["byKind"].items()),
    ]
    lines = [f"| {name} | {row['samples']} | {row['accuracy']:.1%} |" for name, row in rows]
    table = "\n".join(["| set | photos | right |", "| --- | --- | --- |", *lines])
    errors = [f"| {one['shown']} | {one['takenFor']} | {one['photos']} |" for one in test["mistakes"]]
    mistakes = "\n".join(["| shown | taken for | photos |", "| --- | --- | --- |", *errors])
    sure = test["sure"]
    filled = {
        "version": VERSION,
        "metrics": table,
        "mistakes": mistakes,
        "parameters": f"{metrics['parameters']:,}",
        "sure": f"where it says {sure['atLeast']} or more, as for {sure['samples']} photos of test, "
        f"{sure['accuracy']:.1%} are right",
    }
    text = CARD.read_text()
    for name, value in filled.items():
        text = text.replace("{" + name + "}", value)
    return text


def golden_samples(model: torch.nn.Module, pictures: dict[str, bytes], paths: dict[str, str]) -> dict:
    """What PyTorch answers to these pictures: all labels, the likeliest first."""
    images = [Image.open(io.BytesIO(picture)) for picture in pictures.values()]
    with torch.no_grad():
        scores = torch.softmax(model(torch.from_numpy(to_pixel_values(images))), 1).numpy()
    samples = []
    for name, row in zip(pictures, scores):
        labels = [{"label": NAMES[i], "score": round(float(row[i]), 7)} for i in np.argsort(-row)]
        picture = {"$file": paths[name]}
        samples.append({"name": name, "input": picture, "options": {"topK": 10}, "answer": {"labels": labels}})
    return {"source": f"PyTorch {torch.__version__}", "tolerance": 1e-4, "samples": samples}


def to_onnx(model: torch.nn.Module) -> bytes:
    """Weights in float16, computed with in float32: pixel_values [batch, 3, 128, 128] to logits [batch, 10]."""
    buffer = io.BytesIO()
    torch.onnx.export(
        model.eval(),
        torch.zeros(2, 3, SIZE, SIZE),
        buffer,
        opset_version=OPSET,
        input_names=["pixel_values"],
        output_names=["logits"],
        dynamic_axes={"pixel_values": {0: "batch"}, "logits": {0: "batch"}},
    )
    exported = onnx.load_from_string(buffer.getvalue())
    store_halved(exported.graph)
    onnx.checker.check_model(exported, full_check=True)
    return exported.SerializeToString()


def store_halved(graph: onnx.GraphProto):
    """Stores weights as float16 and casts them back: the engine does it once, when it loads the model."""
    casts = []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < SMALL:
            continue
        halved = values.astype(np.float16)
        if not np.array_equal(halved.astype(np.float32), values):
            raise ValueError(f"{weight.name} was not rounded to float16 before its answers were recorded.")
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(halved, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)
