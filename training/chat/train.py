"""Trains the chat model, measures it, and writes the archive; see ../README.md and README.md beside this."""

import argparse
import os
import time
from pathlib import Path

# BLAS has threads of its own, which torch.set_num_threads() does not bound.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import torch
from torch.nn import functional as F

from data import Conversations
from export_onnx import Config
from model import Decoder
from tokens import ChatTokens, texts_of, train_tokenizer
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY, TOKENIZER_TEXTS = 4096, 60_000
HIDDEN, INNER, LAYERS, HEADS, GROUPS, CONTEXT = 192, 512, 4, 6, 2, 1024
# Ids of a batch, and conversations among which those of like length are looked for.
BATCH_TOKENS, POOL = 2048, 1024
RATE, WARM_UP, COOL_DOWN, DECAY, DROP, TOKEN_DROP = 2e-3, 150, 0.35, 0.05, 0.05, 0.1
# Most answers are learned from their first ids, which tell one from another; whole ones are soon known by heart.
BEGINNING, WHOLE = 7, 0.1
# Of what is drawn, how much is a conversation of several turns: each takes as many ids as four questions and more.
SEVERAL = 0.15
OF_TOPIC = 0.5
SAVE_EVERY = 200


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.work.mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer(options)
    model = fit(tokenizer, options)
    if options.train_only:
        return
    from pack import pack_chat  # which takes its names from here

    pack_chat(model, tokenizer, options.steps, options)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "public/models/chat/model.tar.gz")
    parser.add_argument("--work", type=Path, default=ROOT / ".cache/chat", help="where checkpoints are; resumes there")
    parser.add_argument("--steps", type=int, default=20_800)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="a tar of the files as they are, without inpoint pack")
    parser.add_argument("--train-only", action="store_true", help="leave measuring and packing to pack.py")
    return parser.parse_args()


def make_config(vocabulary: int) -> Config:
    return Config(vocabulary, HIDDEN, INNER, LAYERS, HEADS, GROUPS, CONTEXT)


def make_tokenizer(options) -> Tokenizer:
    path = options.work / "tokenizer.json"
    if not path.exists():
        texts = texts_of(Conversations(options.data, options.seed + 1), TOKENIZER_TEXTS)
        train_tokenizer(texts, VOCABULARY).save(str(path))
    return Tokenizer.from_file(str(path))


def fit(tokenizer: Tokenizer, options) -> Decoder:
    """Trains for as many steps as asked, from the last checkpoint where there is one."""
    conversations = Conversations(options.data, options.seed)
    topics = {name: i for i, name in enumerate(conversations.facts)}
    model = Decoder(make_config(tokenizer.get_vocab_size()), len(topics), DROP)
    matrices = [p for p in model.parameters() if p.dim() == 2]
    others = [p for p in model.parameters() if p.dim() != 2]
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98))
    path = options.work / "checkpoint.pt"
    step = 0
    if path.exists():
        kept = torch.load(path)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        step = kept["step"]
    # What is drawn goes by the step it is resumed at: no conversation is drawn twice.
    conversations.chance.seed(options.seed + 1000 * step)
    torch.manual_seed(options.seed + step)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(topics)} topics", flush=True)
    model.train()
    began, seen, running = time.time(), 0, [0.0, 0.0, 0.0]
    for batch in batches(conversations, ChatTokens(tokenizer, TOKEN_DROP), topics):
        if step >= options.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate(step, options.steps)
        loss, parts = loss_of(model, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        seen += batch[0].numel()
        running = [a + b for a, b in zip(running, parts)]
        if step % 50 == 0:
            speed = seen / (time.time() - began)
            values = " ".join(f"{value / 50:.3f}" for value in running)
            print(f"step {step} tokens {values} (loss, topic loss, topic right) {speed:.0f} tokens/s", flush=True)
            running = [0.0, 0.0, 0.0]
        if step % SAVE_EVERY == 0 or step == options.steps:
            save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, path)
    return model.eval()


def rate(step: int, steps: int) -> float:
    """Warm-up, a plateau, and a line down to a fiftieth: how long to train can be decided on the plateau."""
    if step < WARM_UP:
        return RATE * (step + 1) / WARM_UP
    left = (steps - step) / (steps * COOL_DOWN)
    return RATE * max(0.02, min(1.0, left))


def batches(conversations: Conversations, tokens: ChatTokens, topics: dict[str, int]):
    """For ever: ids padded at the right, the places to learn with their next ids, and topics with their places."""
    chance = conversations.chance
    while True:
        drawn = sorted((draw(conversations, tokens) for _ in range(POOL)), key=lambda one: len(one[0]))
        groups, group = [], []
        for one in drawn:
            if group and (len(group) + 1) * len(one[0]) > BATCH_TOKENS:
                groups.append(group)
                group = []
            group.append(one)
        chance.shuffle(groups)
        for group in groups:
            width = max(len(ids) for ids, _, _ in group)
            ids = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids, _, _ in group])
            learned = torch.tensor([row * width + at for row, (_, places, _) in enumerate(group) for at in places])
            wanted = torch.tensor([ids[at + 1] for ids, places, _ in group for at in places])
            asked = [(row * width + at, topics[name]) for row, (_, _, found) in enumerate(group) for at, name in found]
            yield ids, learned, wanted, torch.tensor(asked)


def draw(conversations: Conversations, tokens: ChatTokens):
    chance = conversations.chance
    count = chance.choice((2, 2, 2, 2, 3, 3, 4, 7)) if chance.random() < SEVERAL else 1
    turns = conversations.several(count) if count > 1 else [conversations.single()]
    cut = None if chance.random() < WHOLE else BEGINNING
    return tokens.conversation(turns, conversations.system(), chance.random() < 0.35, cut)


def loss_of(model: Decoder, batch):
    ids, learned, wanted, asked = batch
    hidden = model(ids).flatten(0, 1)
    loss = F.cross_entropy(model.logits(hidden[learned]), wanted)
    guesses = model.topic(hidden[asked[:, 0]])
    topic_loss = F.cross_entropy(guesses, asked[:, 1])
    right = (guesses.argmax(1) == asked[:, 1]).float().mean()
    return loss + OF_TOPIC * topic_loss, (loss.item(), topic_loss.item(), right.item())


def save(state: dict, path: Path):
    """Whole or not at all: a run may be ended at any time."""
    torch.save(state, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)


if __name__ == "__main__":
    main()
