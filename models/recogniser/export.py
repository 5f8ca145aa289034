"""Checkpoint → models/recogniser/acoustic.onnx (+ acoustic.json): the streaming graph, float32.

    python models/recogniser/export.py CHECKPOINT [--int8] [--out FOLDER]

int8 is no default: dynamic quantisation scales activations over the whole batch, so what one caller says would change
another's posteriors (by 0.05), and here it saves no time (see LOG.md).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from torch.nn import functional

from models.recogniser.net import KERNEL, STACK, Block, Net, Size
from speech.recognition.features import FRAME_MS, N_FEATURES
from speech.recognition.units import UNITS

VERSION = "1"


class Streaming(nn.Module):
    """``Net.stream`` with all caches in one tensor (B, frames, width), along the time axis."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net, self.parts = net, [frames for frames, _ in net.cache_shapes()]

    def forward(self, features: Tensor, start: Tensor, end: Tensor, cache: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        posteriors, dialect, caches = self.net.stream(features, start, end, list(cache.split(self.parts, dim=1)))
        return posteriors, dialect, torch.cat(caches, dim=1)


def _grouped(self: Block, h: Tensor) -> Tensor:
    """The same convolution as one operator: what onnxruntime likes best."""
    return functional.conv1d(h.transpose(1, 2), self.taps.t().unsqueeze(1), groups=h.shape[2]).transpose(1, 2)


def units_hash() -> str:
    """Changes when the output units or their order change."""
    return hashlib.sha256("\n".join(UNITS).encode()).hexdigest()[:16]


def export(net: Net, folder: Path, int8: bool, hours: float) -> Path:
    """Write both files; returns the model's path."""
    Block.convolve = _grouped  # type: ignore[method-assign]
    wrapper = Streaming(net).eval()
    frames, width = sum(wrapper.parts), net.size.width
    example = (
        torch.zeros(2, 8, STACK * N_FEATURES),
        torch.zeros(2, dtype=torch.int64),
        torch.full((2,), 1 << 40),
        torch.zeros(2, frames, width),
    )
    one, two = {0: "streams"}, {0: "streams", 1: "frames"}
    names = {"features": two, "start": one, "end": one, "cache": one}
    outputs = {"log_posteriors": two, "dialect": two, "new_cache": one}
    target = folder / "acoustic.onnx"
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        torch.onnx.export(
            wrapper, example, str(plain), input_names=list(names), output_names=list(outputs),
            dynamic_axes={**names, **outputs}, opset_version=17, dynamo=False,
        )  # fmt: skip
        if int8:
            quantize_dynamic(plain, target, ["MatMul"], per_channel=True, weight_type=QuantType.QInt8)
        else:
            target.write_bytes(plain.read_bytes())
    facts = {
        "version": VERSION, "units": units_hash(), "n_units": len(UNITS), "stack": STACK, "feature_ms": FRAME_MS,
        "n_features": N_FEATURES, "lookahead_frames": net.lookahead, "cache_frames": frames, "width": width,
        "dialect_lag_frames": sum(net.size.right[: net.size.middle]), "kernel": KERNEL, "int8": int8,
        "trained_on": "synthetic eSpeak NG voices only", "audio_hours_seen": round(hours),
    }  # fmt: skip
    (folder / "acoustic.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return target


def load(checkpoint: Path) -> tuple[Net, float]:
    """Network and hours of audio seen."""
    saved = torch.load(checkpoint)
    net = Net(Size(width=saved["width"]))
    net.load_state_dict(saved["net"])
    return net.eval(), float(saved["hours"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--int8", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()
    network, seen = load(args.checkpoint)
    path = export(network, args.out, args.int8, seen)
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
