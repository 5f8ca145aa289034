"""The business's own documents: read, cut into passages, searched, answered from. Knows no language model.

``Knowledge.load(folder)`` reads a folder once; ``Knowledge.answer(question)`` gives the sentences that answer it with
their sources, or None.
"""

from agent.knowledge.answers import Answer, Source
from agent.knowledge.knowledge import Knowledge
from agent.knowledge.questions import is_question

__all__ = ["Answer", "Knowledge", "Source", "is_question"]
