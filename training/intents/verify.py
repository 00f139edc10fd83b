"""Checks the packed archive against its own metrics, and from outside; see ../README.md."""

import argparse
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parents[1]))
from data import KEEP, read_clinc
from text.verify import Archive
from train import LONGEST, ROOT, figures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--archive", type=Path, default=ROOT / "public/models/intents/model.tar.gz")
    options = parser.parse_args()
    archive = Archive(options.archive, KEEP, LONGEST)
    splits = read_clinc(options.data)
    asked, others = splits["test"], splits["oos_test"]
    scores = archive.check([text for text, _ in asked + others])
    labels = torch.tensor([archive.labels.index(label) for _, label in asked])
    found = figures(scores[: len(asked)], labels, scores[len(asked) :])
    print(found)
    assert found == archive.metrics["test"]


if __name__ == "__main__":
    main()
