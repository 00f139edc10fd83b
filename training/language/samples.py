"""Makes the texts to learn from: pieces of the declarations, as a visitor might type them."""

import numpy as np
import torch

from data import KEEP, Declaration, cut, plain
from text.characters import FIRST_CHARACTER, SPACE, Characters, bytes_of, normalize

BATCH, OF_NO_LANGUAGE = 256, 8
SHORTEST, LONGEST = 5, 200
WITHOUT_ACCENTS, SHUFFLED, MISTYPED, SPELT_IN_BYTES = 0.15, 0.3, 0.1, 0.2
# Languages that a visitor more likely writes in: drawn more often, which is the model's prior.
LIKELIER = 3
LIKELY = set("en fr de es pt it nl pl ru uk tr ar fa he hi bn ja zh ko vi th id sv da fi el cs ro hu nb sk bg sr hr".split())
CJK = "\u2e80"


class Samples:
    """Batches for ever: ids of texts, and shares of the languages; those of no language share evenly."""

    def __init__(self, declarations: list[Declaration], characters: Characters, seed: int):
        self.characters = characters
        self.generator = np.random.default_rng(seed)
        self.texts = [[(normalize(t, KEEP), normalize(plain(t), KEEP)) for t in d.train] for d in declarations]
        self.parts = [shares(len(text) for text, _ in texts) for texts in self.texts]
        self.words = [sorted({word for text, _ in texts for word in text.split(" ")}) for texts in self.texts]
        self.prior = shares(LIKELIER if d.code in LIKELY else 1 for d in declarations)

    def __iter__(self):
        count = len(self.texts)
        while True:
            labels = self.generator.choice(count, BATCH, p=self.prior)
            targets = torch.full((BATCH + OF_NO_LANGUAGE, count), 1 / count)
            targets[:BATCH] = torch.nn.functional.one_hot(torch.from_numpy(labels), count)
            ids = [self.spell(self.mistype(self.draw(label))) for label in labels]
            yield ids + [self.babble() for _ in range(OF_NO_LANGUAGE)], targets

    def draw(self, label: int) -> str:
        """A piece of a paragraph, short ones as likely as long ones, or a few of the language's words in no order."""
        words = self.words[label]
        most = round(np.exp(self.generator.uniform(np.log(SHORTEST), np.log(LONGEST))))
        if self.chance(SHUFFLED) and sum(map(len, words)) < 15 * len(words):
            drawn = " ".join(words[i] for i in self.generator.integers(0, len(words), 1 + most // 8))
            return drawn[:most] if len(drawn) > most > 3 * SHORTEST else drawn
        pair = self.texts[label][self.generator.choice(len(self.parts[label]), p=self.parts[label])]
        text = pair[self.chance(WITHOUT_ACCENTS)]
        return cut(text, min(most, len(text), SHORTEST), most, self.generator) or text[:most]

    def mistype(self, text: str) -> str:
        """Perhaps with a character left out, doubled, or changed for the one before."""
        if len(text) < SHORTEST or not self.chance(MISTYPED):
            return text
        at = int(self.generator.integers(1, len(text) - 1))
        before, one, after = text[:at], text[at], text[at + 1 :]
        return (before + after, before + one + one + after, before[:-1] + one + before[-1] + after)[
            self.generator.integers(3)
        ]

    def spell(self, text: str) -> list[int]:
        """Ids; sometimes some of the Chinese characters as bytes, as those are that training never saw."""
        share = self.generator.random() / 2 if self.chance(SPELT_IN_BYTES) else 0
        found = [
            i for c in text for i in (bytes_of(c) if c > CJK and self.chance(share) else self.characters.ids_of(c))
        ]
        return [SPACE, *found, SPACE]

    def babble(self) -> list[int]:
        """Characters of any script at random, or none."""
        length = self.generator.integers(0, 12)
        return [SPACE, *self.generator.integers(FIRST_CHARACTER, len(self.characters), length).tolist(), SPACE]

    def chance(self, share: float) -> bool:
        return share > 0 and bool(self.generator.random() < share)


def shares(weights) -> np.ndarray:
    weights = np.array(list(weights), float)
    return weights / weights.sum()
