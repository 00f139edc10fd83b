"""The byte-level BPE tokenizer, trained on what the model will read, and the chat template."""

import json
from itertools import islice

import tokenizers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from data import Turn

END, START, STOP = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = [END, START, STOP]
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def train_tokenizer(texts, size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=4,
            special_tokens=[AddedToken(token, special=True) for token in SPECIAL],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return tokenizer


class ChatTokens:
    """Turns conversations into ids as CHAT_TEMPLATE does, and says which ids are answers."""

    def __init__(self, tokenizer: Tokenizer, drop: float = 0.0):
        self.tokenizer = tokenizer
        self.loose = tokenizer
        if drop:
            # Merges left out by chance (BPE-dropout: Provilkov and others, 2020) show words in other pieces.
            spec = json.loads(tokenizer.to_str())
            spec["model"]["dropout"] = drop
            self.loose = Tokenizer.from_str(json.dumps(spec))
        self.start, self.stop = (tokenizer.token_to_id(token) for token in (START, STOP))
        self.line = self.ids("\n")
        self.roles = {role: [self.start, *self.ids(role + "\n")] for role in ("system", "user", "assistant")}

    def ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def message(self, role: str, ids: list[int]) -> list[int]:
        return [*self.roles[role], *ids, self.stop, *self.line]

    def prompt(self, messages: list[tuple[str, str]]) -> list[int]:
        """Ids up to where the assistant is to answer."""
        ids = []
        for role, content in messages:
            ids += self.message(role, self.ids(content))
        return ids + self.roles["assistant"]

    def conversation(self, turns: list[Turn], system: str | None, is_loose: bool, cut: int | None):
        """Ids, those places whose next id is to be learned, and the place before each answer with its topic.

        `cut` ends a conversation so many ids into its last answer.
        """
        encode = self.loose if is_loose else self.tokenizer
        ids = self.message("system", self.ids(system)) if system else []
        learned, topics = [], []
        for turn in turns:
            ids += self.message("user", encode.encode(turn.question, add_special_tokens=False).ids)
            ids += self.roles["assistant"]
            answer = [*self.ids(turn.answer), self.stop]
            if cut and turn is turns[-1]:
                answer = answer[:cut]
            topics.append((len(ids) - 1, turn.fact.name))
            learned += range(len(ids) - 1, len(ids) - 1 + len(answer))
            ids += [*answer, *self.line]
        return ids[: len(ids) - len(self.line)], learned, topics


def texts_of(conversations, count: int):
    """Texts for a tokenizer: questions as often as they come, answers now and then."""
    turns = islice(iter(conversations.single, None), count)
    for index, turn in enumerate(turns):
        yield turn.question
        if index % 4 == 0:
            yield turn.answer


def versions() -> dict:
    return {"tokenizers": tokenizers.__version__}
