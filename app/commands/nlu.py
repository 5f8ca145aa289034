"""``alo nlu …``: học và đánh giá ý định, ô thông tin trên dữ liệu riêng."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agent.nlu import Model
    from agent.nlu.metrics import Report

app = typer.Typer(help="Học ý định và ô thông tin từ dữ liệu của bạn (JSON lines), rồi đo.", no_args_is_help=True)

TrainOption = Annotated[
    Path, typer.Option("--train", help='Tệp huấn luyện: mỗi dòng {"text": …, "intent": …, "tags": [BIO]}.')
]
DevOption = Annotated[
    Path | None, typer.Option("--dev", help="Tệp để dừng sớm và hiệu chỉnh; không có thì giữ lại 10% tệp huấn luyện.")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Cùng số này thì cùng kết quả.")]
EncoderOption = Annotated[
    Path | None,
    typer.Option("--encoder", help="Thư mục bộ mã hóa transformers trên máy (PhoBERT…); cần gói alo-voicebot[models]."),
]
SHOWN = 10


@app.command("evaluate")
def evaluate(
    train: TrainOption,
    test: Annotated[Path, typer.Option("--test", help="Tệp kiểm tra.")],
    dev: DevOption = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Ghi kết quả ra tệp JSON.")] = None,
    encoder: EncoderOption = None,
    seed: SeedOption = 0,
) -> None:
    """Huấn luyện rồi đo: ý định, ô thông tin (F1), cả câu, nhầm lẫn và hiệu chỉnh."""
    from agent.nlu.data import read
    from app.commands.output import check_writable, write_json

    if json_out is not None:
        check_writable(json_out)  # before the long part
    sentences = read(test)
    model, seconds = _fit(train, dev, encoder, seed)
    started = time.perf_counter()
    result = model.evaluate(sentences)
    each_ms = (time.perf_counter() - started) * 1000 / len(sentences)
    _show(result)
    typer.echo(f"Huấn luyện {seconds:.1f} giây; mỗi câu kiểm tra {each_ms:.2f} ms")
    if json_out is not None:
        made = result.json() | {"train_seconds": round(seconds, 2), "sentence_ms": round(each_ms, 3), "seed": seed}
        write_json(json_out, made)


@app.command("train")
def train_command(
    train: TrainOption,
    out: Annotated[Path, typer.Option("--out", help="Thư mục để ghi mô hình.")],
    dev: DevOption = None,
    encoder: EncoderOption = None,
    seed: SeedOption = 0,
) -> None:
    """Huấn luyện và ghi mô hình; dùng lại bằng agent.nlu.load(thư mục).predict(câu)."""
    model, seconds = _fit(train, dev, encoder, seed)
    model.save(out)
    labels = len(model.tagger.labels) if model.tagger else 0
    typer.echo(f"Đã ghi {out}: {len(model.intents.intents)} ý định, {labels} nhãn, huấn luyện {seconds:.1f} giây")


def _fit(train: Path, dev: Path | None, encoder: Path | None, seed: int) -> tuple[Model, float]:
    from agent.nlu.data import read
    from agent.nlu.encoder import Encoder
    from agent.nlu.training import Options
    from agent.nlu.training import train as fit

    sentences = read(train)
    apart = read(dev) if dev is not None else None
    opened = Encoder.open(encoder) if encoder is not None else None
    started = time.perf_counter()
    options = Options(seed=seed, encoder=opened, tell=lambda line: typer.echo(line, err=True))
    return fit(sentences, apart, options), time.perf_counter() - started


def _show(result: Report) -> None:
    from app.commands.output import console, table

    main = table("Kết quả", "Chỉ số", "Giá trị")
    main.add_row("Số câu", str(result.sentences))
    right = result.intent_accuracy
    main.add_row("Đúng ý định", "không có nhãn" if right is None else f"{right:.2%}")
    main.add_row("F1 ô thông tin", "không có nhãn" if result.slot_f1 is None else f"{result.slot_f1:.2%}")
    main.add_row("Đúng cả câu", f"{result.sentence_accuracy:.2%}")
    main.add_row("Sai số hiệu chỉnh (ECE)", f"{result.calibration_error:.2%}")
    out = console()
    out.print(main)
    if result.confusions:
        mixed = table("Nhầm lẫn nhiều nhất", "Ý định thật", "Đoán thành", "Số lần")
        for name, said, count in result.confusions[:SHOWN]:
            mixed.add_row(name, said, str(count))
        out.print(mixed)
    if result.per_slot:
        weak = table("Ô thông tin sai nhiều nhất", "Ô", "F1", "Số lượng")
        worst = sorted(result.per_slot.items(), key=lambda item: -(1 - item[1].f1) * max(item[1].count, 1))
        for name, score in worst[:SHOWN]:
            weak.add_row(name, f"{score.f1:.2%}", str(score.count))
        out.print(weak)
