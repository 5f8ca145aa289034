"""Reading aloud and writing down against a file of cases (direction, class, input, expected; tab-separated).

    python benchmarks/text.py CASES.tsv [--wrong] [--peers]

Prints the share right per class, strictly compared, and the time per case; with ``--peers`` the same for the peers that
are importable (sea-g2p, vietnormalizer, vinorm, nemo_text_processing), each in this process.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

try:
    from speech.text.speaking import speak_spans
    from speech.text.writing import write_spans
except ImportError:  # a peer's own environment
    speak_spans = write_spans = None  # type: ignore[assignment]

Case = tuple[str, str, str, str]


def read_cases(path: Path) -> list[Case]:
    """The cases of ``path``; comments and the heading are skipped."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [(r[0], r[1], r[2], r[3]) for r in rows[1:] if len(r) == 4]


def score(name: str, cases: list[Case], run: Callable[[str, str], str], show_wrong: bool) -> None:
    """Print one table: right and all per class, and milliseconds per case."""
    right: dict[tuple[str, str], int] = defaultdict(int)
    total: dict[tuple[str, str], int] = defaultdict(int)
    started = perf_counter()
    answers = [run(direction, text) for direction, _, text, _ in cases]
    per_case_ms = (perf_counter() - started) * 1000 / max(1, len(cases))
    for (direction, kind, text, expected), answer in zip(cases, answers, strict=True):
        total[direction, kind] += 1
        right[direction, kind] += answer == expected
        if show_wrong and answer != expected:
            print(f"  wrong {direction} {kind}: {text!r} → {answer!r}, expected {expected!r}")
    print(
        f"{name}: {sum(right.values())}/{len(cases)} = {100 * sum(right.values()) / max(1, len(cases)):.1f} %, "
        f"{per_case_ms:.3f} ms a case"
    )
    for key in sorted(total):
        print(f"  {key[0]:4}{key[1]:12}{right[key]:4}/{total[key]}")


def ours(direction: str, text: str) -> str:
    """Our answer."""
    return (speak_spans if direction == "tn" else write_spans)(text).text


def main() -> None:
    """Score us, and the peers when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args()
    cases = read_cases(options.cases)
    if speak_spans is not None:
        score("Alô", cases, ours, options.wrong)
    if options.peers:
        reading = [c for c in cases if c[0] == "tn"]
        for name, run in peers():
            score(f"{name} (reading only)", reading, _tidy(run), options.wrong)


def _tidy(run: Callable[[str, str], str]) -> Callable[[str, str], str]:
    """The peer's answer without the blanks and the full stop that some add at the end."""
    return lambda direction, text: " ".join(run(direction, text).split()).rstrip(" .,")


def peers() -> list[tuple[str, Callable[[str, str], str]]]:
    """The peers that can be imported here, each as (name, run)."""
    found: list[tuple[str, Callable[[str, str], str]]] = []
    try:
        from vietnormalizer import VietnameseNormalizer

        normalizer = VietnameseNormalizer()
        found.append(("vietnormalizer", lambda _, text: normalizer.normalize(text)))
    except ImportError:
        print("vietnormalizer: not installed", file=sys.stderr)
    try:
        from sea_g2p import Normalizer

        sea = Normalizer()
        found.append(("sea-g2p", lambda _, text: sea.normalize(text)))
    except ImportError:
        print("sea-g2p: not installed", file=sys.stderr)
    try:
        from vinorm import TTSnorm

        found.append(("vinorm", lambda _, text: TTSnorm(text)))
    except ImportError:
        print("vinorm: not installed", file=sys.stderr)
    try:
        from nemo_text_processing.text_normalization.normalize import Normalizer as NeMo

        nemo = NeMo(input_case="cased", lang="vi")
        found.append(("NeMo", lambda _, text: nemo.normalize(text)))
    except ImportError:
        print("nemo_text_processing: not installed", file=sys.stderr)
    return found


if __name__ == "__main__":
    main()
