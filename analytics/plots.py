"""Charts of the frames: each function returns a matplotlib ``Figure`` that a notebook shows and ``savefig`` writes.

Labels are Vietnamese with an English subtitle. Colours (Okabe & Ito) stay apart for colour-blind readers, and every
share is drawn with its interval, because a campaign's first hundred calls promise less than they seem to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, TypeVar

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analytics import metrics, outcomes, wording
from analytics.dispositions import levels
from analytics.intervals import mean
from analytics.latency import STAGES, latency_table
from analytics.recognition import recognition_table

BLUE, ORANGE, GREEN, RED, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#7A7A7A"
_SUBTITLE = "subtitle"
_INK, _FAINT = "#222222", "#E4E4E4"
_LEVEL_COLOURS = {"right_party": BLUE, "contact": SKY, "none": "#B5B5B5", "system": RED}

_STYLE: Any = {
    "font.family": ["sans-serif"], "font.sans-serif": ["DejaVu Sans", "Noto Sans", "Arial"], "font.size": 10,
    "text.color": _INK, "axes.labelcolor": _INK,
    "xtick.color": _INK, "ytick.color": _INK, "axes.edgecolor": "#9A9A9A", "axes.linewidth": 0.8,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "grid.color": _FAINT, "grid.linewidth": 0.8, "svg.fonttype": "none", "svg.hashsalt": "alo",
}  # fmt: skip
"""DejaVu Sans comes with matplotlib and has every Vietnamese letter; the salt makes the same chart the same file."""

def style() -> AbstractContextManager[None]:
    """Alô's look, for as long as the context lasts. Writing SVG within it keeps text as text."""
    return mpl.rc_context(_STYLE)


_Plot = TypeVar("_Plot", bound=Callable[..., Figure])


def _styled(plot: _Plot) -> _Plot:
    """The style is set around each chart, never for the whole process of the user."""

    @wraps(plot)
    def draw(*args: Any, **kwargs: Any) -> Figure:
        with style():
            return plot(*args, **kwargs)

    return draw  # type: ignore[return-value]


@_styled
def outcome_plot(calls: pd.DataFrame) -> Figure:
    """Share of each outcome with its interval, in the order of how far the call got."""
    table = outcomes.outcome_table(calls)
    colours = [_LEVEL_COLOURS.get(levels().get(code, "system"), GREY) for code in table.index]
    figure, axes = _canvas("Kết quả cuộc gọi", "outcomes, share of calls with 95% interval", rows=len(table))
    y = np.arange(len(table))
    axes.barh(y, table["share"], color=colours, height=0.62)
    _whiskers(axes, y, table)
    counts = zip(table["calls"], table["share"], strict=True)
    notes = [f"{wording.number(n)} · {wording.percent(share, 0)}" for n, share in counts]
    _ends(axes, y, table["high"], notes)
    _rows(axes, y, [f"{vi[:1].upper()}{vi[1:]}" for vi in table["vi"]])
    _share_axis(axes, table["high"])
    present = [levels().get(code, "system") for code in table.index]
    names = {"right_party": "đúng người", "contact": "gặp người", "none": "không gặp", "system": "lỗi hệ thống"}
    handles = [mpl.patches.Patch(color=_LEVEL_COLOURS[k], label=v) for k, v in names.items() if k in present]
    axes.legend(handles=handles, frameon=False, loc="lower right", fontsize=9)
    return figure


@_styled
def funnel_plot(calls: pd.DataFrame) -> Figure:
    """Calls left at each step from dialling to a promise."""
    table = outcomes.funnel(calls)
    figure, axes = _canvas("Từ cuộc gọi đến lời hứa", "from dialling to a promise, number of calls", rows=len(table))
    y = np.arange(len(table))
    axes.barh(y, table["calls"], color=[GREY, SKY, SKY, BLUE, GREEN], height=0.62)
    notes = [
        f"{wording.number(n)}" + ("" if np.isnan(share) else f" · {wording.percent(share, 0)} của bước trước")
        for n, share in zip(table["calls"], table["of_step_before"], strict=True)
    ]
    _ends(axes, y, table["calls"], notes)
    _rows(axes, y, list(table["vi"]))
    axes.set_xlim(0, max(table["calls"].max(), 1) * 1.35)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    return figure


@_styled
def rate_plot(calls: pd.DataFrame, by: str | None = None, names: Sequence[str] | None = None) -> Figure:
    """Key rates as points with intervals; with ``by`` one colour per group."""
    chosen = list(names or metrics.RATES)
    table = metrics.summary(calls, by).loc[chosen] if by is None else metrics.summary(calls, by)
    height = len(chosen) * (1.0 if by is None else 1.4)
    figure, axes = _canvas("Các tỷ lệ chính", "key rates with 95% interval", height)
    y = np.arange(len(chosen))
    kinds = [None] if by is None else wording.in_order(pd.unique(table.index.get_level_values(1)))
    for position, kind in enumerate(kinds):
        part = table.loc[chosen] if kind is None else table.xs(kind, level=1).reindex(chosen)
        shift = (position - (len(kinds) - 1) / 2) * 0.22
        colour = (BLUE, ORANGE, GREEN, RED, SKY, GREY)[position % 6]
        _points(axes, y + shift, part["rate"], part["low"], part["high"], colour, wording.name_of(kind) if by else "")
    if by is not None and kinds:
        axes.legend(frameon=False, fontsize=9, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(kinds))
    elif by is None:
        rates = zip(table["rate"], table["hits"], table["total"], strict=True)
        _ends(axes, y, table["high"], [f"{wording.percent(r, 0)} ({k}/{n})" for r, k, n in rates])
    _rows(axes, y, [metrics.RATES[name].vi for name in chosen])
    _share_axis(axes, pd.Series([1.0]), room=1.22 if by is None else 1.02)
    axes.set_xticks(np.linspace(0, 1, 5))
    return figure


@_styled
def latency_plot(turns: pd.DataFrame) -> Figure:
    """Median (dot) to 95th percentile (bar's end) of each stage of the bot's answer."""
    table = latency_table(turns)
    subtitle = "response time per stage: median to 95th percentile, ms"
    figure, axes = _canvas("Thời gian chờ câu trả lời", subtitle, rows=len(table))
    y = np.arange(len(table))
    colour = [GREEN if stage == "total_ms" else BLUE for stage in table.index]
    axes.hlines(y, table["p50"], table["p95"], color=colour, linewidth=5, alpha=0.35)
    axes.scatter(table["p50"], y, color=colour, s=42, zorder=3, clip_on=False)
    notes = [f"{wording.number(a)} – {wording.number(b)} ms" for a, b in zip(table["p50"], table["p95"], strict=True)]
    _ends(axes, y, table["p95"], ["" if np.isnan(p) else n for p, n in zip(table["p95"], notes, strict=True)])
    _rows(axes, y, [STAGES[str(stage)][0] for stage in table.index])
    axes.set_xlim(0, max(float(np.nan_to_num(table["p95"].max())), 1.0) * 1.3)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: wording.number(v)))
    return figure


@_styled
def recognition_plot(turns: pd.DataFrame, calls: pd.DataFrame, by: str = "speaker_dialect") -> Figure:
    """Syllable error per group with its bootstrap interval; hollow: tones ignored."""
    table = recognition_table(turns, calls, by)
    table = table.loc[wording.in_order(table.index)]
    subtitle = "syllable error with 95% interval; hollow: tones ignored"
    figure, axes = _canvas("Tỷ lệ âm tiết nhận sai", subtitle, rows=len(table) + 1)
    y = np.arange(len(table))
    _points(axes, y, table["syllable_error"], table["low"], table["high"], BLUE, "có dấu thanh")
    axes.scatter(table["toneless_error"], y, facecolors="white", edgecolors=BLUE, s=36, zorder=3, label="bỏ dấu thanh")
    ends = table["high"].fillna(table["syllable_error"]).fillna(0)
    counts = zip(table["syllable_error"], table["syllables"], strict=True)
    _ends(axes, y, ends, [f"{wording.percent(e)} · {wording.number(n)} âm tiết" for e, n in counts])
    _rows(axes, y, [wording.name_of(kind) for kind in table.index])
    _share_axis(axes, ends, room=1.5)
    axes.legend(frameon=False, fontsize=9, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    return figure


@_styled
def sentiment_plot(turns: pd.DataFrame, calls: pd.DataFrame, most_turns: int = 12) -> Figure:
    """Mean sentiment over the customer's turns with interval, handed-over calls apart from the others."""
    said = turns[turns["role"].eq("customer") & turns["sentiment"].notna()]
    said = said.assign(step=said.groupby("conversation_id").cumcount() + 1)
    said = said[said["step"] <= most_turns].merge(calls[["conversation_id", "escalated"]], on="conversation_id")
    subtitle = "mean sentiment by customer turn, −1 … 1, with 95% interval"
    figure, axes = _canvas("Cảm xúc trong cuộc gọi", subtitle, rows=6)
    for escalated, colour, name in ((False, BLUE, "bot tự hoàn tất"), (True, RED, "chuyển nhân viên")):
        part = said[said["escalated"] == escalated].groupby("step")["sentiment"]
        steps = [(step, values.mean(), *mean(values.to_numpy())) for step, values in part if len(values) > 1]
        if steps:
            x, middle, low, high = map(np.array, zip(*steps, strict=True))
            axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(x, middle, color=colour, marker="o", markersize=4, label=name)
    axes.axhline(0, color="#9A9A9A", linewidth=0.8)
    axes.set_ylim(-1, 1)
    axes.set_xlabel("lượt nói của khách")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9, loc="lower left")
    return figure


@_styled
def promise_plot(calls: pd.DataFrame) -> Figure:
    """Money promised per day."""
    table = outcomes.promises(calls)
    figure, axes = _canvas("Số tiền khách hứa trả theo ngày", "money promised by day, million VND", rows=5)
    millions = table["amount"].astype(float) / 1e6
    x = np.arange(len(table))
    axes.bar(x, millions, color=GREEN, width=0.6)
    for at, value, count in zip(x, millions, table["promises"], strict=True):
        axes.annotate(f"{count} lời hứa", (at, value), (0, 3), textcoords="offset points", ha="center", fontsize=9)
    axes.set_xlim(-0.8, max(len(table), 5) - 0.2)
    axes.set_xticks(x, [wording.MISSING if pd.isna(d) else f"{d:%d/%m}" for d in table.index])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: wording.number(v, 0 if v == int(v) else 1)))
    axes.set_ylim(0, max(float(millions.max() if len(table) else 0), 1.0) * 1.15)
    axes.grid(axis="y")
    axes.set_ylabel("triệu đồng")
    return figure


def _canvas(title: str, subtitle: str, rows: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, 1.25 + 0.34 * max(rows, 3)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=13, fontweight="bold", pad=22)
    above: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    axes.annotate(subtitle, (0, 1), (0, 8), **above, fontsize=9, color=GREY, gid=_SUBTITLE)
    return figure, axes


def without_title(figure: Figure) -> Figure:
    """The chart alone, for places that have a heading of their own."""
    for axes in figure.axes:
        axes.set_title("", loc="left", pad=6)
        for text in [t for t in axes.texts if t.get_gid() == _SUBTITLE]:
            text.remove()
    return figure


def _rows(axes: Axes, y: np.ndarray, labels: Sequence[str]) -> None:
    axes.set_yticks(y, labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def _whiskers(axes: Axes, y: np.ndarray, table: pd.DataFrame) -> None:
    axes.hlines(y, table["low"], table["high"], color=_INK, linewidth=1)


def _points(
    axes: Axes, y: np.ndarray, middle: pd.Series, low: pd.Series, high: pd.Series, colour: str, label: str
) -> None:
    axes.hlines(y, low, high, color=colour, linewidth=2, alpha=0.6)
    axes.scatter(middle, y, color=colour, s=36, zorder=3, label=label, clip_on=False)


def _ends(axes: Axes, y: np.ndarray, x: pd.Series, notes: Sequence[str]) -> None:
    """A note right of each row's mark."""
    for at, end, note in zip(y, x, notes, strict=True):
        if np.isfinite(end):
            axes.annotate(note, (end, at), (5, 0), textcoords="offset points", va="center", fontsize=9)


def _share_axis(axes: Axes, highs: pd.Series, room: float = 1.25) -> None:
    highest = float(np.nan_to_num(highs.max() if len(highs) else 0.0))
    axes.set_xlim(0, max(highest, 0.05) * room)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: wording.percent(v, 0) if v <= 1 + 1e-9 else ""))
