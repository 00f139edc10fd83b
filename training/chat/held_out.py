"""Reads questions to measure with, which training never draws: held-out.txt, and development.txt to develop with."""

import re
from dataclasses import dataclass
from pathlib import Path

from facts import QUESTIONS

HERE = Path(__file__).parent


@dataclass
class Asked:
    """A held-out question, and the topics of which any one answers it."""

    question: str
    language: str
    topics: list[str]


HELD_OUT, DEVELOPMENT = "held-out.txt", "development.txt"


def read_held_out(name: str = HELD_OUT) -> list[Asked]:
    """Questions by their topics; in a line the topics, the kind of question as in facts-*.txt, and the questions."""
    found = []
    for line in (HERE / name).read_text().splitlines():
        topics, kind, text = line.split(" ", 2)
        found += [Asked(question.strip(), QUESTIONS[kind], topics.split(",")) for question in text.split(" / ")]
    return found


def plain(question: str) -> str:
    """A question without case, spaces and punctuation: two with the same are one."""
    return re.sub(r"[\W_]", "", question.lower())
