"""Trains the penguins model, measures it, and writes the archive; see ../README.md.

Made with Python 3.11.2, scikit-learn 1.2.1, pandas 1.5.3, NumPy 1.24.2, onnx 1.12, skl2onnx 1.14.0:

    python3 -m venv --system-site-packages .venv && .venv/bin/pip install skl2onnx==1.14.0 pandas==1.5.3
    .venv/bin/python training/penguins/train.py
"""

import argparse
import platform
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import skl2onnx
import sklearn
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from data import read
from measure import choose_alpha, cross_validate, nested
from model import COPIES, HIDDEN, STEPS, fit
from pack import pack

ROOT = Path(__file__).resolve().parents[2]


def main():
    options = parse()
    rows, species = read(options.data)
    with threadpool_limits(1):
        model, alpha = train(rows, species, options.seed)
        metrics = {
            "crossValidated": cross_validate(rows, species, alpha, options.repeats, options.seed),
            "nested": nested(rows, species, 2, options.seed),
            "alpha": alpha,
            "hidden": HIDDEN,
            "steps": STEPS,
            "copiesWithGaps": COPIES,
            "seed": options.seed,
            "versions": versions(),
        }
        pack(model, rows, species, metrics, options.out)


def train(rows: pd.DataFrame, species: pd.Series, seed: int) -> tuple[Pipeline, float]:
    """The model that ships, fitted on all rows, and its alpha."""
    alpha = choose_alpha(rows, species, seed)
    return fit(rows, species, alpha, seed), alpha


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "public/models/penguins/model.tar.gz")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


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
