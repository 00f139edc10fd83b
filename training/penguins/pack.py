"""Exports the network to ONNX, writes down what comes before it, and packs the archive."""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import sklearn
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.pipeline import Pipeline

from data import COLUMNS, NUMBERS, synthesize

sys.path.append(str(Path(__file__).parents[1]))
from archive import pack_archive, to_json
from tabular.steps import columns_of, steps_of

CARD = Path(__file__).with_name("CARD.md")
VERSION = "1.0.0"
OPSET = {"": 15, "ai.onnx.ml": 3}
DESCRIPTION = (
    "Adelie, chinstrap or gentoo: the species of a penguin from its island, the length and depth of its bill (mm), "
    "the length of its flipper (mm), its body mass (g) and its sex. Any of them may be missing."
)
MEANING = {
    "island": "island of the Palmer Archipelago where it nests",
    "bill_length_mm": "length of the bill, mm",
    "bill_depth_mm": "depth of the bill, mm",
    "flipper_length_mm": "length of a flipper, mm",
    "body_mass_g": "body mass, g",
    "sex": "sex",
}


def pack(model: Pipeline, rows: pd.DataFrame, species: pd.Series, metrics: dict, out: Path):
    golden = golden_samples(model, synthesize(rows, species, 48, metrics["seed"]))
    files = {
        "inference.json": to_json(inference(model)),
        "README.md": card(metrics, rows).encode(),
        "metrics.json": to_json(metrics),
        "golden.json": json.dumps(golden, separators=(",", ":")).encode(),
        "model.onnx": to_onnx(model),
    }
    pack_archive(files, out, name="Penguins", description=DESCRIPTION, version=VERSION, license="MIT")


def inference(model: Pipeline) -> dict:
    """Columns with what their categories may be, and the fitted numbers of the steps."""
    steps = steps_of(model[0])
    values = {
        name: [value for value in known if value is not None]
        for step in steps
        if step["step"] == "one-hot"
        for name, known in zip(step["columns"], step["categories"])
    }
    columns = columns_of(model[0], COLUMNS)
    return {
        "task": "tabular-classification",
        "columns": [{**one, "values": values[one["name"]]} if one["name"] in values else one for one in columns],
        "preprocess": steps,
        "labels": [str(label) for label in model.classes_],
    }


def to_onnx(model: Pipeline) -> bytes:
    """The network alone: features float32 [batch, 15] to label and probabilities float32 [batch, 3]."""
    network = model[-1]
    exported = convert_sklearn(
        network,
        name="penguins",  # the default is made up anew each time
        initial_types=[("features", FloatTensorType([None, network.n_features_in_]))],
        options={"zipmap": False},
        target_opset=OPSET,
    )
    onnx.checker.check_model(exported)
    return exported.SerializeToString()


def golden_samples(model: Pipeline, rows: pd.DataFrame) -> dict:
    """What scikit-learn answers, also that it refuses: rows in turn as an object, an array and a line of CSV."""
    samples = []
    for place, scores in enumerate(model.predict_proba(rows)):
        values = [None if pd.isna(value) else value for value in rows.iloc[place]]
        forms = {
            "object": {name: value for name, value in zip(COLUMNS, values) if value is not None},
            "array": values,
            "csv": ",".join("" if value is None else str(value) for value in values),
        }
        form = list(forms)[place // len(COLUMNS) % 3]
        labels = [{"label": str(model.classes_[i]), "score": float(scores[i])} for i in np.argsort(-scores)]
        samples.append({"name": f"row {place}, {form}", "input": forms[form], "answer": {"labels": labels}})
    for name, stranger in (("island", "Anvers"), ("sex", "unsure")):
        row = {**samples[0]["input"], name: stranger}
        try:
            model.predict_proba(pd.DataFrame([row], columns=COLUMNS))
        except ValueError:
            error = {"code": "input-invalid", "field": f"row.{name}"}
            samples.append({"name": f"an unknown {name}", "input": row, "error": error})
        else:
            raise AssertionError(f"scikit-learn takes {stranger} for a {name}")
    return {"source": f"scikit-learn {sklearn.__version__}", "tolerance": 1e-5, "samples": samples}


def card(metrics: dict, rows: pd.DataFrame) -> str:
    """The model card, with the measured figures filled in."""
    lines = ["| column | what it is | in the data |", "| --- | --- | --- |"]
    for name in COLUMNS:
        known = rows[name].dropna()
        seen = f"{known.min():g} to {known.max():g}" if name in NUMBERS else ", ".join(sorted(known.unique()))
        lines.append(f"| `{name}` | {MEANING[name]} | {seen} |")
    measured, nested = metrics["crossValidated"], metrics["nested"]
    by_missing = measured["accuracyByMissingCells"]
    missing = [
        f"| missing cells | {' | '.join(by_missing)} |",
        f"| --- |{' --- |' * len(by_missing)}",
        f"| right | {' | '.join(f'{share:.1%}' for share in by_missing.values())} |",
    ]
    fill = {
        "version": VERSION,
        "columns": "\n".join(lines),
        "missing": "\n".join(missing),
        "tenth": f"{measured['accuracyWithOneCellInTenMissing']:.2%}",
        "accuracy": f"{measured['accuracy']:.2%}",
        "lowest": f"{measured['lowestRound']:.2%}",
        "highest": f"{measured['highestRound']:.2%}",
        "repeats": measured["repeats"],
        "nested": f"{nested['accuracy']:.2%}",
    }
    return CARD.read_text().format(**fill)
