"""The jitter buffer on made-up arrivals."""

from __future__ import annotations

import numpy as np

from speech import codecs
from speech.types import FRAME_SAMPLES
from telephony.carrier import MediaPacket
from telephony.jitter import JitterBuffer

_LOUDNESS = {int(codecs.decode(bytes([0x80 + k]), "pcmu")[0]): k for k in range(120)}


def _packet(sequence: int) -> MediaPacket:
    """Every packet of 120 has a loudness of its own, falling with its number."""
    return MediaPacket(sequence, bytes([0x80 + sequence % 120]) * FRAME_SAMPLES)


def _run(arrivals: dict[int, list[int]], ticks: int) -> tuple[list[int], JitterBuffer]:
    """Frames played, as the packets' numbers modulo 120 (-1: silence or bridged), for packets arriving per tick."""
    buffer, played = JitterBuffer("pcmu"), []
    for tick in range(ticks):
        for sequence in arrivals.get(tick, []):
            buffer.put(_packet(sequence))
        before = buffer.stats.played
        frame = buffer.pop()
        assert frame.shape == (FRAME_SAMPLES,)
        played.append(_LOUDNESS[int(frame[0])] if buffer.stats.played > before else -1)
    return played, buffer


def test_even_arrivals_are_played_in_order_one_packet_behind() -> None:
    played, buffer = _run({k: [k] for k in range(20)}, 20)
    assert played == [-1, *range(19)]
    assert buffer.delay_ms == 20


def test_reordered_and_doubled_packets_are_put_right() -> None:
    played, buffer = _run({0: [0], 1: [2], 2: [1, 1], 3: [3, 2], 4: [4], 5: [5, 1]}, 6)
    assert played[1:] == [0, 1, 2, 3, 4]
    assert buffer.stats.late == 1


def test_a_lost_packet_is_bridged_by_its_fading_predecessor() -> None:
    buffer = JitterBuffer("pcmu")
    for k in (0, 1, 3, 4):
        buffer.put(_packet(k))
    frames = [int(buffer.pop()[0]) for _ in range(5)]
    assert 0 < frames[2] < 0.7 * frames[3] < frames[1]
    assert buffer.stats.lost == 1


def test_long_loss_fades_to_silence() -> None:
    buffer = JitterBuffer("pcmu")
    for k in (0, 1):
        buffer.put(_packet(k))
    frames = [int(np.abs(buffer.pop()).max()) for _ in range(8)]
    assert frames[2] > 0
    assert frames[5:] == [0, 0, 0]


def test_a_line_that_runs_dry_is_played_later_not_lost_and_the_delay_shrinks_again() -> None:
    arrivals = {k: [k] for k in range(10)} | {14: list(range(10, 15))} | {k: [k] for k in range(15, 200)}
    played, buffer = _run(arrivals, 200)
    heard = [sequence for sequence in played if sequence >= 0]
    assert heard[:15] == list(range(15))
    assert buffer.stats.late == 0
    assert buffer.delay_ms <= 40
    assert 0 < buffer.stats.dropped <= 4


def test_a_new_stream_with_lower_numbers_is_taken() -> None:
    buffer = JitterBuffer("pcmu")
    for k in range(60):
        buffer.put(_packet(1000 + k))
        buffer.pop()
    for k in range(5):
        buffer.put(_packet(k))
        buffer.pop()
    assert buffer.stats.late == 0
    assert buffer.stats.played > 60
