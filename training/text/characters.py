"""Turns texts into ids of characters, exactly as the tokenizer.json that it writes does."""

import collections
import unicodedata

PAD, SPACE, FIRST_BYTE = 0, 1, 2
FIRST_CHARACTER = FIRST_BYTE + 256

# Marks that only style an emoji: variation selectors and the keycap.
STYLES = "\ufe00-\ufe0f\u20e3"


class Characters:
    """An id a character; one that training seldom saw becomes its UTF-8 bytes.

    Texts are decomposed (NFKD), so that Hangul falls into its letters and accents stand apart, and
    lower-cased; whatever is not of the Unicode classes in `keep` becomes one space. A space stands
    at both ends.
    """

    def __init__(self, characters: str, keep: str, max_tokens: int):
        self.characters, self.keep, self.max_tokens = characters, keep, max_tokens
        self.ids = {" ": SPACE} | {one: FIRST_CHARACTER + i for i, one in enumerate(characters)}

    @classmethod
    def of(cls, texts, keep: str, max_tokens: int, least: int):
        """The characters that occur `least` times in the texts, or more often."""
        counts = collections.Counter(c for text in texts for c in normalize(text, keep))
        return cls("".join(sorted(c for c in counts if counts[c] >= least and c != " ")), keep, max_tokens)

    def __len__(self):
        return FIRST_CHARACTER + len(self.characters)

    def encode(self, text: str) -> list[int]:
        found = [i for c in normalize(text, self.keep) for i in self.ids_of(c)]
        return [SPACE, *found[: self.max_tokens - 2], SPACE]

    def ids_of(self, character: str) -> list[int]:
        known = self.ids.get(character)
        return bytes_of(character) if known is None else [known]

    def tokenizer_json(self) -> dict:
        classes = "".join(f"\\p{{{one}}}" for one in self.keep)
        spelt = {"[PAD]": PAD, " ": SPACE} | {f"<0x{byte:02X}>": FIRST_BYTE + byte for byte in range(256)} | self.ids
        space = {"SpecialToken": {"id": " ", "type_id": 0}}
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            # None, so that a person who writes [PAD] has written five characters.
            "added_tokens": [],
            "normalizer": {
                "type": "Sequence",
                "normalizers": [
                    {"type": "NFKD"},
                    {"type": "Lowercase"},
                    # At the end of a word JavaScript writes the other small sigma, and Rust does not.
                    {"type": "Replace", "pattern": {"String": "ς"}, "content": "σ"},
                    {"type": "Replace", "pattern": {"Regex": f"(?:[^{classes}]|[{STYLES}])+"}, "content": " "},
                    {"type": "Strip", "strip_left": True, "strip_right": True},
                ],
            },
            "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "Isolated", "invert": False},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [space, {"Sequence": {"id": "A", "type_id": 0}}, space],
                "pair": [
                    space,
                    {"Sequence": {"id": "A", "type_id": 0}},
                    space,
                    {"Sequence": {"id": "B", "type_id": 0}},
                    space,
                ],
                "special_tokens": {" ": {"id": " ", "ids": [SPACE], "tokens": [" "]}},
            },
            "decoder": None,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": True,
                "vocab": spelt,
                "merges": [],
            },
        }

    def tokenizer_config(self) -> dict:
        return {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": self.max_tokens,
            "pad_token": "[PAD]",
            "padding_side": "right",
        }


def normalize(text: str, keep: str) -> str:
    """What the normalizer in tokenizer.json does."""
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c.lower() for c in text).replace("ς", "σ")
    spaced = "".join(c if is_kept(c, keep) else " " for c in text)
    return " ".join(word for word in spaced.split(" ") if word)


def is_kept(character: str, keep: str) -> bool:
    styles = "\ufe00" <= character <= "\ufe0f" or character == "\u20e3"
    return unicodedata.category(character)[0] in keep and not styles


def bytes_of(character: str) -> list[int]:
    return [FIRST_BYTE + byte for byte in character.encode()]
