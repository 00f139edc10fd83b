"""Asks a chat model the held-out questions, and scores its answers by a stated rule; see README.md."""

import argparse
import json
import os
import tarfile
import tempfile
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

from data import Conversations
from facts import UNKNOWN, Fact, read_facts
from held_out import DEVELOPMENT, HELD_OUT, Asked, plain, read_held_out
from tokenizers import Tokenizer
from tokens import ChatTokens

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MAX_ANSWER = 120
SEEN = 200_000


def is_right(asked: Asked, answer: str, facts: dict[str, Fact]) -> bool:
    """The rule: an answer is right if it has every key phrase (in facts-*.txt between asterisks) of one of the topics
    that answer the question, in the language of the question, whatever the case of letters. Of a question about
    anything else the key phrase is "I don't know", or "모르겠어요".
    """
    said = answer.lower()
    return any(all(key in said for key in facts[topic].keys[asked.language]) for topic in asked.topics)


def seen_in_training(asked: list[Asked], data: Path, seed: int) -> list[str]:
    """The questions that would be among so many drawn for training, spelling aside, were they not passed over."""
    conversations = Conversations(data, seed)
    drawn = {plain(conversations.any_single().question) for _ in range(SEEN)}
    return [one.question for one in asked if plain(one.question) in drawn]


def score(answer_of, asked: list[Asked]) -> tuple[dict, list[tuple[Asked, str]]]:
    """Shares of right answers by language and kind, and the wrong ones. `answer_of` answers a conversation."""
    facts = read_facts()
    tally: dict[str, list[bool]] = {}
    wrong = []
    for one in asked:
        answer = answer_of([("user", one.question)])
        right = is_right(one, answer, facts)
        kind = "outOfScope" if one.topics == [UNKNOWN] else "inScope"
        for name in ("all", kind, one.language, f"{kind}-{one.language}"):
            tally.setdefault(name, []).append(right)
        if not right:
            wrong.append((one, answer))
    return {name: {"right": sum(rights), "of": len(rights)} for name, rights in tally.items()}, wrong


def torch_answers(work: Path):
    """Answers of the last checkpoint in a folder, in float32."""
    import torch
    from model import Decoder
    from train import make_config

    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    state = torch.load(work / "checkpoint.pt")["model"]
    model = Decoder(make_config(tokenizer.get_vocab_size()), len(state["topic.weight"]))
    model.load_state_dict(state)
    return greedy(model.eval(), ChatTokens(tokenizer))


def greedy(model, tokens: ChatTokens):
    import torch

    def answer(messages: list[tuple[str, str]]) -> str:
        prompt = tokens.prompt(messages)
        ids = list(prompt)
        with torch.no_grad():
            while len(ids) < len(prompt) + MAX_ANSWER:
                best = int(model.logits(model(torch.tensor([ids]))[0, -1]).argmax())
                if best == tokens.stop:
                    break
                ids.append(best)
        return tokens.tokenizer.decode(ids[len(prompt) :])

    return answer


def onnx_answers(folder: Path):
    """Answers of an unpacked archive's ONNX file in ONNX Runtime, with its cache."""
    import numpy as np
    import onnxruntime

    tokens = ChatTokens(Tokenizer.from_file(str(folder / "tokenizer.json")))
    config = json.loads((folder / "config.json").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(next((folder / "onnx").glob("*.onnx"))), options)
    names = [f"{i}.{part}" for i in range(config["num_hidden_layers"]) for part in ("key", "value")]

    def answer(messages: list[tuple[str, str]]) -> str:
        ids, answered = tokens.prompt(messages), []
        empty = np.zeros((1, config["num_key_value_heads"], 0, config["head_dim"]), np.float32)
        past, length = [empty] * len(names), 0
        while len(answered) < MAX_ANSWER:
            feeds = {
                "input_ids": np.array([ids], np.int64),
                "attention_mask": np.ones((1, length + len(ids)), np.int64),
                "position_ids": np.arange(length, length + len(ids), dtype=np.int64)[None],
                **{f"past_key_values.{name}": value for name, value in zip(names, past)},
            }
            logits, *past = session.run(["logits", *(f"present.{name}" for name in names)], feeds)
            length += len(ids)
            best = int(logits[0, -1].argmax())
            if best == tokens.stop:
                break
            answered.append(best)
            ids = [best]
        return tokens.tokenizer.decode(answered)

    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--archive", type=Path, default=ROOT / "public/models/chat/model.tar.gz")
    parser.add_argument("--work", type=Path, help="asks the checkpoint there, and not the archive")
    parser.add_argument("--seed", type=int, default=99, help="of the questions that none of the held-out may be among")
    parser.add_argument("--say", help="answers this instead, with | between the user's turns")
    parser.add_argument("--wrong", action="store_true", help="shows what was answered wrong")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not options.work:
            tarfile.open(options.archive).extractall(folder)
        answer_of = torch_answers(options.work) if options.work else onnx_answers(Path(folder))
    if options.say:
        messages = []
        for question in options.say.split("|"):
            messages.append(("user", question))
            messages.append(("assistant", answer_of(messages)))
            print(f"> {question}\n{messages[-1][1]}")
        return
    for name in (HELD_OUT, DEVELOPMENT):
        asked = read_held_out(name)
        scores, wrong = score(answer_of, asked)
        drawn = len(seen_in_training(asked, options.data, options.seed))
        print(f"{name}: training would draw {drawn} of {len(asked)} among {SEEN:,}, and passes over them")
        for kind, one in scores.items():
            print(f"  {kind}: {one['right']} of {one['of']}, {one['right'] / one['of']:.1%}")
        if options.wrong:
            for one, answer in wrong:
                print(f"  {','.join(one.topics)} | {one.question} | {answer[:90]}")


if __name__ == "__main__":
    main()
