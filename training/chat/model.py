"""The decoder as it is trained: Llama's, with weights named as Transformers names them."""

import torch
from torch import nn
from torch.nn import functional as F

from export_onnx import Config


class Norm(nn.Module):
    """RMSNorm (Zhang and Sennrich, 2019)."""

    def __init__(self, width: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, hidden):
        return self.weight * (hidden * torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + self.epsilon))


class Attention(nn.Module):
    """Grouped-query attention with rotary embedding; nothing is padded at the left here."""

    def __init__(self, config: Config):
        super().__init__()
        self.heads, self.groups, self.width = config.num_attention_heads, config.num_key_value_heads, config.head_dim
        hidden = config.hidden_size
        self.q_proj = nn.Linear(hidden, self.heads * self.width, bias=False)
        self.k_proj = nn.Linear(hidden, self.groups * self.width, bias=False)
        self.v_proj = nn.Linear(hidden, self.groups * self.width, bias=False)
        self.o_proj = nn.Linear(self.heads * self.width, hidden, bias=False)

    def forward(self, hidden, cos, sin, mask):
        batch, length, _ = hidden.shape
        query = self.q_proj(hidden).view(batch, length, self.heads, self.width).transpose(1, 2)
        key = self.k_proj(hidden).view(batch, length, self.groups, self.width).transpose(1, 2)
        value = self.v_proj(hidden).view(batch, length, self.groups, self.width).transpose(1, 2)
        query, key = rotate(query, cos, sin), rotate(key, cos, sin)
        # A group of heads looks at the same keys: their queries are stacked, and no key is repeated.
        query = query.reshape(batch, self.groups, -1, self.width)
        scores = query @ key.transpose(2, 3) / self.width**0.5
        scores = scores.view(batch, self.groups, -1, length, length) + mask
        attended = scores.softmax(-1).view(batch, self.groups, -1, length) @ value
        attended = attended.view(batch, self.heads, length, self.width).transpose(1, 2)
        return self.o_proj(attended.reshape(batch, length, -1))


def rotate(vectors, cos, sin):
    first, second = vectors.chunk(2, -1)
    return vectors * cos + torch.cat([-second, first], -1) * sin


class FeedForward(nn.Module):
    """SwiGLU (Shazeer, 2020)."""

    def __init__(self, config: Config):
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, hidden):
        return self.down_proj(F.silu(self.gate_proj(hidden)) * self.up_proj(hidden))


class Layer(nn.Module):
    def __init__(self, config: Config, drop: float):
        super().__init__()
        self.input_layernorm = Norm(config.hidden_size, config.rms_norm_eps)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = Norm(config.hidden_size, config.rms_norm_eps)
        self.mlp = FeedForward(config)
        self.drop = nn.Dropout(drop)

    def forward(self, hidden, cos, sin, mask):
        hidden = hidden + self.drop(self.self_attn(self.input_layernorm(hidden), cos, sin, mask))
        return hidden + self.drop(self.mlp(self.post_attention_layernorm(hidden)))


class Decoder(nn.Module):
    """Ids [batch, length] to hidden states [batch, length, hidden]; `logits` of those that are wanted.

    `topic`, which guesses what a question is about from the state before its answer, is for training alone.
    """

    def __init__(self, config: Config, topics: int, drop: float = 0.0):
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(config, drop) for _ in range(config.num_hidden_layers))
        self.norm = Norm(config.hidden_size, config.rms_norm_eps)
        self.topic = nn.Linear(config.hidden_size, topics)
        self.drop = nn.Dropout(drop)
        half = config.head_dim // 2
        angles = torch.outer(
            torch.arange(config.max_position_embeddings), config.rope_theta ** (-torch.arange(half) / half)
        )
        self.register_buffer("cos", torch.cat([angles.cos()] * 2, 1), persistent=False)
        self.register_buffer("sin", torch.cat([angles.sin()] * 2, 1), persistent=False)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids):
        length = ids.shape[1]
        mask = torch.full((length, length), -1e9).triu(1)
        cos, sin = self.cos[:length], self.sin[:length]
        hidden = self.drop(self.embed_tokens(ids))
        for layer in self.layers:
            hidden = layer(hidden, cos, sin, mask)
        return self.norm(hidden)

    def logits(self, hidden):
        return hidden @ self.embed_tokens.weight.T

    def weights(self) -> dict:
        """What export_onnx.build takes."""
        return {
            f"model.{name}": value.detach().numpy()
            for name, value in self.state_dict().items()
            if not name.startswith("topic.")
        }
