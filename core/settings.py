"""Every setting, read in one place: environment ``ALO_*`` or a ``.env`` file. Components take small option objects."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Defaults run offline, on loopback, in one folder."""

    model_config = SettingsConfigDict(env_prefix="ALO_", env_file=".env", extra="ignore")

    data_dir: Path = Field(default=Path("alo-data"), description="Folder of database, recordings and reports.")
    database_url: str | None = Field(default=None, description="SQLAlchemy URL; default is a SQLite file in data_dir.")
    host: str = Field(default="127.0.0.1", description="Address the console listens on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port the console listens on; 0 picks a free one.")
    language: Literal["vi", "en"] = Field(default="vi", description="Language of the console and of messages.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="warning", description="Least level.")
    chat_model_url: str | None = Field(
        default=None,
        description="Base URL of an OpenAI-compatible chat model (http://127.0.0.1:8000/v1); unset: the embedded brain "
        "understands alone and nothing leaves the process.",
    )
    chat_model_name: str = Field(default="", description="Model to ask for at chat_model_url.")
    chat_model_key: SecretStr | None = Field(default=None, description="Key of that service; local servers need none.")
    chat_model_timeout_ms: int = Field(
        default=1500,
        ge=100,
        le=30_000,
        description="What one turn may wait for the model before the embedded brain answers.",
    )

    chat_model_folder: Path | None = Field(
        default=None,
        description="Folder of a local transformers chat model, instead of chat_model_url; needs the extra `local`.",
    )
    chat_model_answers: bool = Field(
        default=True,
        description="With a chat model: it words answers from the business's documents; every sentence is checked.",
    )
    chat_model_paraphrase: bool = Field(
        default=False,
        description="With a chat model: it says free lines in other words; checked, else the template is said.",
    )
    chat_model_summaries: bool = Field(
        default=False,
        description="With a chat model: it adds what happened to a conversation's summary; its facts are checked.",
    )
    knowledge_dir: Path | None = Field(
        default=None,
        description="Folder of the business's own documents (.md .txt .html .docx .pdf .csv); questions outside a flow "
        "are answered from it. Unset: shipped flows answer from their sample documents.",
    )
    embedding_url: str | None = Field(
        default=None,
        description="Base URL of an OpenAI-compatible service with /embeddings (http://127.0.0.1:8000/v1): search over "
        "past conversations and the business's documents by meaning too. Unset: by words alone.",
    )
    embedding_name: str = Field(default="", description="Model to ask for at embedding_url.")
    embedding_key: SecretStr | None = Field(default=None, description="Key of that service; local servers need none.")
    embedding_dir: Path | None = Field(
        default=None, description="Folder of a local transformers encoder, instead of embedding_url."
    )

    recognizer: str = Field(
        default="embedded",
        description="Who hears calls (docs/speech.md): embedded, whisper:FOLDER, ctc:FOLDER, openai, "
        "pipecat:MODULE:FUNCTION or a name of `alo models list`. Several, separated by commas, are a chain: the next "
        "takes over when one fails or is slow.",
    )
    recognizer_url: str | None = Field(
        default=None,
        description="Base URL of an OpenAI-compatible service with /audio/transcriptions, for the recogniser openai; "
        "callers' audio is sent there.",
    )
    recognizer_model: str = Field(default="whisper-1", description="Model to ask for at recognizer_url.")
    recognizer_key: SecretStr | None = Field(default=None, description="Key of that service; local servers need none.")
    recognizer_threads: int = Field(
        default=0, ge=0, le=256, description="CPU threads of a reading by whisper or ctc; 0: the library's own choice."
    )
    recognizer_full_window: bool = Field(
        default=False,
        description="Whisper hears 30 s windows as it was trained to, about twenty times dearer for short turns.",
    )
    smart_turn: bool = Field(
        default=False,
        description="Where the words leave open whether the customer has finished, Smart Turn v3.2 (in pipecat-ai) is "
        "asked how it sounds; some 50 ms of CPU a question, beside the calls (docs/turn_taking.md).",
    )
    models_dir: Path | None = Field(
        default=None, description="Folder of fetched models (`alo models`); default is `models` in data_dir."
    )

    sentiment_model: Path | None = Field(
        default=None,
        description="Folder of the business's own classifier of opinions (`alo sentiment train`, or one saved by "
        "transformers), asked beside the shipped one; unset: the shipped one alone.",
    )
    tools_file: Path | None = Field(
        default=None,
        description="The business's own tools (docs/tools.md): OpenAPI documents, SQL queries, MCP servers, webhooks. "
        "Only the hosts it names are reached. Unset: the sample services on the embedded database.",
    )
    tools_secrets: dict[str, SecretStr] = Field(
        default_factory=dict,
        description='Secrets that the tools file names, as JSON: {"shop": "…"}. Never logged.',
    )

    payment_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Secret that the payment provider signs its confirmations with (docs/tools.md); they are received "
        "at /hooks/payments. Unset: that page does not exist.",
    )

    synthesizer: Literal["espeak", "coqui", "piper", "openai", "fpt"] = Field(
        default="espeak",
        description="The bot's voice (docs/speech.md): embedded eSpeak NG, local Coqui or Piper models, a service with "
        "OpenAI's /v1/audio/speech or of the FPT type. eSpeak NG takes over where another one fails.",
    )
    synthesizer_url: str = Field(default="", description="Address of the speech service (openai: the base, …/v1).")
    synthesizer_key: SecretStr | None = Field(default=None, description="Key of that service; never logged.")
    synthesizer_model: str = Field(
        default="", description="Model name (openai), or folder or file of the model (coqui, piper)."
    )
    synthesizer_voice_north: str = Field(default="", description="The engine's voice for Northern speech.")
    synthesizer_voice_central: str = Field(default="", description="The engine's voice for Central speech.")
    synthesizer_voice_south: str = Field(default="", description="The engine's voice for Southern speech.")
    synthesizer_command: str = Field(
        default="",
        description="coqui: the Python that has coqui-tts; piper: its command. Unset: ours, and `piper` or its module.",
    )
    synthesizer_slow_ms: int = Field(
        default=1500,
        ge=200,
        le=10_000,
        description="How long the customer may hear nothing before the embedded voice speaks instead.",
    )
    synthesizer_cache_mb: int = Field(
        default=200, ge=0, le=100_000, description="Disk for prompts already made, in data_dir/voices; 0 keeps none."
    )

    @property
    def sqlalchemy_url(self) -> str:
        """The database in use."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'alo.db'}"

    @property
    def recordings_dir(self) -> Path:
        """Folder of call recordings."""
        return self.data_dir / "recordings"

    @property
    def models_path(self) -> Path:
        """Folder of fetched models."""
        return self.models_dir or self.data_dir / "models"
