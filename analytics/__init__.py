"""Reads what memory keeps into tidy frames: ``data = analytics.load("alo-data")``, then ``data.calls``, ``data.turns``.

Metrics are in ``analytics.metrics``, ``outcomes``, ``latency`` and ``recognition``, charts in ``plots``.
"""

from analytics.loading import Data, load, scan, unpack

__all__ = ["Data", "load", "scan", "unpack"]
