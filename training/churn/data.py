"""Reads the phone customers: a table of 5,000 rows, some of whose cells are taken out."""

from pathlib import Path

import numpy as np
import pandas as pd

NUMBERS = [
    "Account Length",
    "VMail Message",
    "Day Mins",
    "Day Calls",
    "Eve Mins",
    "Eve Calls",
    "Night Mins",
    "Night Calls",
    "Intl Mins",
    "Intl Calls",
    "CustServ Calls",
]
# Area codes are numbers and no amounts: a category whose values are numbers.
CODES = ["Area Code"]
NAMES = ["State", "Int'l Plan", "VMail Plan"]
COLUMNS = ["State", "Account Length", *CODES, *NAMES[1:], *NUMBERS[1:]]
EVERY_FIFTH, UNKNOWN_STATE = 5, "ZZ"


def read(folder: Path):
    """Gives ((rows, labels), (rows, labels)), 4,000 to learn from and 1,000 held out.

    The table has no gaps, so cells are taken out where (7 row + 3 column) mod 17 is 0, and in some of
    the held-out rows the state becomes one that nobody has seen: by rules that a test in another
    language can follow.
    """
    table = pd.read_csv(folder / "tabular/churn-large.csv")
    labels = table["Churn?"].map({"True.": "left", "False.": "stayed"})
    rows = table[COLUMNS].astype({name: float for name in NUMBERS + CODES})
    index = np.arange(len(rows))
    held_out = index % EVERY_FIFTH == 0
    rows.loc[index % 35 == 0, "State"] = UNKNOWN_STATE
    for place, name in enumerate(COLUMNS):
        gaps = (7 * index + 3 * place) % 17 == 0
        rows.loc[gaps, name] = np.nan
    return (rows[~held_out], labels[~held_out]), (rows[held_out], labels[held_out])


def synthesize(rows: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Rows of nobody: numbers between the lowest and the highest, categories that there are, some gaps and strangers."""
    random = np.random.default_rng(seed)
    made = pd.DataFrame(index=range(count))
    for name in COLUMNS:
        known = rows[name].dropna()
        if name in NUMBERS:
            made[name] = random.uniform(known.min(), known.max(), count).round(2)
        else:
            made[name] = random.choice(np.sort(known.unique()), count)
    gaps = random.random(made.shape) < 0.1
    made = made.mask(gaps)
    made.loc[::9, "State"] = "Q"
    made.loc[4::11, "Area Code"] = 999.0
    made.loc[7::13, "Int'l Plan"] = "perhaps"
    return made
