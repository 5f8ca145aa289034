"""One self-contained HTML page about a campaign: figures, tables and charts, nothing loaded from elsewhere."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from matplotlib.figure import Figure

from analytics import latency, metrics, outcomes, plots, recognition, wording
from analytics.dispositions import label
from analytics.loading import Data
from core.errors import ConfigurationError

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined,
)  # fmt: skip

_MOST_ROWS = 50
"""Escalations and problems shown; the rest is in the frames."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as text. ``text`` names the columns that read from the left; ``wide`` lets them wrap."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    text: Sequence[int] = (0,)
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure."""

    value: str
    vi: str
    en: str


def write_report(data: Data, path: str | Path) -> Path:
    """Write the report of ``data`` to ``path`` and return it. Raises ConfigurationError if it cannot be written."""
    target = Path(path)
    text = report_html(data)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigurationError(
            "Không ghi được báo cáo vào đây. Hãy chọn thư mục khác hoặc cấp quyền ghi.",
            "The report cannot be written here. Choose another folder or allow writing.",
            where=str(target),
        ) from error
    return target


def report_html(data: Data) -> str:
    """The report as one HTML document."""
    calls, turns = data.calls, data.turns
    known = turns[turns["reference"].notna()]
    truth = outcomes.agreement(calls)
    return _TEMPLATES.get_template("report.html").render(
        title=_title(calls), period=_period(calls), tiles=_tiles(calls, turns) if len(calls) else [],
        synthetic=int(calls["truth"].notna().sum()), plots=dict(_charts(calls, turns)),
        outcomes=_outcomes(calls), funnel=_funnel(calls), rates=_rates(calls), promises=_promises(calls),
        latency=_latency(turns), recognition=_recognition(turns, calls, "speaker_dialect", "Vùng miền"),
        noise=_recognition(turns, calls, "noise", "Tiếng ồn"), missed=_missed(calls), worst=_worst(known),
        confusions=_confusions(known), escalations=_escalations(calls), truth=_truth(truth), agreed=_agreed(calls),
        problems=_problems(data.problems), problem_count=len(data.problems),
    )  # fmt: skip


def inline_svg(figure: Figure, name: str) -> str:
    """The figure as SVG within a page: only the ids it refers to, made unique by ``name``, and no outside names."""
    out = io.StringIO()
    with plots.style():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'\s(?:xmlns(?::\w+)?|version)="[^"]*"', "", text).replace("xlink:href", "href")
    used = set(re.findall(r'(?:url\(#|href="#)([\w.-]+)', text))
    text = re.sub(r'\sid="([^"]*)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", text)
    text = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{name}"', 1)


def _charts(calls: pd.DataFrame, turns: pd.DataFrame) -> Iterable[tuple[str, str]]:
    if not len(calls):
        return
    makers: dict[str, tuple[bool, Callable[[], Figure]]] = {
        "outcomes": (True, lambda: plots.outcome_plot(calls)),
        "funnel": (True, lambda: plots.funnel_plot(calls)),
        "rates": (True, lambda: plots.rate_plot(calls)),
        "promises": (bool(calls["disposition"].eq("PTP").any()), lambda: plots.promise_plot(calls)),
        "latency": (bool(turns["total_ms"].notna().any()), lambda: plots.latency_plot(turns)),
        "recognition": (bool(turns["reference"].notna().any()), lambda: plots.recognition_plot(turns, calls)),
        "sentiment": (bool(turns["sentiment"].notna().any()), lambda: plots.sentiment_plot(turns, calls)),
    }
    for name, (useful, make) in makers.items():
        if useful:
            yield name, inline_svg(plots.without_title(make()), name)


def _title(calls: pd.DataFrame) -> str:
    names = calls["campaign"].dropna().unique()
    if len(names) == 1:
        return f"Báo cáo: {names[0]}"
    return f"Báo cáo {len(names)} chiến dịch" if len(names) else "Báo cáo cuộc gọi"


def _period(calls: pd.DataFrame) -> str:
    if not len(calls):
        return wording.MISSING
    first, last = wording.clock(calls["started_at"].min()), wording.clock(calls["started_at"].max())
    return first if first == last else f"{first} – {last}"


def _tiles(calls: pd.DataFrame, turns: pd.DataFrame) -> list[Tile]:
    promised = calls[calls["disposition"].eq("PTP")]
    handle = metrics.average_handle_time(calls).iloc[0]
    total = latency.latency_table(turns).loc["total_ms"]
    heard = recognition.recognition_table(turns).iloc[0]
    right_party = metrics.right_party_rate(calls).iloc[0]
    amount = wording.money(promised["promise_amount"].sum())
    tiles = [
        Tile(wording.number(len(calls)), "cuộc gọi", "calls"),
        Tile(f"{wording.number(right_party['hits'])} · {wording.percent(right_party['rate'], 0)}",
             "gặp đúng người", "right-party contacts"),
        Tile(wording.number(len(promised)), f"lời hứa, {amount}", "promises to pay"),
        Tile(wording.number(calls["escalated"].sum()), "chuyển nhân viên", "escalations"),
    ]  # fmt: skip
    if pd.notna(handle["mean_s"]):
        tiles.append(Tile(f"{wording.number(handle['mean_s'])} s", "thời lượng trung bình", "average handle time"))
    if total["answers"]:
        middle = f"{wording.number(total['p50'])} ms"
        tiles.append(Tile(middle, f"chờ trả lời, p95 {wording.number(total['p95'])} ms", "response time, median"))
    if heard["syllables"]:
        spread = wording.interval(heard["low"], heard["high"])
        tiles.append(Tile(wording.percent(heard["syllable_error"]), f"âm tiết nhận sai ({spread})", "syllable error"))
    return tiles


def _outcomes(calls: pd.DataFrame) -> Grid:
    table = outcomes.outcome_table(calls)
    rows = [
        (str(code), row["vi"], wording.number(row["calls"]), wording.percent(row["share"]),
         wording.interval(row["low"], row["high"]))
        for code, row in table.iterrows()
    ]  # fmt: skip
    return Grid(("Mã", "Kết quả", "Cuộc gọi", "Tỷ lệ", "Khoảng 95%"), rows, (0, 1))


def _funnel(calls: pd.DataFrame) -> Grid:
    rows = [
        (str(vi), wording.number(number), wording.percent(of_all), wording.percent(of_step))
        for vi, number, of_all, of_step in outcomes.funnel(calls).itertuples(index=False)
    ]
    return Grid(("Bước", "Cuộc gọi", "Trên tổng số", "Trên bước trước"), rows)


def _rates(calls: pd.DataFrame) -> Grid:
    rows = [
        (row["vi"], row["en"], f"{row['hits']} / {row['total']}", wording.percent(row["rate"]),
         wording.interval(row["low"], row["high"]))
        for _, row in metrics.summary(calls).iterrows()
    ]  # fmt: skip
    return Grid(("Tỷ lệ", "", "Số đếm", "Giá trị", "Khoảng 95%"), rows, (0, 1))


def _promises(calls: pd.DataFrame) -> Grid:
    rows = [
        (wording.day(day), wording.number(row["promises"]), wording.money(row["amount"]))
        for day, row in outcomes.promises(calls).iterrows()
    ]
    return Grid(("Ngày hẹn trả", "Lời hứa", "Số tiền"), rows)


def _latency(turns: pd.DataFrame) -> Grid:
    table = latency.latency_table(turns)
    columns = ("p50", "p90", "p95", "p99", "max")
    rows = [
        (latency.STAGES[str(stage)][0], wording.number(row["answers"]), *(wording.number(row[c]) for c in columns))
        for stage, row in table[table["answers"] > 0].iterrows()
    ]
    return Grid(("Chặng", "Câu trả lời", "p50", "p90", "p95", "p99", "Lớn nhất"), rows)


def _recognition(turns: pd.DataFrame, calls: pd.DataFrame, by: str, head: str) -> Grid:
    table = recognition.recognition_table(turns, calls, by)
    parts = {wording.name_of(kind): table.loc[kind] for kind in wording.in_order(table.index)}
    if parts:
        parts["tất cả"] = recognition.recognition_table(turns).iloc[0]
    rows = [
        (name, wording.number(row["turns"]), wording.number(row["syllables"]), wording.percent(row["syllable_error"]),
         wording.interval(row["low"], row["high"]), wording.percent(row["toneless_error"]),
         wording.percent(row["exact_turns"], 0))
        for name, row in parts.items()
    ]  # fmt: skip
    heads = (head, "Lượt nói", "Âm tiết", "Âm tiết sai", "Khoảng 95%", "Sai khi bỏ dấu thanh", "Lượt đúng hết")
    return Grid(heads, rows)


def _missed(calls: pd.DataFrame) -> str:
    row = recognition.missed_share(calls).iloc[0]
    share, missed, spoken = wording.percent(row["share"]), wording.number(row["missed"]), wording.number(row["spoken"])
    return (
        f"Ngoài ra {share} âm tiết ({missed} / {spoken}) được nói khi không có lượt nghe nào; đó là phần của điều phối "
        "lượt nói, không tính vào lỗi nhận dạng. / Spoken outside of every heard turn, counted apart."
    )


def _worst(turns: pd.DataFrame) -> Grid:
    rows = [
        (row["reference"], row["text"] or wording.MISSING, f"{row['syllable_errors']} / {row['reference_syllables']}",
         wording.number(row["confidence"], 2), row["conversation_id"][-6:])
        for _, row in recognition.worst_turns(turns).iterrows()
    ]  # fmt: skip
    return Grid(("Khách nói", "Nghe thành", "Sai", "Độ tin", "Cuộc gọi"), rows, (0, 1), wide=True)


def _confusions(turns: pd.DataFrame) -> Grid:
    rows = [
        (row["said"] or "(thêm vào)", row["recognised"] or "(mất)", wording.number(row["times"]))
        for _, row in recognition.confusions(turns, 12).iterrows()
    ]
    return Grid(("Nói", "Nghe thành", "Số lần"), rows, (0, 1))


def _escalations(calls: pd.DataFrame) -> Grid:
    rows = [
        (wording.clock(row["started_at"]), _text(row["escalation_reason"]), _label(row["disposition"]),
         wording.number(row["sentiment_last"], 2), wording.number(row["turns"]), row["conversation_id"][-6:])
        for _, row in outcomes.escalations(calls).head(_MOST_ROWS).iterrows()
    ]  # fmt: skip
    return Grid(("Lúc", "Lý do", "Kết quả", "Cảm xúc", "Lượt nói", "Cuộc gọi"), rows, (0, 1, 2))


def _truth(table: pd.DataFrame) -> Grid:
    """Only the cells that have calls, the disagreements first."""
    cells = [(str(t), str(r), int(n)) for t, row in table.iterrows() for r, n in row.items() if n]
    cells.sort(key=lambda cell: (cell[0] == cell[1], -cell[2]))
    rows = [(label(t), label(r), "đúng" if t == r else "KHÁC", wording.number(n)) for t, r, n in cells]
    return Grid(("Khách muốn", "Alô ghi nhận", "", "Cuộc gọi"), rows, (0, 1, 2))


def _agreed(calls: pd.DataFrame) -> str:
    known = calls[calls["truth"].notna()]
    same = int(known["truth"].eq(known["disposition"]).sum())
    return f"{wording.number(same)} / {wording.number(len(known))}"


def _problems(problems: pd.DataFrame) -> Grid:
    rows = [
        (_text(row["conversation_id"]), wording.number(row["seq"]), row["type"], row["problem"])
        for _, row in problems.head(_MOST_ROWS).iterrows()
    ]
    return Grid(("Cuộc gọi", "Sự kiện", "Loại", "Vấn đề"), rows, (0, 2, 3))


def _label(code: Any) -> str:
    return wording.MISSING if pd.isna(code) else label(str(code))


def _text(value: Any) -> str:
    return wording.MISSING if pd.isna(value) else str(value)
