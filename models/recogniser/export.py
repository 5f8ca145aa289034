"""Checkpoint → models/recogniser/acoustic.onnx (+ acoustic.json): the streaming graph in int8.

    python models/recogniser/export.py CHECKPOINT [--float32] [--out FOLDER]

Scales are fixed beforehand, on calls that are made for it: dynamic quantisation scales activations over the whole
batch, so what one caller says would change another's posteriors. With fixed scales a stream's posteriors are the same
to the last bit in any batch and in packets of any length (see LOG.md). Weights have seven bits, so that sums do not
overflow on processors without VNNI.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import Tensor, nn
from torch.nn import functional

from models.recogniser.net import KERNEL, STACK, Block, Net, Size
from speech.recognition.features import FRAME_MS, N_FEATURES
from speech.recognition.units import UNITS

VERSION = "1"
_KEPT = ("/embed/", "/dialect/")
"""Products that stay in float32: inputs of very different sizes, and a judgement summed over a whole call."""
_CALIBRATION_FRAMES = 240


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


class _Calibration(CalibrationDataReader):
    """Utterances as the network meets them, from shards of ``make_audio.py``."""

    def __init__(self, shards: list[Path], net: Net, cache: tuple[int, int]) -> None:
        self._net, self._cache, self._feeds = net, cache, self._utterances(shards)

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._feeds, None)

    def _utterances(self, shards: list[Path]) -> Iterator[dict[str, np.ndarray]]:
        for shard in shards:
            data = np.load(shard)
            ends = np.cumsum(data["lengths"])
            for start, end in zip(ends - data["lengths"], ends, strict=True):
                if end - start < _CALIBRATION_FRAMES:
                    continue
                frames = np.zeros((1, _CALIBRATION_FRAMES + STACK * self._net.lookahead, N_FEATURES), np.float32)
                frames[0, :_CALIBRATION_FRAMES] = data["features"][start : start + _CALIBRATION_FRAMES]
                yield {
                    "features": frames.reshape(1, -1, STACK * N_FEATURES), "start": np.zeros(1, np.int64),
                    "end": np.full(1, _CALIBRATION_FRAMES // STACK), "cache": np.zeros((1, *self._cache), np.float32),
                }  # fmt: skip


def _quantise(plain: Path, target: Path, net: Net, scratch: Path) -> None:
    """int8 products with scales from calls on bad and on better lines, made here with voices of the training split."""
    for stage in ("2", "3"):
        options = [str(scratch), "--stage", stage, "--shards", "1", "--seed", "990000", "--calls", "80"]
        subprocess.run([sys.executable, Path(__file__).with_name("make_audio.py"), *options], check=True)
    shards = sorted(scratch.glob("s*[0-9].npz"))
    if not shards:
        raise SystemExit("eSpeak NG crashed on every shard; run again")
    products = [node.name for node in onnx.load(plain).graph.node if node.op_type == "MatMul"]
    quantize_static(
        plain, target, _Calibration(shards, net, (sum(f for f, _ in net.cache_shapes()), net.size.width)),
        QuantFormat.QDQ, op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        nodes_to_quantize=[name for name in products if not name.startswith(_KEPT)],
        extra_options={"OpTypesToExcludeOutputQuantization": ["MatMul"]},
    )  # fmt: skip


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
            _quantise(plain, target, net, Path(scratch))
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
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()
    network, seen = load(args.checkpoint)
    path = export(network, args.out, not args.float32, seen)
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
