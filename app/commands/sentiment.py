"""``alo sentiment …``: học và đánh giá cảm xúc trên dữ liệu riêng (CSV ``text,label``)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agent.sentiment.data import Example, Examples
    from agent.sentiment.metrics import Report
    from agent.sentiment.model import Model

app = typer.Typer(help="Học cảm xúc từ dữ liệu của bạn (CSV có cột text, label), rồi đo.", no_args_is_help=True)

TrainOption = Annotated[Path, typer.Option("--train", help="CSV huấn luyện, hai cột text và label.")]
DevOption = Annotated[
    Path | None, typer.Option("--dev", help="CSV nhãn thêm: cũng được học và dùng khi kiểm tra chéo để chọn tham số.")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Cùng số này thì cùng kết quả.")]
SHOWN = 5


@app.command("evaluate")
def evaluate_command(
    test: Annotated[Path, typer.Option("--test", help="CSV kiểm tra.")],
    train: Annotated[Path | None, typer.Option("--train", help="CSV huấn luyện, hai cột text và label.")] = None,
    dev: DevOption = None,
    classifier: Annotated[
        Path | None, typer.Option("--classifier", help="Đo mô hình có sẵn: thư mục của transformers hoặc alo.")
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Ghi kết quả ra tệp JSON.")] = None,
    seed: SeedOption = 0,
) -> None:
    """Huấn luyện (hoặc nạp mô hình có sẵn) rồi đo: độ chính xác, F1 từng nhãn, nhầm lẫn, hiệu chỉnh."""
    _one_thread()
    from agent.sentiment.data import read
    from agent.sentiment.model import Classifier, evaluate
    from app.commands.output import check_writable, write_json
    from core.errors import InputError

    if (train is None) == (classifier is None):
        raise InputError(
            "Hãy cho một trong hai: --train tệp.csv, hoặc --classifier thư mục.",
            "Give either --train file.csv or --classifier folder.",
        )
    if json_out is not None:
        check_writable(json_out)  # before the long part
    tested = _told(read(test))
    model: Classifier
    seconds = 0.0
    if train is not None:
        model, seconds = _fit(train, dev, seed)
    else:
        from agent.sentiment.plugged import classifier_in

        assert classifier is not None
        model = classifier_in(classifier)
    _unknown(tested.rows, model.labels, test)
    started = time.perf_counter()
    result = evaluate(model, tested.rows)
    each_ms = (time.perf_counter() - started) * 1000 / len(tested.rows)
    _show(result)
    typer.echo(f"Huấn luyện {seconds:.1f} giây; mỗi câu kiểm tra {each_ms:.2f} ms")
    if json_out is not None:
        made = result.json() | {
            "train_seconds": round(seconds, 2), "text_ms": round(each_ms, 3), "seed": seed,
            "skipped": [one.where for one in tested.skipped],
        }  # fmt: skip
        write_json(json_out, made)


@app.command("train")
def train_command(
    train: TrainOption,
    out: Annotated[Path, typer.Option("--out", help="Thư mục để ghi mô hình.")],
    dev: DevOption = None,
    seed: SeedOption = 0,
) -> None:
    """Huấn luyện và ghi mô hình; dùng lại bằng --classifier hoặc ALO_SENTIMENT_MODEL."""
    _one_thread()
    model, seconds = _fit(train, dev, seed)
    model.save(out)
    typer.echo(f"Đã ghi {out}: {len(model.labels)} nhãn, huấn luyện {seconds:.1f} giây")


def _one_thread() -> None:
    """The matrices are small; on a busy machine threads that wait for each other make them five times slower."""
    from speech.threads import one_blas_thread

    one_blas_thread()


def _fit(train: Path, dev: Path | None, seed: int) -> tuple[Model, float]:
    from agent.sentiment.data import read
    from agent.sentiment.learner import train as fit

    rows = [*_told(read(train)).rows]
    if dev is not None:
        rows += _told(read(dev)).rows
    started = time.perf_counter()
    model = fit(rows, seed=seed, tell=lambda line: typer.echo(f"  {line}", err=True))
    return model, time.perf_counter() - started


def _told(found: Examples) -> Examples:
    for one in found.skipped[:SHOWN]:
        typer.echo(f"{one.where}: bỏ qua, ô “{one.column}” trống (skipped, empty {one.column})", err=True)
    if len(found.skipped) > SHOWN:
        typer.echo(f"… và {len(found.skipped) - SHOWN} dòng trống khác", err=True)
    return found


def _unknown(rows: Sequence[Example], labels: Sequence[str], path: Path) -> None:
    strange = sorted({row.label for row in rows} - set(labels))
    if strange:
        typer.echo(
            f"{path}: nhãn {', '.join(strange[:SHOWN])} không có trong mô hình ({', '.join(labels[:10])}); "
            "các dòng ấy bị tính là sai.",
            err=True,
        )


def _show(result: Report) -> None:
    from app.commands.output import console, table

    main = table("Kết quả", "Chỉ số", "Giá trị")
    main.add_row("Số câu", str(result.texts))
    main.add_row("Độ chính xác", f"{result.accuracy:.2%}")
    main.add_row("F1 trung bình các nhãn (macro)", f"{result.macro_f1:.2%}")
    main.add_row("F1 theo số câu (weighted)", f"{result.weighted_f1:.2%}")
    main.add_row("Sai số hiệu chỉnh (ECE)", f"{result.calibration_error:.2%}")
    out = console()
    out.print(main)
    each = table("Từng nhãn (dòng: nhãn thật, cột: đoán thành)", "Nhãn", "Đúng", "Tìm thấy", "F1", *result.labels)
    for label, counts in zip(result.labels, result.confusion, strict=True):
        score = result.per_label[label]
        each.add_row(
            label, f"{score.precision:.1%}", f"{score.recall:.1%}", f"{score.f1:.1%}", *(str(count) for count in counts)
        )
    out.print(each)
