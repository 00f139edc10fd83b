"""Measures by cross-validation: no row is ever judged by a model that learned from it, or from a copy of it."""

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss
from sklearn.model_selection import RepeatedStratifiedKFold

from data import COLUMNS, every_gap
from model import fit

ALPHAS = [1.0, 3.0, 10.0]
FOLDS = 5


def choose_alpha(rows: pd.DataFrame, species: pd.Series, seed: int) -> float:
    """The alpha with the lowest log loss over one round of cross-validation."""
    losses = {alpha: 0.0 for alpha in ALPHAS}
    for train, test in folds(rows, species, 1, seed):
        for alpha in ALPHAS:
            model = fit(rows.iloc[train], species.iloc[train], alpha, seed)
            scores = model.predict_proba(rows.iloc[test])
            losses[alpha] += log_loss(species.iloc[test], scores, labels=model.classes_)
    return min(losses, key=losses.get)


def cross_validate(rows: pd.DataFrame, species: pd.Series, alpha: float, repeats: int, seed: int) -> dict:
    """Accuracy for the rows as they are, and with cells taken out in every possible way, by the number missing."""
    whole, tenth = [], []
    right, count = np.zeros(len(COLUMNS) + 1), np.zeros(len(COLUMNS) + 1, int)
    confusion = pd.DataFrame(0, index=sorted(species.unique()), columns=sorted(species.unique()))
    for train, test in folds(rows, species, repeats, seed):
        model = fit(rows.iloc[train], species.iloc[train], alpha, seed)
        answers = model.predict(rows.iloc[test])
        whole.append((answers == species.iloc[test].to_numpy()).mean())
        for true, answer in zip(species.iloc[test], answers):
            confusion.loc[true, answer] += 1
        gaps, labels, taken = every_gap(rows.iloc[test], species.iloc[test])
        missing = gaps.isna().sum(axis=1).to_numpy()
        is_right = model.predict(gaps) == labels.to_numpy()
        tenth.append(np.average(is_right, weights=0.1**taken * 0.9 ** (len(COLUMNS) - taken)))
        right += np.bincount(missing, is_right, len(right))
        count += np.bincount(missing, minlength=len(count))
    rounds = np.array(whole).reshape(repeats, FOLDS).mean(axis=1)
    return {
        "samples": len(rows),
        "folds": FOLDS,
        "repeats": repeats,
        "accuracy": round(float(np.mean(whole)), 4),
        "lowestRound": round(float(rounds.min()), 4),
        "highestRound": round(float(rounds.max()), 4),
        "accuracyWithOneCellInTenMissing": round(float(np.mean(tenth)), 4),
        "accuracyByMissingCells": {str(n): round(float(right[n] / count[n]), 4) for n in range(len(right))},
        "confusion": {true: {name: int(n) for name, n in row.items()} for true, row in confusion.iterrows()},
    }


def nested(rows: pd.DataFrame, species: pd.Series, repeats: int, seed: int) -> dict:
    """Accuracy where alpha too is chosen without the rows that judge."""
    right, chosen = [], []
    for train, test in folds(rows, species, repeats, seed + 1):
        alpha = choose_alpha(rows.iloc[train], species.iloc[train], seed)
        model = fit(rows.iloc[train], species.iloc[train], alpha, seed)
        right.append(model.score(rows.iloc[test], species.iloc[test]))
        chosen.append(alpha)
    return {"folds": FOLDS, "repeats": repeats, "accuracy": round(float(np.mean(right)), 4), "alphas": chosen}


def folds(rows: pd.DataFrame, species: pd.Series, repeats: int, seed: int):
    return RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=repeats, random_state=seed).split(rows, species)
