"""Questions written once with their alternatives: `(a|b)` is either, `[a|b]` either or nothing, `<name>` a macro."""

import random
from math import log2

MACROS = {
    "how": "(how do i|how can i|how to|how do you|how would i|how should i|what is the way to|what's the best way to|"
    "i want to|i'd like to|i need to|help me|show me how to|steps to|is there a way to|can you show me how to|"
    "explain how to|tell me how to|how does one|how could i|what do i need to do to|what must i do to|can you explain how to|"
    "i don't know how to|instructions to|command to|code to|any idea how to|i wonder how to|how am i supposed to|"
    "i'm trying to|i would like to|how might i|what do i call to|what do i type to|what do i run to|which command do i use to|"
    "which function do i use to|is there a command to|is there a function to|walk me through how to|what is needed to|"
    "what should i do to|please tell me how to|do you know how to|how exactly do i|how does a developer)",
    "can": "(can i|is it possible to|could i|may i|does inpoint let me|am i able to|is there a way to|can you|can inpoint|"
    "can it|i want to|would i be able to|can my page|can users|would it be possible to|does it allow me to|can one|"
    "is there any way to|are we able to|i wonder if i can|what if i want to|i need to)",
    "does": "(does it|does inpoint|will it|can it|can inpoint|does the library|does this|do you|is inpoint able to|will inpoint|would it|could it|can this|will this|is it able to|could inpoint|does your library|"
    "do we know if it can)",
    "하": "(하려면 어떻게 해|하려면 어떻게 해요|하려면 어떻게 하나요|하려면 어떻게 해야 하나요|하려면 뭘 해야 해|하려면|하는 방법|하는 법|하는 법 알려줘|"
    "하는 방법 알려주세요|하는 방법이 뭐야|하는 방법이 궁금해요|하고 싶어|하고 싶은데|하고 싶어요|는 어떻게 해|는 어떻게 하나요|은 어떻게 해요| 어떻게 해|"
    " 어떻게 하나요| 방법| 방법 좀|할 수 있어|할 수 있나요|해 줘|해야 하는데 어떻게 하죠|하려고 하는데 어떻게 하면 되나요|하는 명령어|하려면 어떻게 하죠|하려면 어떻게 하면 될까요|하려면 뭐가 필요해|하는 법이 궁금해|할 수 있을까요|하고 싶은데요|"
    "하고 싶습니다|하는 함수|하는 코드|하려고 해요|하는 건 어떻게 하죠| 방법은요| 방법이 뭐죠|할 때 뭘 써야 해|하는 방법 좀 알려 주실래요)",
    "려면": "(려면 어떻게 해|려면 어떻게 해요|려면 어떻게 하나요|려면 뭐가 필요해|려면|려면요|는 법|는 법 알려줘|는 방법|는 방법이 뭐야|는 방법 좀|는 방법 알려주세요|"
    "는 법이 궁금해요|고 싶어|고 싶은데|고 싶어요|고 싶습니다|려고 하는데 어떡하죠|려고 하는데 어떻게 하면 되나요|려고 해요|려면 얼마나 걸려|려면 뭘 해야 해|"
    "려면 어떻게 하죠|는 건 어떻게 하죠|는 데 돈이 얼마나 들어|기 어려워|기 쉬워)",
}
OPENING, CLOSING = "([", ")]"


class Grammar:
    """One question and all that it may become; `sample` draws one."""

    def __init__(self, text: str):
        for name, meaning in MACROS.items():
            text = text.replace(f"<{name}>", meaning)
        self.tree, end = self.parse(text, 0, 0)
        if end != len(text):
            raise ValueError(f"a bracket closes what was not opened: {text[:end]} ⟶ {text[end:]}")
        self.weight = 1 + log2(self.count(self.tree))

    @classmethod
    def parse(cls, text: str, at: int, depth: int):
        """Alternatives, each a list of literals and of alternatives, up to the bracket that closes them."""
        alternatives, sequence, literal = [], [], ""
        while at < len(text) and not (text[at] in CLOSING and depth):
            letter = text[at]
            if letter == "|" and depth:
                alternatives.append([*sequence, literal])
                sequence, literal = [], ""
            elif letter in OPENING and not (letter == "(" and text[at : at + 2] == "()"):
                inner, end = cls.parse(text, at + 1, depth + 1)
                if end >= len(text):
                    raise ValueError(f"a bracket is not closed: {text[at:]}")
                sequence += [literal, [*inner, [""]] if letter == "[" else inner]
                literal, at = "", end
            elif letter == "(":
                literal, at = literal + "()", at + 1
            else:
                literal += letter
            at += 1
        return [*alternatives, [*sequence, literal]], at

    def sample(self, chance: random.Random) -> str:
        return " ".join(self.draw(self.tree, chance).split())

    @classmethod
    def count(cls, alternatives: list) -> int:
        """In how many ways it may be drawn."""
        total = 0
        for sequence in alternatives:
            ways = 1
            for part in sequence:
                ways *= 1 if isinstance(part, str) else cls.count(part)
            total += ways
        return total

    @classmethod
    def draw(cls, alternatives: list, chance: random.Random) -> str:
        return "".join(part if isinstance(part, str) else cls.draw(part, chance) for part in chance.choice(alternatives))


def sample_one(questions: list[Grammar], chance: random.Random) -> str:
    """Draws from one of several: the more ways it has, the more often, by the logarithm."""
    return chance.choices(questions, [question.weight for question in questions])[0].sample(chance)


def grammars(line: str) -> list[Grammar]:
    """The questions of a line, between which ` / ` stands."""
    return [Grammar(question.strip()) for question in line.split(" / ") if question.strip()]
