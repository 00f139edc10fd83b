"""Makes conversations to learn from: questions of the grammars, misspelt and reworded, and of others' data sets."""

import csv
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

from facts import LANGUAGES, NO_MORE, SMALL_TALK, UNCLEAR, UNKNOWN, Fact, read_elsewhere, read_facts
from grammar import Grammar, grammars, sample_one
from held_out import DEVELOPMENT, HELD_OUT, plain, read_held_out
from phrases import AFTER, BEFORE, DEFINE, FOLLOW, KOREAN_REWORD, REWORD, SYSTEM

# CLINC150's intents that a chat has answers to; others about the assistant itself are left out, the rest is unknown.
OF_CLINC = {
    "greeting": "hello",
    "goodbye": "bye",
    "thank_you": "thanks",
    "are_you_a_bot": "who",
    "what_is_your_name": "who",
    "who_made_you": "who-trained",
    "what_can_i_ask_you": "can",
    "tell_joke": "joke",
}
LEFT_OUT = {
    *OF_CLINC,
    *"yes no maybe repeat cancel who_do_you_work_for where_are_you_from change_language user_name change_user_name".split(),
    *"change_ai_name change_speed change_volume change_accent whisper_mode reset_settings sync_device fun_fact".split(),
}
# Of English questions about anything else, how many are of others' data sets.
OTHERS_SHARE = 0.4
CHATTERBOT = "food health history literature money movies politics science sports trivia psychology".split()


@dataclass
class Turn:
    """A question, and the topic and language of its answer."""

    question: str
    fact: Fact
    language: str

    @property
    def answer(self) -> str:
        return self.fact.answers[self.language]


class Conversations:
    """Draws conversations for ever, from a seed."""

    def __init__(self, data: Path, seed: int):
        self.chance = random.Random(seed)
        self.facts = read_facts()
        self.topics = [fact for fact in self.facts.values() if any(fact.questions.values())]
        self.elsewhere = read_elsewhere()
        self.follow = {
            language: {kind: grammars(text) for kind, text in kinds.items()} for language, kinds in FOLLOW.items()
        }
        self.of_clinc, self.others = read_others(data)
        self.held_out = {plain(one.question) for name in (HELD_OUT, DEVELOPMENT) for one in read_held_out(name)}

    def single(self) -> Turn:
        """A question that stands alone, and none of those that are held out."""
        turn = self.any_single()
        return self.single() if plain(turn.question) in self.held_out else turn

    def any_single(self) -> Turn:
        """A question that stands alone, held out or not."""
        chance = self.chance
        language = chance.choices(LANGUAGES, (0.5, 0.5))[0]
        draw = chance.random()
        if draw < 0.3:
            return self.unknown(language)
        if draw < 0.308:
            kind = chance.choice([kind for kind in self.follow[language] if kind not in ("korean", "english")])
            return Turn(self.ask(self.follow[language][kind], language), self.facts[UNCLEAR], language)
        if draw < 0.335:
            name = chance.choice(list(self.of_clinc))
            return Turn(disturb(chance.choice(self.of_clinc[name]), "en", chance), self.facts[name], "en")
        fact = chance.choice(self.topics)
        question = reword(self.ask_for(fact, language), language, chance)
        if is_mixed(question) and language == "ko" and not re.search("[가-힣]", question):
            language = "en"
        return Turn(disturb(question, language, chance), fact, language)

    def unknown(self, language: str) -> Turn:
        """A question about anything else, asked in the same ways as those about what is known."""
        chance = self.chance
        if language == "en" and chance.random() < OTHERS_SHARE:
            question = chance.choice(self.others)
        else:
            question = self.ask_for(self.elsewhere, language)
        question = reword(question, language, chance)
        if not re.search("[가-힣ㄱ-ㅎㅏ-ㅣ]", question):
            language = "en"
        return Turn(disturb(question, language, chance), self.facts[UNKNOWN], language)

    def ask_for(self, fact: Fact, language: str) -> str:
        """A question of a topic, or one for a noun of it."""
        chance = self.chance
        questions, nouns = fact.questions[language], fact.nouns[language]
        if nouns and chance.random() < 0.4:
            return define(chance.choice(DEFINE[language]).sample(chance), sample_one(nouns, chance))
        return sample_one(questions or nouns, chance)

    def ask(self, questions: list[Grammar], language: str) -> str:
        return disturb(self.chance.choice(questions).sample(self.chance), language, self.chance)

    def several(self, count: int) -> list[Turn]:
        """A conversation, with follow-ups that only what was said before makes clear."""
        turns = [self.single()]
        while len(turns) < count:
            last = turns[-1]
            turns.append(self.follow_up(last) if self.chance.random() < 0.65 else self.next(last))
        return turns

    def next(self, last: Turn) -> Turn:
        """A new question, most often in the same language."""
        turn = self.single()
        return turn if turn.language == last.language or self.chance.random() < 0.2 else self.next(last)

    def follow_up(self, last: Turn) -> Turn:
        kind = self.chance.choice(list(self.follow[last.language]))
        question = self.ask(self.follow[last.language][kind], last.language)
        if kind in ("korean", "english"):
            return Turn(question, last.fact, "ko" if kind == "korean" else "en")
        if kind == "again":
            return Turn(question, last.fact, last.language)
        target = last.fact.follow_ups.get(kind)
        if target is None:
            target = UNCLEAR if last.fact.name in SMALL_TALK else NO_MORE
        return Turn(question, self.facts[target], last.language)

    def system(self) -> str | None:
        return self.chance.choice(SYSTEM) if self.chance.random() < 0.08 else None


def define(template: str, noun: str) -> str:
    """Puts a noun into a question; `NOUN이`, `NOUN은` and `NOUN을` get the particle that its last sound asks for."""
    last = noun[-1]
    closed = (ord(last) - 0xAC00) % 28 > 0 if "가" <= last <= "힣" else last.lower() in "lmnr136780"
    for with_sound, without in (("이란", "란"), ("이라는", "라는"), ("은", "는"), ("을", "를")):
        template = template.replace("NOUN" + with_sound, "NOUN" + (with_sound if closed else without))
    template = re.sub(r"NOUN이(?=\s)", "NOUN이" if closed else "NOUN가", template)
    return template.replace("NOUN", noun)


def is_mixed(text: str) -> bool:
    return bool(re.search("[a-zA-Z]", text))


def reword(question: str, language: str, chance: random.Random) -> str:
    """Other words for the same."""
    if language == "en":
        for pattern, words in REWORD:
            if chance.random() < 0.2:
                question = re.sub(pattern, lambda _: chance.choice(words), question, count=1)
    else:
        for pattern, words in KOREAN_REWORD:
            if chance.random() < 0.4:
                question = re.sub(pattern, lambda _: chance.choice(words.split("|")), question, count=1)
    return question


def disturb(question: str, language: str, chance: random.Random) -> str:
    """What people do to a question as they type it: fillers, case, spaces, slips, punctuation."""
    if chance.random() < 0.22:
        question = chance.choice(BEFORE[language]) + question
    if chance.random() < 0.1:
        question = question + chance.choice(AFTER[language])
    if language == "en":
        draw = chance.random()
        if draw < 0.35:
            question = question[:1].upper() + question[1:]
        elif draw < 0.38:
            question = question.upper()
        elif draw < 0.40:
            question = question.title()
        if chance.random() < 0.5:
            question = re.sub(r"\bi\b", "I", question.replace("inpoint", "Inpoint"))
    elif chance.random() < 0.2:
        spaces = [i for i, letter in enumerate(question) if letter == " "]
        drop = spaces if chance.random() < 0.4 else chance.sample(spaces, min(len(spaces), 1))
        question = "".join(letter for i, letter in enumerate(question) if i not in drop)
    if chance.random() < 0.06:
        question = shuffle(question, chance)
    if chance.random() < 0.1:
        for _ in range(chance.choice((1, 1, 2))):
            question = slip(question, chance)
    ending = chance.choices(("?", "", "??", ".", "!", " ?", "..."), (0.42, 0.44, 0.03, 0.06, 0.02, 0.02, 0.01))[0]
    return (question.rstrip("?") + ending).strip()


def shuffle(question: str, chance: random.Random) -> str:
    """A word left out, or two in each other's place: what is asked is told by the others."""
    words = question.split()
    if len(words) < 4:
        return question
    at = chance.randrange(len(words) - 1)
    if chance.random() < 0.7:
        del words[at]
    else:
        words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words)


def slip(text: str, chance: random.Random) -> str:
    """One letter too few, too many, or in another's place."""
    if len(text) < 5:
        return text
    at = chance.randrange(1, len(text) - 1)
    kind = chance.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def read_others(data: Path) -> tuple[dict[str, list[str]], list[str]]:
    """Requests of CLINC150 (train) by the topic that answers them, and those of it, BANKING77 (train) and the
    ChatterBot corpus that nothing here answers.
    """
    clinc = json.loads((data / "clinc150/data_full.json").read_text())
    known = {topic: [] for topic in OF_CLINC.values()}
    others = [text for text, _ in clinc["oos_train"]]
    for text, intent in clinc["train"]:
        if intent in OF_CLINC:
            known[OF_CLINC[intent]].append(text)
        elif intent not in LEFT_OUT:
            others.append(text)
    with (data / "banking77/train.csv").open() as file:
        others += [row["text"].strip() for row in csv.DictReader(file)][::3]
    for name in CHATTERBOT:
        others += re.findall(r"^- - (.{4,80})$", (data / f"chatterbot/{name}.yml").read_text(), re.M) * 3
    return known, others
