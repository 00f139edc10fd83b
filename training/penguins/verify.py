"""Asks the archive, with `inpoint predict`, about the whole table and about each row with each cell taken out, and
compares its answers with predict_proba of the model, trained anew."""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from data import COLUMNS, read
from train import ROOT, train

TOLERANCE = 1e-5


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--archive", type=Path, default=ROOT / "public/models/penguins/model.tar.gz")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rows, species = read(options.data)
    with threadpool_limits(1):
        model, _ = train(rows, species, options.seed)
    tables = {"as it is": rows, **{f"without {name}": rows.assign(**{name: np.nan}) for name in COLUMNS}}
    for name, table in tables.items():
        table = table.astype(rows.dtypes)
        answers = pd.DataFrame(ask(options.archive, table))[list(model.classes_)]
        apart = float(abs(answers - model.predict_proba(table)).to_numpy().max())
        right = (answers.idxmax(axis=1) == species).mean()
        print(f"{name}: {len(table)} rows, at most {apart:.1e} apart from scikit-learn, {right:.2%} right (learned from)")
        assert len(answers) == len(rows) and apart <= TOLERANCE


def ask(archive: Path, table: pd.DataFrame) -> list[dict]:
    """The scores of each row, by label, as the command line answers a CSV file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        table.to_csv(path, index=False, na_rep="NA")
        command = ["node", ROOT / "dist/cli.js", "predict", archive, path, "--json"]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [{one["label"]: one["score"] for one in json.loads(line)["labels"]} for line in lines]


if __name__ == "__main__":
    main()
