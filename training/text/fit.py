"""Trains a network of hashed n-grams."""

import platform
import time

import numpy as np
import onnx
import torch
from torch import nn

REPORT = 500  # steps between two lines on the terminal


def fit(model: nn.Module, batches, steps: int, rate: float, decay: float):
    """Learns from `steps` batches: (ids of each text, targets), classes or shares of them."""
    table, others = model.table, [p for name, p in model.named_parameters() if name != "table"]
    optimizer = torch.optim.AdamW(
        [{"params": [table], "weight_decay": decay}, {"params": others, "weight_decay": 0.0}], lr=rate
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps, pct_start=0.1)
    loss_of = nn.CrossEntropyLoss()
    began, total = time.time(), 0.0
    model.train()
    for step, (ids, targets) in zip(range(1, steps + 1), batches):
        loss = loss_of(model(*stack(ids)), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % REPORT == 0:
            print(f"step {step}: loss {total / REPORT:.4f}, {time.time() - began:.0f} s", flush=True)
            total = 0.0
    return model.eval()


def stack(texts) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids of texts as one tensor, padded on the right, and the mask of what is no padding."""
    longest = max(len(ids) for ids in texts)
    input_ids = torch.zeros(len(texts), longest, dtype=torch.int64)
    for row, ids in zip(input_ids, texts):
        row[: len(ids)] = torch.as_tensor(ids)
    lengths = torch.tensor([len(ids) for ids in texts])
    return input_ids, (torch.arange(longest) < lengths[:, None]).long()


@torch.no_grad()
def probabilities(model: nn.Module, texts, batch: int = 128) -> torch.Tensor:
    """Scores [texts, labels]; texts of like length are run together."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    stacks = ([texts[i] for i in order[at : at + batch]] for at in range(0, len(order), batch))
    return torch.cat([torch.softmax(model(*stack(some)), 1) for some in stacks])[torch.tensor(order).argsort()]


def share(values: torch.Tensor) -> float:
    return round(float(values.double().mean()), 4)


def versions() -> dict:
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "onnx": onnx.__version__,
        "numpy": np.__version__,
    }
