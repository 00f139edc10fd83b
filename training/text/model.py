"""The network: ids of characters in, hashes of n-grams inside, logits out."""

import torch
from torch import nn

# Primes, so that hashes of texts spread over the rows; all products stay far below 2 ** 63.
STEP, STRIDE = 1_000_003, 7_919


class HashedNgrams(nn.Module):
    """Adds up a vector for each run of 1 to `longest` characters and reads the labels from the sum.

    Vectors are found by the run's hash; runs of the same hash share one. The sum is divided by the
    root of the number of runs, so that a longer text is surer of itself, but not by its length.
    """

    def __init__(self, rows: int, width: int, longest: int, labels: int):
        super().__init__()
        self.rows, self.longest = rows, longest
        self.table = nn.Parameter(torch.randn(rows, width) * 0.05)
        self.classify = nn.Linear(width, labels)
        nn.init.zeros_(self.classify.bias)

    def forward(self, input_ids, attention_mask):
        """Ids and mask [batch, tokens], padded on the right, to logits [batch, labels]."""
        return self.classify(self.pool(*self.hash(input_ids, attention_mask)))

    def hash(self, input_ids, attention_mask):
        """Rows of the table, and 1 where all characters of a run are there: both [batch, tokens, longest]."""
        tokens = input_ids.shape[1]
        margin = (0, self.longest - 1)
        ids = nn.functional.pad(input_ids, margin)
        mask = nn.functional.pad(attention_mask, margin)
        runs, there = [], []
        run = torch.zeros_like(input_ids)
        for n in range(self.longest):
            run = (run * STEP + ids[:, n : n + tokens] * STRIDE + n + 1) % self.rows
            runs.append(run)
            there.append(mask[:, n : n + tokens])
        return torch.stack(runs, 2), torch.stack(there, 2)

    def pool(self, runs, there):
        """Sums [batch, width] of the runs that are there: subclasses do it for training and for shipping."""
        raise NotImplementedError


class TrainedNgrams(HashedNgrams):
    """The network while it learns: it leaves out some of the runs at random."""

    def __init__(self, *shape, drop: float):
        super().__init__(*shape)
        self.drop = drop

    def pool(self, runs, there):
        weights = there.to(self.table.dtype).flatten(1)
        if self.training:
            weights = weights * (torch.rand_like(weights) >= self.drop)
        present = weights > 0
        offsets = nn.functional.pad(present.sum(1).cumsum(0), (1, 0))[:-1]
        vectors = nn.functional.embedding_bag(runs.flatten(1)[present], self.table, offsets, mode="sum")
        return vectors / weights.sum(1, keepdim=True).clamp(min=1).sqrt()


class PackedNgrams(HashedNgrams):
    """The network that ships: the table is bytes, with a scale for each of its columns."""

    def __init__(self, trained: HashedNgrams):
        super().__init__(1, 1, trained.longest, 1)
        self.rows, self.classify = trained.rows, trained.classify
        table = trained.table.detach()
        scale = table.abs().amax(0) / 127
        del self.table
        self.register_buffer("table", (table / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def pool(self, runs, there):
        weights = there.to(self.scale.dtype)
        vectors = (self.table[runs].to(self.scale.dtype) * weights[..., None]).sum((1, 2)) * self.scale
        return vectors / weights.sum((1, 2), keepdim=True)[..., 0].clamp(min=1).sqrt()
