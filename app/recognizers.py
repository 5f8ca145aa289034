"""The chosen recogniser out of the settings."""

from __future__ import annotations

from core.settings import Settings
from speech.recognition.choice import RecognizerChoice


def recognizer_choice(settings: Settings, spec: str | None = None) -> RecognizerChoice:
    """What the settings say, with another ``spec`` (``--model``) if given."""
    key = settings.recognizer_key
    return RecognizerChoice(
        spec=spec or settings.recognizer,
        url=settings.recognizer_url,
        model=settings.recognizer_model,
        key=key.get_secret_value() if key else None,
        threads=settings.recognizer_threads,
        full_window=settings.recognizer_full_window,
        models_dir=settings.models_path,
    )
