"""``alo text …``: Vietnamese text line by line, from standard input to standard output, for pipes and audits."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from core.errors import InputError

if TYPE_CHECKING:
    from speech.text.writing import Expected
    from speech.types import Dialect

app = typer.Typer(help="Đọc, viết, che và hiểu văn bản tiếng Việt: mỗi dòng vào một dòng ra.", no_args_is_help=True)
DialectOption = Annotated[str | None, typer.Option("--dialect", help="Phương ngữ: north, central hoặc south.")]
ExpectedOption = Annotated[
    str | None, typer.Option("--expected", help="money: đang hỏi số tiền, “hai triệu rưỡi” là 2.500.000 đồng.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Mỗi dòng ra là một JSON: text và spans (vị trí, lý do).")]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line became: its text and every decision as a mapping (start, end, out_start, out_end, kind, …)."""

    text: str
    spans: list[dict[str, Any]]
    more: dict[str, Any]


Work = Callable[[str], Answer]
# A carriage return, form feed, U+2028 … inside a line would be a line break to whoever reads the output.
_BREAKS = str.maketrans(dict.fromkeys("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))


@app.command("speak")
def speak(dialect: DialectOption = None, as_json: JsonOption = False) -> None:
    """Văn bản viết → lời đọc: số, tiền, ngày giờ, số điện thoại, địa chỉ … được viết ra chữ."""
    region = dialect_named(dialect) or "north"
    from speech.text.speaking import speak_spans

    def work(line: str) -> Answer:
        spoken = speak_spans(line, region)
        return Answer(spoken.text, [asdict(d) for d in spoken.spans], {})

    _lines(work, as_json)


@app.command("write")
def write(dialect: DialectOption = None, expected: ExpectedOption = None, as_json: JsonOption = False) -> None:
    """Lời nói → văn bản viết: "chị trả hai triệu rưỡi" → chị trả 2.500.000 đồng."""
    region = dialect_named(dialect) or "north"
    if expected not in (None, "money"):
        raise InputError(
            "--expected chỉ nhận: money (câu trả lời là số tiền)", "--expected takes only: money", where="--expected"
        )
    asked: Expected | None = "money" if expected else None
    from speech.text.writing import write_spans

    def work(line: str) -> Answer:
        written = write_spans(line, region, expected=asked)
        return Answer(written.text, [asdict(d) for d in written.spans], {})

    _lines(work, as_json)


@app.command("mask")
def mask(dialect: DialectOption = None, as_json: JsonOption = False) -> None:
    """Che dữ liệu cá nhân: số điện thoại, giấy tờ, thẻ, tài khoản, email, tên, địa chỉ, ngày sinh, OTP."""
    dialect_named(dialect)  # understood alike everywhere; a wrong value is still refused
    from speech.text.privacy import mask as masked

    def work(line: str) -> Answer:
        result = masked(line)
        return Answer(result.text, [asdict(d) for d in result.decisions], {})

    _lines(work, as_json)


@app.command("dialect")
def dialect_command(dialect: DialectOption = None, as_json: JsonOption = False) -> None:
    """Từ địa phương → từ phổ thông; với --json kèm mức độ nghe ra từng miền (evidence)."""
    region = dialect_named(dialect)
    from speech.text.dialects import dialect_evidence, standardise

    def work(line: str) -> Answer:
        result = standardise(line, region)
        return Answer(result.text, [asdict(d) for d in result.decisions], {"evidence": dialect_evidence(line)})

    _lines(work, as_json)


def dialect_named(name: str | None) -> Dialect | None:
    from speech.types import DIALECTS

    if name is None:
        return None
    for known in DIALECTS:
        if known == name:
            return known
    shown = name if len(name) <= 40 and name.isprintable() else "…"
    raise InputError(
        f"không có phương ngữ “{shown}”; hãy chọn {', '.join(DIALECTS)}",
        f"no such dialect “{shown}”; choose one of {', '.join(DIALECTS)}",
        where="--dialect",
    )


def _lines(work: Work, as_json: bool) -> None:
    """Every line of standard input through ``work``, one line out each, flushed so that it can be used in a pipe."""
    out: BinaryIO = sys.stdout.buffer
    for line in _read(sys.stdin.buffer):
        answer = work(line)
        if as_json:
            shown = json.dumps({"text": answer.text, "spans": answer.spans, **answer.more}, ensure_ascii=False)
        else:
            shown = answer.text
        out.write(shown.translate(_BREAKS).replace("\n", " ").encode("utf-8", "replace") + b"\n")
        out.flush()


def _read(source: BinaryIO) -> Iterator[str]:
    """Lines without their end; broken UTF-8 becomes U+FFFD, other line breaks inside a line become blanks."""
    for raw in source:
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        yield line.decode("utf-8", "replace").translate(_BREAKS)
