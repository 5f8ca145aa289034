"""How the customer feels: scored turn by turn (``scorer``), remembered over the conversation (``Mood``)."""

from agent.sentiment.scorer import Feeling, Label, Mood, SentimentScorer, label_of

__all__ = ["Feeling", "Label", "Mood", "SentimentScorer", "label_of"]
