"""Writes fitted scikit-learn transformers as the table steps of inference.json."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def columns_of(transformer: ColumnTransformer, order: list) -> list:
    """The raw columns in the order of a CSV row; those that are one-hot are categories."""
    categories = set()
    for _, inner, names in transformer.transformers_:
        if any(isinstance(part, OneHotEncoder) for part in parts_of(inner)):
            categories.update(names)
    return [{"name": name, "type": "category" if name in categories else "number"} for name in order]


def steps_of(transformer: ColumnTransformer) -> list:
    """Steps that give the columns of ColumnTransformer.transform, in its order."""
    chosen = [(inner, list(names)) for _, inner, names in transformer.transformers_ if inner != "drop"]
    steps = [{"step": "select", "columns": [name for _, names in chosen for name in names]}]
    for inner, names in chosen:
        for part in parts_of(inner):
            step, names = step_of(part, names)
            steps.append(step)
    return steps


def parts_of(inner) -> list:
    return [part for _, part in inner.steps] if isinstance(inner, Pipeline) else [inner]


def step_of(part, names: list):
    """One transformer as a step, and the names of the columns behind it."""
    if isinstance(part, SimpleImputer):
        step = {"step": "impute", "columns": names, "values": part.statistics_.tolist()}
        if part.add_indicator:
            told = [names[i] for i in part.indicator_.features_]
            step["indicator"] = told
            names = names + [f"missingindicator_{name}" for name in told]
        return step, names
    if isinstance(part, StandardScaler):
        step = {"step": "standard-scale", "columns": names}
        return {**step, "mean": part.mean_.tolist(), "scale": part.scale_.tolist()}, names
    if isinstance(part, OneHotEncoder):
        categories = [[to_category(value) for value in known] for known in part.categories_]
        step = {"step": "one-hot", "columns": names, "categories": categories}
        if part.drop_idx_ is not None:
            step["drop"] = [None if i is None else int(i) for i in part.drop_idx_]
        if part.handle_unknown == "ignore":
            step["unknown"] = "ignore"
        return step, list(part.get_feature_names_out(np.array(names, object)))
    raise TypeError(f"{type(part).__name__} has no step here yet")


def to_category(value):
    """A category as JSON has it; a missing value is null."""
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
