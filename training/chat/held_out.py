"""Reads held-out.txt: questions to measure with, which training never draws."""

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


def read_held_out(name: str = "held-out.txt") -> list[Asked]:
    found = []
    for line in (HERE / name).read_text().splitlines():
        topics, kind, text = line.split(" ", 2)
        found += [Asked(question.strip(), QUESTIONS[kind], topics.split(",")) for question in text.split(" / ")]
    return found


def plain(question: str) -> str:
    """A question without case, spaces and punctuation: two with the same are one."""
    return re.sub(r"[\W_]", "", question.lower())
