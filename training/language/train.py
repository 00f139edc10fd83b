"""Trains the language model, measures it, and writes the archive; see ../README.md."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[1]))
from data import KEEP, Declaration, cut, plain, read_declarations
from samples import LIKELIER, Samples
from text.characters import Characters
from text.fit import fit, probabilities, share, versions
from text.model import PackedNgrams, TrainedNgrams
from text.pack import About, pack_texts

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
MAX_TOKENS, LEAST_SEEN = 1024, 3
ROWS, WIDTH, LONGEST = 32749, 24, 4
PIECES = 3  # short texts cut out of each held-out paragraph
DESCRIPTION = (
    "Says which of {count} languages a text is in, even a short one. "
    "It learned from the Universal Declaration of Human Rights alone."
)


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    declarations = read_declarations(options.data, options.seed)
    characters = Characters.of((t for d in declarations for t in d.train), KEEP, MAX_TOKENS, LEAST_SEEN)
    trained = TrainedNgrams(ROWS, WIDTH, LONGEST, len(declarations), drop=0.4)
    fit(trained, Samples(declarations, characters, options.seed), options.steps, rate=5e-3, decay=0.1)
    model = PackedNgrams(trained).eval()

    tests = held_out_texts(declarations, options.seed)
    metrics = {
        **{name: score(model, characters, texts) for name, texts in tests.items()},
        "byLanguage": by_language(model, characters, declarations, tests["texts20"]),
        "languages": len(declarations),
        "trainedOn": "pieces of 5 to 200 characters of about 50 paragraphs a language",
        "likelier": LIKELIER,
        "steps": options.steps,
        "parameters": sum(p.numel() for p in trained.parameters()),
        "seed": options.seed,
        "versions": versions(),
    }
    print({name: value for name, value in metrics.items() if name != "byLanguage"})
    labels = [f"{d.name} ({d.code})" for d in declarations]
    everyday = [text for text, _ in tests["everyday"]][::4]
    about = About(
        "Language", DESCRIPTION.format(count=len(labels)), "1.0.0", card(metrics, declarations), "hashed-ngrams"
    )
    pack_texts(model, characters, labels, metrics, everyday, about, options.out)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "public/models/language/model.tar.gz")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def held_out_texts(declarations: list[Declaration], seed: int) -> dict[str, list[tuple[str, int]]]:
    """Texts with the index of their language, that training never saw: by name as in metrics.json."""
    generator = np.random.default_rng(seed + 1)
    index = {declaration.code: i for i, declaration in enumerate(declarations)}
    paragraphs = [(text, i) for i, declaration in enumerate(declarations) for text in declaration.held_out]
    pieces = [(cut(text, 15, 20, generator), i) for text, i in paragraphs for _ in range(PIECES)]
    pieces = [(text, i) for text, i in pieces if text]
    everyday = json.loads((HERE / "everyday.json").read_text())
    return {
        "paragraphs": [(text, i) for text, i in paragraphs if len(text) >= 100],
        "allParagraphs": paragraphs,
        "texts20": pieces,
        "texts20Plain": [(plain(text).lower(), i) for text, i in pieces],
        "everyday": [(text, index[code]) for code, texts in everyday.items() for text in texts],
    }


def score(model: torch.nn.Module, characters: Characters, texts: list[tuple[str, int]]) -> dict:
    right, scores = answer(model, characters, texts)
    return {"accuracy": share(right), "samples": len(texts), "meanConfidence": share(scores.amax(1))}


def by_language(model, characters, declarations, texts) -> dict:
    """How many of each language's texts are right, the worst first."""
    right, _ = answer(model, characters, texts)
    labels = torch.tensor([label for _, label in texts])
    parts = {declaration.code: share(right[labels == i]) for i, declaration in enumerate(declarations)}
    return dict(sorted(parts.items(), key=lambda part: part[1]))


def answer(model, characters, texts) -> tuple[torch.Tensor, torch.Tensor]:
    scores = probabilities(model, [characters.encode(text) for text, _ in texts])
    return scores.argmax(1) == torch.tensor([label for _, label in texts]), scores


def card(metrics: dict, declarations: list[Declaration]) -> str:
    """The model card, with the measured figures filled in."""
    names = {
        "paragraphs": "held-out paragraphs of 100 characters or more",
        "allParagraphs": "held-out paragraphs of any length",
        "texts20": "15 to 20 characters of held-out paragraphs",
        "texts20Plain": "the same in lower case, without accents",
        "everyday": "everyday sentences in 24 languages (`everyday.json`)",
    }
    rows = [(text, metrics[name]) for name, text in names.items()]
    lines = [f"| {text} | {row['samples']} | {row['accuracy']:.1%} |" for text, row in rows]
    worst = list(metrics["byLanguage"].items())[:12]
    said = {d.code: d.name for d in declarations}
    return (
        (HERE / "CARD.md")
        .read_text()
        .replace("{metrics}", "\n".join(["| set | texts | right |", "| --- | --- | --- |", *lines]))
        .replace("{worst}", ", ".join(f"{said[code]} {value:.0%}" for code, value in worst))
        .replace("{languages}", ", ".join(sorted(said.values())))
        .replace("{count}", str(len(declarations)))
    )


if __name__ == "__main__":
    main()
