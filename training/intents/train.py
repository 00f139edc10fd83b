"""Trains the intents model, measures it, and writes the archive; see ../README.md."""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[1]))
from data import KEEP, intents_of, read_clinc
from text.characters import Characters
from text.fit import fit, probabilities, share, versions
from text.model import PackedNgrams, TrainedNgrams
from text.pack import About, pack_texts

ROOT = Path(__file__).resolve().parents[2]
MAX_TOKENS, LEAST_SEEN = 512, 3
ROWS, WIDTH, LONGEST = 16381, 64, 6
BATCH, OF_NONE = 128, 6
# Of the in-scope requests of the validation split, how many may be turned away to catch more of the others.
MAY_LOSE = 0.01
# Written for this: an archive carries nothing of the data.
GOLDEN = [
    "could you wake me at half past six tomorrow",
    "hey, what is my balance looking like these days",
    "please put milk and eggs on my grocery list",
    "do i need an umbrella in Busan on friday?",
    "CANCEL THE TABLE I BOOKED FOR SUNDAY!!",
    "what's the french word for umbrella",
    "my card has been swallowed by the machine",
    "roll two dice for me",
    "how many kilometres are there in a marathon in miles",
    "play that song from the film again",
    "whisper it",
    "where did you learn to talk",
    "why do cats purr when nobody is looking",
    "the meaning of the third chapter of that novel",
    "thx, bye",
]
DESCRIPTION = (
    "Says which of 150 things a person asks an assistant for, in English, or that it is none of them: out of scope."
)


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    splits = read_clinc(options.data)
    labels = intents_of(splits)
    characters = Characters.of((text for text, _ in splits["train"]), KEEP, MAX_TOKENS, LEAST_SEEN)
    encoded = {name: encode(split, characters, labels) for name, split in splits.items()}
    trained = TrainedNgrams(ROWS, WIDTH, LONGEST, len(labels), drop=0.5)
    fit(trained, batches(encoded, options.seed), options.steps, rate=1e-2, decay=0.01)
    model = PackedNgrams(trained).eval()
    bias = choose_bias(model, encoded)
    with torch.no_grad():
        model.classify.bias[-1] += bias

    metrics = {
        "test": measure(model, encoded["test"], encoded["oos_test"]),
        "validation": measure(model, encoded["val"], encoded["oos_val"]),
        "outOfScopeBias": round(bias, 2),
        "trainedOn": "train (15,000 requests, 100 an intent) and oos_train (100)",
        "steps": options.steps,
        "parameters": sum(p.numel() for p in trained.parameters()),
        "seed": options.seed,
        "versions": versions(),
    }
    print(metrics)
    about = About("Intents", DESCRIPTION, "1.0.0", card(metrics), "hashed-ngrams")
    pack_texts(model, characters, labels, metrics, GOLDEN, about, options.out)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "public/models/intents/model.tar.gz")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def encode(split, characters: Characters, labels: list[str]):
    return [characters.encode(text) for text, _ in split], torch.tensor([labels.index(label) for _, label in split])


def batches(encoded: dict, seed: int):
    """For ever: requests in a new order each time, and beside them a few of none of the intents."""
    generator = np.random.default_rng(seed)
    (texts, labels), (others, other_labels) = encoded["train"], encoded["oos_train"]
    while True:
        order = generator.permutation(len(texts))
        for some in order[: len(order) // BATCH * BATCH].reshape(-1, BATCH):
            more = generator.integers(0, len(others), OF_NONE)
            yield [*(texts[i] for i in some), *(others[i] for i in more)], torch.cat([labels[some], other_labels[more]])


def choose_bias(model: torch.nn.Module, encoded: dict) -> float:
    """What to add to the logit of none: the most that costs no more than MAY_LOSE of accuracy on val."""
    texts, labels = encoded["val"]
    logits = probabilities(model, texts).double().log()
    within, none = logits[:, :-1].max(1), logits[:, -1]
    right = within.indices == labels
    before = (right & (within.values > none)).double().mean()
    for bias in np.arange(8, 0, -0.05):
        if (right & (within.values > none + bias)).double().mean() >= before - MAY_LOSE:
            return float(bias)
    return 0.0


def measure(model: torch.nn.Module, asked, others) -> dict:
    """Accuracy on requests of the 150 intents, "none" being wrong, and how well the others are told from them."""
    return figures(probabilities(model, asked[0]), asked[1], probabilities(model, others[0]))


def figures(scores: torch.Tensor, labels: torch.Tensor, others: torch.Tensor) -> dict:
    none = scores.shape[1] - 1
    turned_away, caught = scores.argmax(1) == none, others.argmax(1) == none
    return {
        "inScopeAccuracy": share(scores.argmax(1) == labels),
        "inScopeAccuracyWithoutNone": share(scores[:, :none].argmax(1) == labels),
        "inScope": len(labels),
        "outOfScopeRecall": share(caught),
        "outOfScopePrecision": round(float(caught.sum() / (caught.sum() + turned_away.sum())), 4),
        "outOfScope": len(others),
        "accuracy": share(torch.cat([scores.argmax(1) == labels, caught])),
    }


def card(metrics: dict) -> str:
    """The model card, with the measured figures filled in."""
    names = {
        "inScopeAccuracy": "right, of requests of the 150 intents",
        "inScopeAccuracyWithoutNone": "the same, were “out of scope” no answer",
        "outOfScopeRecall": "out-of-scope requests that are called so (recall)",
        "outOfScopePrecision": "of those called out of scope, how many are (precision)",
        "accuracy": "right, of all requests",
    }
    test, validation = metrics["test"], metrics["validation"]
    lines = [f"| {text} | {test[name]:.1%} | {validation[name]:.1%} |" for name, text in names.items()]
    table = "\n".join(["| figure | test | validation |", "| --- | --- | --- |", *lines])
    return (
        Path(__file__)
        .with_name("CARD.md")
        .read_text()
        .replace("{metrics}", table)
        .replace("{bias}", str(metrics["outOfScopeBias"]))
        .replace("{test}", f"{test['inScope']:,} and {test['outOfScope']:,} requests")
        .replace("{validation}", f"{validation['inScope']:,} and {validation['outOfScope']:,}")
    )


if __name__ == "__main__":
    main()
