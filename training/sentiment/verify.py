"""Checks the packed archive against its own metrics, and from outside; see ../README.md."""

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from data import KEEP, read_reviews
from text.verify import Archive, share_right
from train import LONGEST, ROOT, folds_of


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--archive", type=Path, default=ROOT / "public/models/sentiment/model.tar.gz")
    options = parser.parse_args()
    archive = Archive(options.archive, KEEP, LONGEST)
    reviews = read_reviews(options.data)
    held_out = [one for one, of in zip(reviews, folds_of(len(reviews), archive.metrics["seed"])) if of == 0]
    accuracy = share_right(archive.check([text for text, _, _ in held_out]), [label for _, label, _ in held_out])
    print(f"held out: {accuracy:.2%} of {len(held_out)}")
    assert accuracy == archive.metrics["heldOut"]["accuracy"]


if __name__ == "__main__":
    main()
