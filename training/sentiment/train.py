"""Trains the sentiment model, measures it, and writes the archive; see ../README.md."""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[1]))
from data import KEEP, LABELS, SOURCES, read_reviews
from text.characters import Characters
from text.fit import fit, probabilities, share, versions
from text.model import PackedNgrams, TrainedNgrams
from text.pack import About, pack_texts

ROOT = Path(__file__).resolve().parents[2]
MAX_TOKENS, LEAST_SEEN = 1024, 3
ROWS, WIDTH, LONGEST = 16381, 16, 6
BATCH, FOLDS = 64, 5
# Written for this: an archive carries nothing of the data.
GOLDEN = [
    "The soup came late and it was lukewarm, but the waiter was a delight.",
    "I would buy these headphones again tomorrow.",
    "Two hours of my life that I shall never see again.",
    "Broke on the second day; the shop did not even answer my letters.",
    "A quiet, clever film with a wonderful last scene.",
    "Not bad at all!",
    "NOT GOOD. NOT GOOD AT ALL.",
    "The charger hums, the cable is stiff, and the plug is loose.",
    "Best dumplings in town, and half the price of anywhere else.",
    "It is a phone. It makes calls.",
    "So bad that it is good, in a way",
    "we'll be back :)",
]
DESCRIPTION = "Says whether a sentence of an English review is negative or positive."


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    reviews = read_reviews(options.data)
    folds = folds_of(len(reviews), options.seed)
    tests = [[one for one, of in zip(reviews, folds) if of == fold] for fold in range(FOLDS)]
    trained = [train([one for one, of in zip(reviews, folds) if of != fold], options) for fold in range(FOLDS)]
    model, characters = trained[0]
    of_source = {source: [one for one in reviews if one[2] == source] for source in SOURCES.values()}
    metrics = {
        "heldOut": score(model, characters, tests[0]),
        "crossValidated": cross_validated(trained, tests),
        "otherSource": {
            source: score(*train([one for one in reviews if one[2] != source], options), texts)
            for source, texts in of_source.items()
        },
        "trainedOn": f"{len(reviews) - len(tests[0]):,} sentences, the other {len(tests[0])} held out",
        "steps": options.steps,
        "parameters": sum(p.numel() for p in TrainedNgrams(ROWS, WIDTH, LONGEST, len(LABELS), drop=0).parameters()),
        "seed": options.seed,
        "versions": versions(),
    }
    print(metrics)
    about = About("Sentiment", DESCRIPTION, "1.0.0", card(metrics), "hashed-ngrams")
    pack_texts(model, characters, LABELS, metrics, GOLDEN, about, options.out)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "public/models/sentiment/model.tar.gz")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def folds_of(count: int, seed: int) -> np.ndarray:
    """Which fifth each sentence is of; the model that ships never sees fifth 0."""
    return np.random.default_rng(seed).permutation(count) % FOLDS


def train(reviews, options) -> tuple[PackedNgrams, Characters]:
    torch.manual_seed(options.seed)
    characters = Characters.of((text for text, _, _ in reviews), KEEP, MAX_TOKENS, LEAST_SEEN)
    model = TrainedNgrams(ROWS, WIDTH, LONGEST, len(LABELS), drop=0.5)
    fit(model, batches(reviews, characters, options.seed), options.steps, rate=3e-3, decay=0.05)
    return PackedNgrams(model).eval(), characters


def batches(reviews, characters: Characters, seed: int):
    """For ever: sentences in a new order each time."""
    generator = np.random.default_rng(seed)
    ids = [characters.encode(text) for text, _, _ in reviews]
    labels = torch.tensor([label for _, label, _ in reviews])
    while True:
        order = generator.permutation(len(ids))
        for some in order[: len(order) // BATCH * BATCH].reshape(-1, BATCH):
            yield [ids[i] for i in some], labels[some]


def right(model, characters: Characters, reviews) -> torch.Tensor:
    scores = probabilities(model, [characters.encode(text) for text, _, _ in reviews])
    return scores.argmax(1) == torch.tensor([label for _, label, _ in reviews])


def score(model, characters: Characters, reviews) -> dict:
    return {"accuracy": share(right(model, characters, reviews)), "samples": len(reviews)}


def cross_validated(trained: list, tests: list) -> dict:
    """Each sentence answered by the model that did not see it."""
    found = torch.cat([right(*pair, test) for pair, test in zip(trained, tests)])
    sources = [source for test in tests for _, _, source in test]
    by = {name: share(found[torch.tensor([one == name for one in sources])]) for name in SOURCES.values()}
    return {"accuracy": share(found), "samples": len(found), "folds": FOLDS, "bySource": by}


def card(metrics: dict) -> str:
    """The model card, with the measured figures filled in."""
    whole = metrics["crossValidated"]
    rows = [
        ("held out, the weights in this archive", metrics["heldOut"]),
        ("cross-validated, five parts", whole),
        *((f"cross-validated, {source}", {"accuracy": value}) for source, value in whole["bySource"].items()),
        *((f"{source}, learned from the other two", row) for source, row in metrics["otherSource"].items()),
    ]
    lines = [f"| {name} | {row.get('samples', '')} | {row['accuracy']:.1%} |" for name, row in rows]
    table = "\n".join(["| set | sentences | right |", "| --- | --- | --- |", *lines])
    text = Path(__file__).with_name("CARD.md").read_text()
    return text.replace("{metrics}", table).replace("{trainedOn}", metrics["trainedOn"])


if __name__ == "__main__":
    main()
