"""Reads what memory keeps into tidy frames: ``data = analytics.load("alo-data")``, then ``data.calls``, ``data.turns``.

Figures are in ``analytics.metrics``, ``outcomes``, ``latency`` and ``recognition``, charts in ``plots``; ``report``
writes them all on one page.
"""

from analytics.loading import Data, load, scan, unpack

__all__ = ["Data", "load", "scan", "unpack", "write_report"]


def __getattr__(name: str) -> object:
    """``write_report`` comes when asked for: charts take a second to import and most users only want frames."""
    if name == "write_report":
        from analytics.report import write_report

        return write_report
    raise AttributeError(f"module 'analytics' has no attribute {name!r}")
