"""How long an answer took, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from speech.types import FRAME_MS


@dataclass(slots=True)
class AnswerTimer:
    """Collects the stages of one answer. Times in ms; those ending in ``_s`` are ``perf_counter`` values."""

    turn: int
    end_of_turn_ms: float
    """Audio between the customer's last sound and the decision: the wait itself."""
    recognition_ms: float
    """Final reading of the turn."""
    decided_at_s: float
    """Beginning of the tick that decided."""
    agent_ms: float = 0.0
    answered: bool = False
    """The agent has answered."""
    synthesis_ms: float = 0.0
    """From the request to the first audio."""
    tick_ms: float = 0.0
    """Time of that tick which was spent for this call and the shared engine."""

    def event(self, sent_at_s: float, *, real_time: bool) -> dict[str, Any]:
        """Data of BOT_LATENCY once the first packet is out.

        In real time the overhead is measured from end to end. Where ticks run back to back that would count waiting for
        the other calls, so there it is this call's own work plus the wait for the next packet's time.
        """
        if real_time:
            wall_ms = (sent_at_s - self.decided_at_s) * 1000
            overhead_ms = max(wall_ms - self.recognition_ms - self.agent_ms - self.synthesis_ms, 0.0)
        else:
            overhead_ms = self.tick_ms + FRAME_MS
        measured_ms = self.recognition_ms + self.agent_ms + self.synthesis_ms + overhead_ms
        return {
            "turn": self.turn,
            "end_of_turn_ms": round(self.end_of_turn_ms, 1),
            "recognition_ms": round(self.recognition_ms, 2),
            "agent_ms": round(self.agent_ms, 2),
            "synthesis_ms": round(self.synthesis_ms, 2),
            "overhead_ms": round(overhead_ms, 2),
            "total_ms": round(self.end_of_turn_ms + measured_ms, 1),
            "real_time": real_time,
        }
