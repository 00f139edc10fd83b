"""Checks the packed archive against its own metrics, and from outside; see ../README.md."""

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from data import KEEP, read_declarations
from text.verify import Archive, share_right
from train import LONGEST, ROOT, held_out_texts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--archive", type=Path, default=ROOT / "public/models/language/model.tar.gz")
    options = parser.parse_args()
    archive = Archive(options.archive, KEEP, LONGEST)
    seed = archive.metrics["seed"]
    tests = held_out_texts(read_declarations(options.data, seed), seed)
    everything = [one for texts in tests.values() for one in texts]
    scores = archive.check([text for text, _ in everything])
    for name, texts in tests.items():
        part, scores = scores[: len(texts)], scores[len(texts) :]
        accuracy = share_right(part, [label for _, label in texts])
        print(f"{name}: {accuracy:.2%} of {len(texts)}")
        assert accuracy == archive.metrics[name]["accuracy"]


if __name__ == "__main__":
    main()
