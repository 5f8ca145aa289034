"""Intents and slots learnt from a user's own labelled sentences: ``load(folder).predict(text)``."""

from agent.nlu.model import Model, Slot, Understood, load

__all__ = ["Model", "Slot", "Understood", "load"]
