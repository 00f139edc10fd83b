"""Reads sentences of reviews, each labelled negative or positive by people."""

from pathlib import Path

KEEP = "LMN"  # letters, marks and numbers
LABELS = ["negative", "positive"]
SOURCES = {"amazon_cells_labelled.txt": "Amazon", "imdb_labelled.txt": "IMDb", "yelp_labelled.txt": "Yelp"}


def read_reviews(folder: Path) -> list[tuple[str, int, str]]:
    """Sentences with the index of their label and their source, each once."""
    found = {}
    for file, source in SOURCES.items():
        for line in (folder / "uci_sentiment" / file).read_text().split("\n"):
            text, tab, label = line.rpartition("\t")
            if tab:
                found.setdefault(text.strip().casefold(), (text.strip(), int(label), source))
    return list(found.values())
