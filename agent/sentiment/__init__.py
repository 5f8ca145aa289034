"""How the customer feels: scored turn by turn (``SentimentScorer``), remembered over the conversation (``Mood``)."""

from agent.sentiment.mood import Label, Mood, label_of
from agent.sentiment.scorer import Feeling, SentimentScorer

__all__ = ["Feeling", "Label", "Mood", "SentimentScorer", "label_of"]
