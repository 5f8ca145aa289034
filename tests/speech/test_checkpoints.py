"""Weights of the recogniser put together: averaged, and a network made deeper without changing what it says."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="chưa cài torch: make models")

from models.recogniser.checkpoints import average, deepen  # noqa: E402 - needs torch
from models.recogniser.net import Net, Size  # noqa: E402

SHALLOW = Size(width=16, right=(1, 1, 1, 1, 1, 0))
DEEP = Size(width=16)


def _net(size: Size, seed: int) -> Net:
    torch.manual_seed(seed)
    return Net(size).eval()


def test_a_deeper_network_begins_with_what_the_shallow_one_says() -> None:
    shallow, deep = _net(SHALLOW, 1), _net(DEEP, 2)
    deep.load_state_dict(deepen(shallow.state_dict(), DEEP))
    assert deep.lookahead == shallow.lookahead
    x, lengths = torch.randn(2, 50, shallow.embed.in_features), torch.tensor([50, 33])
    with torch.no_grad():
        for a, b in zip(shallow(x, lengths), deep(x, lengths), strict=True):
            assert torch.allclose(a, b, atol=1e-6)


def test_an_average_lies_between_and_its_ends_are_the_two() -> None:
    a, b = _net(SHALLOW, 1).state_dict(), _net(SHALLOW, 2).state_dict()
    for share, want in ((0.0, a), (1.0, b)):
        assert all(torch.allclose(value, want[name]) for name, value in average(a, b, share).items())
    middle = average(a, b, 0.25)
    assert torch.allclose(middle["embed.bias"], 0.75 * a["embed.bias"] + 0.25 * b["embed.bias"])


def test_different_networks_are_not_averaged() -> None:
    with pytest.raises(ValueError, match="different networks"):
        average(_net(SHALLOW, 1).state_dict(), _net(DEEP, 1).state_dict(), 0.5)
