"""Reads the penguins, takes cells out of rows, and makes up rows of nobody."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

NUMBERS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
NAMES = ["island", "sex"]
# As in the table. Its year, 2007 to 2009, is left out: it says when a bird was measured, and not what it is.
COLUMNS = ["island", *NUMBERS, "sex"]
DECIMALS = {"bill_length_mm": 1, "bill_depth_mm": 1, "flipper_length_mm": 0, "body_mass_g": 0}


def read(folder: Path):
    """Gives (rows, species) of 344 penguins. Missing cells are NaN."""
    table = pd.read_csv(folder / "tabular/penguins.csv")
    return table[COLUMNS].astype({name: float for name in NUMBERS}), table["species"]


def with_gaps(rows: pd.DataFrame, species: pd.Series, copies: int, seed: int):
    """The rows, and copies of them from which one cell in ten, or three in ten, are taken out at random."""
    random = np.random.default_rng(seed)
    all_rows = [rows]
    for _ in range(copies):
        share = random.choice([0.1, 0.3], (len(rows), 1))
        all_rows.append(rows.mask(random.random(rows.shape) < share))
    return pd.concat(all_rows, ignore_index=True), pd.concat([species] * (copies + 1), ignore_index=True)


def every_gap(rows: pd.DataFrame, species: pd.Series):
    """Each row in all the ways in which cells can be taken out of it, 64 times as many rows, and how many were."""
    ways = np.array(list(product([False, True], repeat=len(COLUMNS))))
    all_rows = pd.concat([rows.mask(np.tile(way, (len(rows), 1))) for way in ways], ignore_index=True)
    taken = np.repeat(ways.sum(axis=1), len(rows))
    return all_rows, pd.concat([species] * len(ways), ignore_index=True), taken


def synthesize(rows: pd.DataFrame, species: pd.Series, count: int, seed: int) -> pd.DataFrame:
    """Rows of nobody: each measure drawn around the mean of a species, categories that it has, up to five gaps."""
    random = np.random.default_rng(seed)
    made = []
    for place in range(count):
        kin = rows[species == random.choice(species.unique())]
        row = {name: random.choice(kin[name].dropna().unique()) for name in NAMES}
        for name in NUMBERS:
            row[name] = round(random.normal(kin[name].mean(), kin[name].std()), DECIMALS[name])
        made.append({name: row[name] for name in COLUMNS})
        for name in random.choice(COLUMNS, place % len(COLUMNS), replace=False):
            made[-1][name] = np.nan
    return pd.DataFrame(made, columns=COLUMNS)
