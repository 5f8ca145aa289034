"""What a tool is: a typed Python function with its declared needs, results, permission, undo and limits."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from core.errors import AloError

Permission = Literal["anyone", "verified"]
KEY = "idempotency_key"
"""A parameter of this name is filled by the caller of the registry, never by the dialogue."""


class ToolRefusal(AloError):
    """A tool that declines cleanly: nothing was done. ``code`` (snake_case) is what flows and plans branch on."""

    def __init__(self, code: str, vi: str, en: str, *, where: str | None = None) -> None:
        super().__init__(vi, en, where=where)
        self.code = code


class ToolUnavailable(AloError):
    """A service that cannot answer now. ``done`` tells what is known of the effect: False not done, None unknown."""

    def __init__(self, code: str, vi: str, en: str, *, done: bool | None = None, where: str | None = None) -> None:
        super().__init__(vi, en, where=where)
        self.code = code
        self.done = done


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call brought. ``error`` and ``detail`` are safe to store: no personal data, no stack."""

    ok: bool
    value: Any = None
    error: str | None = None
    """Code: unknown_tool, bad_arguments:FIELDS, not_verified, timeout, unknown_outcome, or the tool's own."""
    duration_ms: float = 0.0
    detail: str | None = None
    """The error in words, Vietnamese first: what, where, what to do."""
    unsure: bool = False
    """The effect may or may not have happened: say neither. The same key settles it where the tool takes a key."""
    untrusted: bool = False
    """``value`` holds text that outsiders wrote: data to show, never instructions."""
    attempts: int = 0
    """How often the tool itself ran for this call; 0 when a stored result was given again or nothing ran."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the agent may call. ``effect`` is False for look-ups, which may be repeated freely.

    Raises ValueError when it asks for retries of an effect that takes no key: that could do it twice.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    call: Callable[..., Any]
    """Async, or a plain function, which then runs in a thread of its own."""
    effect: bool = True
    confirm: bool = False
    """The customer must have said yes before it is called."""
    timeout_ms: int = 3000
    """Of one attempt."""
    takes_key: bool = False
    needs: tuple[str, ...] = ()
    """Names of values it takes; ``a|b`` means one of them is enough. Without a word: its required arguments."""
    gives: tuple[str, ...] = ()
    """Names of values in its result, a dict or a list of dicts (then one of them is to be chosen)."""
    undo: str | None = None
    """The tool that compensates it, called with the same arguments and the values of the result that it names."""
    permission: Permission = "verified"
    cost: bool = False
    """It can make the customer owe money; the result's ``amount`` says how much."""
    retries: int = 0
    """More attempts after a failure that may pass; look-ups and keyed effects only."""
    untrusted: bool = False
    """The result holds text that outsiders wrote."""

    def __post_init__(self) -> None:
        if self.retries and self.effect and not self.takes_key:
            raise ValueError(f"{self.name}: an effect without {KEY} cannot be retried, it could be done twice")

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments, for language models and documents."""
        return self.arguments.model_json_schema()

    @property
    def takes(self) -> frozenset[str]:
        """Names of all its arguments."""
        return frozenset(self.arguments.model_fields)


def tool(
    function: Callable[..., Awaitable[Any]] | Callable[..., Any],
    *,
    name: str | None = None,
    effect: bool = True,
    confirm: bool = False,
    timeout_ms: int = 3000,
    needs: tuple[str, ...] | None = None,
    gives: tuple[str, ...] = (),
    undo: str | None = None,
    permission: Permission | None = None,
    cost: bool = False,
    retries: int = 0,
    untrusted: bool = False,
) -> Tool:
    """Make a tool of a function with typed parameters and a docstring.

    ``permission`` is "verified" for effects and "anyone" for look-ups unless told; a look-up of private data must
    say "verified". Raises ValueError for a parameter without a type or with ``*args``.
    """
    title = name or str(getattr(function, "__name__", "tool"))
    model = _arguments_of(function, title)
    required = tuple(field for field, info in model.model_fields.items() if info.is_required())
    return Tool(
        name=title,
        description=inspect.getdoc(function) or "",
        arguments=model,
        call=function,
        effect=effect,
        confirm=confirm,
        timeout_ms=timeout_ms,
        takes_key=KEY in inspect.signature(function).parameters,
        needs=required if needs is None else needs,
        gives=gives,
        undo=undo,
        permission=permission or ("verified" if effect else "anyone"),
        cost=cost,
        retries=retries,
        untrusted=untrusted,
    )


def _arguments_of(function: Callable[..., Any], title: str) -> type[BaseModel]:
    """Of a method once a process: every conversation binds the same ones, and making a model takes milliseconds."""
    method = getattr(function, "__func__", None)
    return _made(function, title) if method is None else _made_of_method(method, title)


@lru_cache(maxsize=512)
def _made_of_method(method: Callable[..., Any], title: str) -> type[BaseModel]:
    return _made(method.__get__(object()), title)


def _made(function: Callable[..., Any], title: str) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == KEY:
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or name not in hints:
            raise ValueError(f"{title}: parameter {name} needs a type and a name of its own")
        fields[name] = (hints[name], ... if parameter.default is parameter.empty else parameter.default)
    return create_model(f"{title}_arguments", __config__=ConfigDict(extra="forbid"), **fields)
