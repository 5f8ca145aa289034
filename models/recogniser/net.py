"""The acoustic network: gated depthwise convolutions over 40 ms frames, streaming by construction (PyTorch).

``forward`` sees whole utterances; ``stream`` sees a chunk and its caches and is what gets exported. Both give the same
numbers because frames before the start and after the end of an utterance are masked inside every block.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from speech.recognition.features import N_FEATURES
from speech.recognition.units import INITIALS, RIMES, TONES, UNITS

STACK = 4
KERNEL = 11


@dataclass(frozen=True, slots=True)
class Size:
    """Shape of the network."""

    width: int = 160
    right: tuple[int, ...] = (1, 1, 1, 1, 0, 1, 0, 0)
    """Look-ahead of each block in 40 ms frames; the sum is the network's look-ahead."""
    middle: int = 4
    """Blocks before the auxiliary heads (frame labels, dialect)."""


class Block(nn.Module):
    """Gated convolution, then feed-forward, each with a residual."""

    def __init__(self, width: int, right: int) -> None:
        super().__init__()
        self.right, self.left = right, KERNEL - 1 - right
        self.norm_conv, self.norm_mid, self.norm_ff = (nn.LayerNorm(width) for _ in range(3))
        self.gate = nn.Linear(width, 2 * width)
        self.taps = nn.Parameter(torch.randn(KERNEL, width) * KERNEL**-0.5)
        self.mix = nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def gated(self, x: Tensor, mask: Tensor) -> Tensor:
        h = functional.glu(self.gate(self.norm_conv(x)), dim=-1)
        return h * mask.to(h.dtype)

    def convolve(self, h: Tensor) -> Tensor:
        """(B, T + 10, C) → (B, T, C); on a CPU a sum of shifted products beats a grouped convolution."""
        t, taps = h.shape[1] - KERNEL + 1, self.taps.to(h.dtype)
        out = h[:, :t] * taps[0]
        for k in range(1, KERNEL):
            out = torch.addcmul(out, h[:, k : k + t], taps[k])
        return out

    def finish(self, x: Tensor, conv: Tensor) -> Tensor:
        x = x + self.mix(functional.silu(self.norm_mid(conv)))
        return x + self.down(functional.silu(self.up(self.norm_ff(x))))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        h = functional.pad(self.gated(x, mask), (0, 0, self.left, self.right))
        return self.finish(x, self.convolve(h))


class Net(nn.Module):
    """(B, T, 4 * 46) → log-posteriors (B, T, units), auxiliary frame logits, dialect (B, T, 4)."""

    def __init__(self, size: Size = Size()) -> None:
        super().__init__()
        self.size = size
        self.embed = nn.Linear(STACK * N_FEATURES, size.width)
        self.norm_in, self.norm_out = nn.LayerNorm(size.width), nn.LayerNorm(size.width)
        self.blocks = nn.ModuleList(Block(size.width, r) for r in size.right)
        self.out = nn.Linear(size.width, len(UNITS))
        self.norm_mid = nn.LayerNorm(size.width)
        self.aux = nn.Linear(size.width, 1 + len(INITIALS) + 1 + len(RIMES) + 1 + len(TONES))
        self.dialect = nn.Linear(size.width, 4)

    @property
    def lookahead(self) -> int:
        return sum(self.size.right)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Whole utterances. Returns (logits, auxiliary logits, dialect)."""
        mask = (torch.arange(x.shape[1])[None] < lengths[:, None]).unsqueeze(-1).to(x.dtype)
        x = self.norm_in(self.embed(x))
        middle = x
        for k, block in enumerate(self.blocks):
            x = block(x, mask)
            if k == self.size.middle - 1:
                middle = self.norm_mid(x)
        return self.out(self.norm_out(x)), self.aux(middle), self.dialect(middle)

    def stream(
        self, x: Tensor, start: Tensor, end: Tensor, caches: list[Tensor]
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """One chunk (B, n, 184) whose first frame has number ``start``; the utterance has ``end`` frames.

        ``caches`` holds per block the last 10 gated frames and, where it looks ahead, the last ``right`` inputs.
        Output frame k belongs to time start + k - lookahead; the dialect output lags by the middle's look-ahead only.
        """
        x = self.norm_in(self.embed(x))
        time, fresh, dialect = start[:, None] + torch.arange(x.shape[1])[None], [], x
        used = iter(caches)
        for k, block in enumerate(self.blocks):
            mask = ((time >= 0) & (time < end[:, None])).unsqueeze(-1).to(x.dtype)
            h = torch.cat((next(used), block.gated(x, mask)), dim=1)
            fresh.append(h[:, h.shape[1] - (KERNEL - 1) :])
            if block.right:
                delayed = torch.cat((next(used), x), dim=1)
                fresh.append(delayed[:, delayed.shape[1] - block.right :])
                x = delayed[:, : delayed.shape[1] - block.right]
                time = time - block.right
            x = block.finish(x, block.convolve(h))
            if k == self.size.middle - 1:
                dialect = self.dialect(self.norm_mid(x))
        return torch.log_softmax(self.out(self.norm_out(x)), dim=-1), dialect, fresh

    def cache_shapes(self) -> list[tuple[int, int]]:
        """(frames, width) of each cache of ``stream``, in order."""
        shapes = []
        for right in self.size.right:
            shapes.append((KERNEL - 1, self.size.width))
            if right:
                shapes.append((right, self.size.width))
        return shapes
