"""Our learner and, where scikit-learn is installed, its linear SVM on the same made-up comments.

python -m benchmarks.sentiment [--sets students social bank] [--scale 1.0] [--ablate]
Train and test lack different phrases; the labels are noisy on purpose (benchmarks/sentiment_data.py), so 100 % is out
of reach for anyone. --ablate also prints the learner without its networks.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from agent.sentiment import learner
from agent.sentiment.data import Example
from agent.sentiment.metrics import Report, report
from agent.sentiment.model import evaluate
from benchmarks.sentiment_data import SETS
from speech.threads import one_blas_thread


def peer(train: Sequence[Example], test: Sequence[Example]) -> Report | None:
    """LinearSVC on TF-IDF of one and two words; None where scikit-learn is not installed."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import LinearSVC
    except ImportError:
        return None
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+")
    fitted = make_pipeline(words, LinearSVC()).fit([row.text for row in train], [row.label for row in train])
    said = fitted.predict([row.text for row in test]).tolist()
    return report([row.label for row in test], said, [1.0] * len(said))


def show(name: str, who: str, result: Report, note: str = "") -> None:
    print(
        f"{name:9} {who:22} accuracy {result.accuracy:.4f}  macro F1 {result.macro_f1:.4f}  "
        f"weighted F1 {result.weighted_f1:.4f}  {note}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=list(SETS))
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ablate", action="store_true")
    options = parser.parse_args()
    one_blas_thread()
    for name in options.sets:
        make, learn, test = SETS[name]
        rows = [Example(*row) for row in make(int(learn * options.scale), "train", options.seed)]
        apart = [Example(*row) for row in make(int(test * options.scale), "test", options.seed)]
        other = peer(rows, apart)
        if other is not None:
            show(name, "TF-IDF + linear SVM", other)
        for networks in (False, True) if options.ablate else (True,):
            started = time.process_time()
            model = learner.train(rows, seed=options.seed, networks=networks)
            trained = time.process_time() - started
            started = time.process_time()
            result = evaluate(model, apart)
            each = (time.process_time() - started) * 1000 / len(apart)
            who = "ours" if networks else "ours, linear only"
            show(name, who, result, f"ECE {result.calibration_error:.3f}  {trained:.0f} CPU-s, {each:.2f} ms a text")


if __name__ == "__main__":
    main()
