"""Reads what people ask an assistant for: 150 intents, and questions of none of them."""

import json
from pathlib import Path

KEEP = "LMN"  # letters, marks and numbers
NONE = "out of scope"

Asked = list[tuple[str, str]]


def read_clinc(folder: Path) -> dict[str, Asked]:
    """Texts with the names of their intents, by split: train, val, test, and oos_train, oos_val, oos_test."""
    splits = json.loads((folder / "clinc150/data_full.json").read_text())
    return {name: [(text, name_of(label)) for text, label in split] for name, split in splits.items()}


def name_of(label: str) -> str:
    return NONE if label == "oos" else label.replace("_", " ")


def intents_of(splits: dict[str, Asked]) -> list[str]:
    """The intents in the order of the alphabet, and none of them at the end."""
    return [*sorted({label for _, label in splits["train"]}), NONE]
