"""Reads what the model is to know: facts-*.txt, one block a topic, and elsewhere*.txt, questions of anything else."""

from dataclasses import dataclass, field
from pathlib import Path

from grammar import Grammar, grammars

HERE = Path(__file__).parent
LANGUAGES = ("en", "ko")
# How a line of a fact begins: its answer, questions, and nouns that may be asked for, in each language.
ANSWERS = {"en": "en", "ko": "ko"}
QUESTIONS = {"e": "en", "k": "ko"}
NOUNS = {"n": "en", "m": "ko"}
FOLLOW_UPS = ("how", "when", "more", "example")


@dataclass
class Fact:
    """A topic: an answer in each language, what a good one must say, and the ways to ask."""

    name: str
    answers: dict[str, str] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    questions: dict[str, list[Grammar]] = field(default_factory=lambda: {language: [] for language in LANGUAGES})
    nouns: dict[str, list[Grammar]] = field(default_factory=lambda: {language: [] for language in LANGUAGES})
    follow_ups: dict[str, str] = field(default_factory=dict)

    def answer(self, language: str, marked: str):
        self.answers[language] = marked.replace("*", "")
        self.keys[language] = [key.lower() for key in marked.split("*")[1::2]]


# Answers that no topic has: of what is not known, of a follow-up to nothing, and where there is no more to say.
UNKNOWN, UNCLEAR, NO_MORE = "unknown", "unclear", "no-more"
# Topics of which there is no more to tell: a follow-up to them is about nothing.
SMALL_TALK = {
    *(UNKNOWN, UNCLEAR),
    *"hello thanks bye who who-trained can how-are-you languages ok praise blame joke myname sure-limits".split(),
}
OTHERS = {
    UNKNOWN: {
        "en": "*I don't know* that. I only know about Inpoint, model artifacts and inference modes.",
        "ko": "그건 *모르겠어요*. 저는 Inpoint와 모델 아티팩트, 추론 모드에 대해서만 알아요.",
    },
    UNCLEAR: {
        "en": "*About what?* Ask me about model artifacts, inference modes, or using Inpoint.",
        "ko": "*무엇에 대해서요?* 모델 아티팩트나 추론 모드, Inpoint 사용법을 물어보세요.",
    },
    NO_MORE: {
        "en": "*That is all I know* about it. The documentation has more.",
        "ko": "그에 대해서는 *여기까지만 알아요*. 문서에 더 있어요.",
    },
}


def read_facts() -> dict[str, Fact]:
    """All topics by name, and the answers of OTHERS as topics without questions."""
    facts: dict[str, Fact] = {}
    for path in sorted(HERE.glob("facts-*.txt")):
        for line in path.read_text().splitlines():
            if not line.strip():
                continue
            kind, text = line.split(" ", 1)
            if kind == "=":
                fact = facts.setdefault(text, Fact(text))  # a topic may be taken up again
            elif kind in ANSWERS:
                fact.answer(ANSWERS[kind], text)
            elif kind in QUESTIONS:
                fact.questions[QUESTIONS[kind]] += grammars(text)
            elif kind in NOUNS:
                fact.nouns[NOUNS[kind]] += grammars(text)
            elif kind in FOLLOW_UPS:
                fact.follow_ups[kind] = text
            else:
                raise ValueError(f"{path.name}: no line begins with {kind!r}: {line}")
    for name, answers in OTHERS.items():
        fact = facts[name] = Fact(name)
        for language, marked in answers.items():
            fact.answer(language, marked)
    for fact in facts.values():
        missing = [language for language in LANGUAGES if not fact.keys.get(language)]
        unknown = [target for target in fact.follow_ups.values() if target not in facts]
        if missing or unknown:
            raise ValueError(f"{fact.name}: no answer with a key in {missing}, or follow-ups to nothing: {unknown}")
    return facts


def read_elsewhere() -> Fact:
    """The questions, and the nouns that may be asked for, that the model is to say it does not know."""
    fact = Fact(UNKNOWN)
    for path in sorted(HERE.glob("elsewhere*.txt")):
        for line in path.read_text().splitlines():
            kind, text = line.split(" ", 1)
            if kind in QUESTIONS:
                fact.questions[QUESTIONS[kind]] += grammars(text)
            elif kind in NOUNS:
                fact.nouns[NOUNS[kind]] += grammars(text)
            else:
                raise ValueError(f"{path.name}: no line begins with {kind!r}: {line}")
    return fact
