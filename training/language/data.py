"""Reads the declarations of human rights and cuts texts out of them."""

import gzip
import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from languages import LANGUAGES

HELD_OUT = 10  # paragraphs of each language, of about 60
KEEP = "LM"  # letters and marks: digits and punctuation tell no language
# Letters that Unicode does not decompose, as people type them who lack the keys.
PLAIN = str.maketrans(dict(zip("øØłŁđĐı", "oOlLdDi")) | {"ß": "ss", "æ": "ae", "Æ": "Ae"})
PLAIN_SCRIPTS = ("LATIN", "GREEK")


@dataclass
class Declaration:
    """One language: paragraphs to learn from, and others that training never sees."""

    code: str
    name: str
    train: list[str]
    held_out: list[str]


def read_declarations(folder: Path, seed: int) -> list[Declaration]:
    """Splits each declaration by paragraph; a paragraph with a sentence that is in training too is in neither."""
    with gzip.open(folder / "udhr/udhr.json.gz") as file:
        texts = json.load(file)
    generator = np.random.default_rng(seed)
    return [
        Declaration(code, name, *split([texts[key]["paragraphs"] for key in keys.split()], generator))
        for keys, code, name in LANGUAGES
    ]


def split(versions: list[list[str]], generator) -> tuple[list[str], list[str]]:
    """Where there are two versions, a paragraph of the second is held out with the one that it resembles."""
    first, *others = (list(dict.fromkeys(paragraphs)) for paragraphs in versions)
    order = generator.permutation(len(first))
    held_out, train = ([first[i] for i in sorted(part)] for part in np.split(order, [HELD_OUT]))
    for paragraphs in others:
        away = [any(resembles(one, other) for other in held_out[:HELD_OUT]) for one in paragraphs]
        held_out = held_out + [one for one, out in zip(paragraphs, away) if out]
        train = train + [one for one, out in zip(paragraphs, away) if not out]
    seen = {sentence for paragraph in train for sentence in sentences(paragraph)}
    return train, [paragraph for paragraph in held_out if not seen & sentences(paragraph)]


def resembles(one: str, other: str) -> bool:
    """Whether two versions say the same: a third of the shorter one's characters, two by two, stand in the other."""
    a, b = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (one, other))
    return len(a & b) > min(len(a), len(b)) / 3


def sentences(paragraph: str) -> set[str]:
    """What stands between full stops, in letters alone, so that a copy in other dress is found too."""
    for stop in ".!?;:。；።।؟۔":
        paragraph = paragraph.replace(stop, "\n")
    letters = ("".join(c for c in part.casefold() if c.isalpha()) for part in paragraph.split("\n"))
    return {part for part in letters if len(part) > 8}


def plain(text: str) -> str:
    """The text as typed without accents, where its script can do without."""
    kept, script = [], ""
    for c in unicodedata.normalize("NFD", text.translate(PLAIN)):
        if unicodedata.category(c) != "Mn":
            script = unicodedata.name(c, "")
            kept.append(c)
        elif not script.startswith(PLAIN_SCRIPTS):
            kept.append(c)
    return unicodedata.normalize("NFC", "".join(kept))


def cut(text: str, least: int, most: int, generator) -> str | None:
    """A random piece of `least` to `most` characters, from word to word where words are apart."""
    for _ in range(20):
        start = int(generator.integers(0, max(1, len(text) - least + 1)))
        piece = text[start : start + most]
        if " " in text[max(0, start - most) : start + 2 * most]:
            before = start == 0 or text[start - 1] == " "
            after = start + most >= len(text) or text[start + most] == " "
            if not before:
                piece = piece.partition(" ")[2]
            if not after:
                piece = piece.rpartition(" ")[0]
        piece = piece.strip()
        if len(piece) >= least:
            return piece
    return None
