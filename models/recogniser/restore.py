"""The shipped acoustic.onnx → a checkpoint that training goes on from (``train.py --init``).

    python models/recogniser/restore.py CHECKPOINT [--model FOLDER]

The auxiliary head is not shipped: it starts anew and is learnt again within minutes. Weights come back as int8 left
them. Needs ``onnx``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import onnx
import torch
from onnx import numpy_helper

from models.recogniser.net import Net, Size


def restore(folder: Path) -> tuple[Net, float]:
    """The network of ``folder/acoustic.onnx`` and the hours of audio it has heard. Raises ValueError if they differ."""
    facts = json.loads((folder / "acoustic.json").read_text(encoding="utf-8"))
    graph = onnx.load(folder / "acoustic.onnx").graph
    weights = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in weights:  # (in, out), a scale per column
            steps, scale = weights[node.input[0]], weights[node.input[1]]
            weights[node.output[0]] = steps.float() * scale
    net = Net(Size(width=facts["width"]))
    found = {name.removeprefix("net."): value for name, value in weights.items() if name.startswith("net.")}
    for node in graph.node:  # Weights of products lose their names in the export; the nodes keep them: /gate_2/MatMul.
        given = [name for name in node.input if name in weights and not name.startswith("net.")]
        if node.op_type == "Conv":
            number = sum(name.endswith(".taps") for name in found)
            found[f"blocks.{number}.taps"] = weights[given[0]][:, 0].t()
        elif node.op_type == "MatMul" and given:
            part, _, number = node.name.split("/")[1].partition("_")
            at = f"blocks.{number or 0}." if part in ("gate", "mix", "up", "down") else ""
            found[f"{at}{part}.weight"] = weights[given[0]].t()
    missing, unknown = net.load_state_dict(found, strict=False)
    if unknown or any(not name.startswith("aux.") for name in missing):
        raise ValueError(f"not a model of this recipe: missing {missing}, unknown {unknown}")
    return net, float(facts["audio_hours_seen"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--model", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()
    network, hours = restore(args.model)
    torch.save({"net": network.state_dict(), "width": network.size.width, "hours": hours}, args.checkpoint)
    print(f"{args.checkpoint}: {hours:.0f} h of audio heard")
