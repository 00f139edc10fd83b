"""Trains the churn model, measures it, and writes the folders that tests serve; see ../README.md.

Made with Python 3.11.2, scikit-learn 1.2.1, pandas 1.5.3, NumPy 1.24.2, onnx 1.12, skl2onnx 1.14.0:

    python3 -m venv --system-site-packages .venv && .venv/bin/pip install skl2onnx==1.14.0 pandas==1.5.3
    .venv/bin/python training/churn/train.py
"""

import argparse
import json
import platform
import sys
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import skl2onnx
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skl2onnx.sklapi import CastTransformer

from data import CODES, COLUMNS, NAMES, NUMBERS, read, synthesize
from export import export_pipeline, export_trees

sys.path.append(str(Path(__file__).parents[1]))
from tabular.steps import columns_of, step_of, steps_of

ROOT = Path(__file__).resolve().parents[2]
CARD = Path(__file__).with_name("CARD.md")
VERSION = "1.0.0"
SKLEARN, PIPELINE = "tabular-classification--sklearn", "tabular-classification--sklearn-pipeline"


def main():
    options = parse()
    train, held_out = read(options.data)
    rows = synthesize(train[0], 60, options.seed)
    pipeline = build(options).fit(*train)
    metrics = measure(pipeline, *held_out, options)
    steps, columns = steps_of(pipeline[0]), columns_of(pipeline[0], COLUMNS)
    write(
        options.out / SKLEARN,
        {**about(pipeline), "columns": columns, "preprocess": steps},
        metrics,
        golden_samples(pipeline, rows, rows),
        "The trees are in `model.onnx`; what comes before them is in `inference.json`.",
        export_trees(pipeline[1], pipeline[0].transform(train[0]).shape[1]),
    )
    # ONNX Runtime fills gaps neither in strings nor in float64: steps do that, and the ONNX file does the rest.
    fillers = [
        (names, SimpleImputer(strategy=strategy).fit(train[0][names]))
        for names, strategy in ((NUMBERS, "median"), (NAMES, "most_frequent"), (CODES, "most_frequent"))
    ]
    fill = lambda table: table.assign(
        **{name: values for names, filler in fillers for name, values in zip(names, filler.transform(table[names]).T)}
    )
    whole = build_whole(options).fit(fill(train[0]), train[1])
    write(
        options.out / PIPELINE,
        {
            **about(whole),
            "columns": [{**column, "type": raw_type(column["name"])} for column in columns],
            "preprocess": [step_of(filler, names)[0] for names, filler in fillers],
        },
        measure(whole, fill(held_out[0]), held_out[1], options),
        golden_samples(whole, rows, fill(rows)),
        "Gaps are filled as `inference.json` says, without indicators; all the rest is in `model.onnx`.",
        export_pipeline(whole, COLUMNS, NUMBERS + CODES),
    )
    print(metrics)
    answers = {SKLEARN: (pipeline, held_out[0]), PIPELINE: (whole, fill(held_out[0]))}
    options.held_out.parent.mkdir(parents=True, exist_ok=True)
    left = {name: probabilities(model, rows, "left") for name, (model, rows) in answers.items()}
    options.held_out.write_text(json.dumps({"source": source(), "left": left}, separators=(",", ":")) + "\n")


def probabilities(pipeline, rows: pd.DataFrame, label: str) -> list:
    return [round(float(p), 9) for p in pipeline.predict_proba(rows)[:, list(pipeline.classes_).index(label)]]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "test/fixtures/tasks")
    parser.add_argument("--held-out", type=Path, default=ROOT / "test/fixtures/table/churn-held-out.json")
    parser.add_argument("--trees", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def about(pipeline) -> dict:
    return {
        "task": "tabular-classification",
        "name": "churn",
        "version": VERSION,
        "license": "MIT",
        "labels": [str(label) for label in pipeline.classes_],
    }


def build(options):
    """Gaps filled, amounts scaled, categories one-hot, then boosted trees."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    names, codes = (make_pipeline(SimpleImputer(strategy="most_frequent"), one_hot()) for _ in range(2))
    prepare = ColumnTransformer([("numbers", numbers, NUMBERS), ("names", names, NAMES), ("codes", codes, CODES)])
    return make_pipeline(prepare, trees(options))


def build_whole(options):
    """The same from the scaler on; its trees see float32, as they do inside scikit-learn."""
    prepare = ColumnTransformer(
        [("numbers", StandardScaler(), NUMBERS), ("names", one_hot(), NAMES), ("codes", one_hot(), CODES)]
    )
    return make_pipeline(prepare, CastTransformer(), trees(options))


def trees(options):
    return GradientBoostingClassifier(
        n_estimators=options.trees, max_depth=3, subsample=0.8, random_state=options.seed
    )


def one_hot():
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False)


def raw_type(name: str) -> str:
    return "category" if name in NAMES else "number"


def measure(pipeline, rows: pd.DataFrame, labels: pd.Series, options) -> dict:
    scores = pipeline.predict_proba(rows)
    left = list(pipeline.classes_).index("left")
    return {
        "heldOut": {
            "samples": len(rows),
            "accuracy": round(accuracy_score(labels, pipeline.predict(rows)), 4),
            "rocAuc": round(roc_auc_score(labels == "left", scores[:, left]), 4),
            "logLoss": round(log_loss(labels, scores, labels=pipeline.classes_), 4),
        },
        "trees": options.trees,
        "seed": options.seed,
        "versions": versions(),
    }


def golden_samples(pipeline, rows: pd.DataFrame, prepared: pd.DataFrame) -> dict:
    """What scikit-learn answers to rows of nobody, given in turn as an object, an array and a line of CSV."""
    answers = pipeline.predict_proba(prepared)
    samples = []
    for place, scores in enumerate(answers):
        values = [None if pd.isna(value) else plain(value) for value in rows.iloc[place]]
        order = np.argsort(-scores, kind="stable")
        labels = [{"label": str(pipeline.classes_[i]), "score": float(scores[i])} for i in order]
        forms = {
            "object": dict(zip(COLUMNS, values)),
            "array": values,
            "csv": ",".join("" if value is None else str(value) for value in values),
        }
        form = list(forms)[place % 3]
        samples.append({"name": f"row {place}, {form}", "input": forms[form], "answer": {"labels": labels}})
    return {"source": source(), "tolerance": 1e-5, "samples": samples}


def plain(value):
    return value if isinstance(value, str) else float(value)


def write(folder: Path, inference: dict, metrics: dict, golden: dict, split: str, model: onnx.ModelProto):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inference.json").write_text(json.dumps(inference, indent=1) + "\n")
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    (folder / "README.md").write_text(card(metrics, split))
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    print(folder.name, sum(file.stat().st_size for file in folder.iterdir()), "bytes")


def card(metrics: dict, split: str) -> str:
    figures = {key: f"{value:,}" for key, value in metrics["heldOut"].items()}
    return CARD.read_text().format(version=VERSION, split=split, **figures)


def source() -> str:
    return f"scikit-learn {sklearn.__version__}"


def versions() -> dict:
    return {
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "pandas": pd.__version__,
        "numpy": np.__version__,
        "onnx": onnx.__version__,
        "skl2onnx": skl2onnx.__version__,
    }


if __name__ == "__main__":
    main()
