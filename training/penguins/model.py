"""The classifier: gaps filled and told, measures scaled, categories one-hot, then a small network."""

import warnings

from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from data import NAMES, NUMBERS, with_gaps

COPIES, HIDDEN, STEPS = 16, 24, 300


def fit(rows, species, alpha: float, seed: int) -> Pipeline:
    """Learns from the rows and from copies with gaps, so that it knows what to make of what is left."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it stops after STEPS, wherever it is
        return build(alpha, seed).fit(*with_gaps(rows, species, COPIES, seed))


def build(alpha: float, seed: int) -> Pipeline:
    """`alpha` holds the weights down. A missing category is one of its own; one that is not known is an error."""
    numbers = make_pipeline(SimpleImputer(strategy="mean", add_indicator=True), StandardScaler())
    names = OneHotEncoder(handle_unknown="error", sparse_output=False)
    prepare = ColumnTransformer([("numbers", numbers, NUMBERS), ("names", names, NAMES)])
    network = MLPClassifier((HIDDEN,), alpha=alpha, solver="lbfgs", max_iter=STEPS, random_state=seed)
    return make_pipeline(prepare, network)
