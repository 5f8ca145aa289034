"""The charts draw, and the report is one page with the right figures and nothing from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import analytics
from analytics import Data, plots, wording
from analytics.report import report_html
from core.errors import ConfigurationError
from memory.store import Store
from tests.analytics.made_up import write

PLOTS = {
    "outcomes": lambda d: plots.outcome_plot(d.calls),
    "funnel": lambda d: plots.funnel_plot(d.calls),
    "rates": lambda d: plots.rate_plot(d.calls),
    "rates by region": lambda d: plots.rate_plot(d.calls, "region"),
    "latency": lambda d: plots.latency_plot(d.turns),
    "recognition": lambda d: plots.recognition_plot(d.turns, d.calls),
    "recognition by noise": lambda d: plots.recognition_plot(d.turns, d.calls, "noise"),
    "sentiment": lambda d: plots.sentiment_plot(d.turns, d.calls),
    "promises": lambda d: plots.promise_plot(d.calls),
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Data:
    folder = tmp_path_factory.mktemp("empty")
    Store.open(f"sqlite:///{folder / 'alo.db'}").close()
    return analytics.load(folder)


@pytest.mark.parametrize("name", PLOTS)
def test_plots_draw_with_and_without_calls(name: str, data: Data, empty: Data, tmp_path: Path) -> None:
    for some in (data, empty):
        figure = PLOTS[name](some)
        figure.savefig(tmp_path / "plot.png", dpi=40)
        assert figure.axes[0].get_title(loc="left")


class Page(HTMLParser):
    """Text of the cells, and whatever a page may load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self._in_cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
            self._in_cell = True
        if tag in ("script", "link", "iframe", "object", "embed"):
            self.loaded.append(tag)
        links = [v or "" for k, v in attrs if k in ("src", "href", "xlink:href")]
        self.loaded += [link for link in links if not link.startswith("#")]
        self.ids += [v or "" for k, v in attrs if k == "id"]

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag != "td"

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data


def test_report_is_self_contained_and_right(data: Data, tmp_path: Path) -> None:
    path = analytics.write_report(data, tmp_path / "deep" / "report.html")
    html = path.read_text("utf-8")
    page = Page(html)
    assert page.loaded == []
    assert not re.search(r"https?://|//[a-z]|@import|url\((?!#)", html)
    assert len(page.ids) == len(set(page.ids))
    for reference in re.findall(r'(?:url\(#|href="#)([\w.-]+)', html):
        assert reference in page.ids
    assert html.count("<svg") == 7
    promised = data.calls[data.calls["disposition"].eq("PTP")]
    share = wording.percent(len(promised) / len(data.calls))
    cells = [row[:4] for row in page.rows]
    assert ["PTP", "hứa thanh toán", str(len(promised)), share] in cells
    assert wording.money(promised["promise_amount"].sum()) in html
    assert ["Đã gọi", str(len(data.calls)), "100,0%", "–"] in cells
    assert "khách hàng tổng hợp" in html


def test_report_of_nothing(empty: Data) -> None:
    assert "Chưa có cuộc gọi nào" in report_html(empty)


def test_report_escapes_what_people_said(tmp_path: Path) -> None:
    data = analytics.load(write(tmp_path, 12))
    worst = data.turns["syllable_errors"].idxmax()
    data.turns.loc[worst, "text"] = "<script>alert(1)</script>"
    data.calls["campaign"] = "A & <b>B</b>"
    html = report_html(data)
    assert "<script>" not in html
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in html


def test_a_place_that_cannot_be_written(data: Data, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="báo cáo"):
        analytics.write_report(data, tmp_path / "file" / "report.html")


def test_vietnamese_figures() -> None:
    assert wording.number(1234.5, 1) == "1.234,5"
    assert wording.percent(0.2667) == "26,7%"
    assert wording.money(2_500_000) == "2.500.000 ₫"
    assert wording.percent(float("nan")) == wording.number(None) == "–"
    assert wording.in_order(["south", "north", "central"]) == ["north", "central", "south"]
