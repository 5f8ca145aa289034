"""One error hierarchy. The docstring of a class says when it is raised; the message is safe to show to a user."""

from __future__ import annotations


class AloError(Exception):
    """Anything Alô refuses to do, told in Vietnamese first and English second.

    ``vi`` and ``en`` say what is wrong and what to do; ``where`` says where (file, row, column, field).
    Messages must never hold a secret or unmasked personal data.
    """

    exit_code = 2

    def __init__(self, vi: str, en: str, *, where: str | None = None) -> None:
        self.vi = vi
        self.en = en
        self.where = where
        super().__init__(f"{where}: {vi}" if where else vi)

    def message(self, language: str = "vi") -> str:
        """The message in ``vi`` or ``en`` with its place in front."""
        text = self.vi if language == "vi" else self.en
        return f"{self.where}: {text}" if self.where else text


class ConfigurationError(AloError):
    """Settings, ports, folders or artefacts that cannot be used."""


class InputError(AloError):
    """A file or field from a user that cannot be used."""


class FlowError(InputError):
    """A flow file with a mistake; ``where`` is file:line."""


class RefusedError(AloError):
    """An action that a rule forbids (legal gate, permission, state)."""


class CarrierError(AloError):
    """A carrier that could not do what was asked."""
