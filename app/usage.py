"""What was wrong with a command line, in Vietnamese: typer speaks English only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from typer.exceptions import TyperException

from core.errors import InputError

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells expect."""

_PATTERNS: Final[Sequence[tuple[str, str]]] = (
    (r"No such command '(.+)'", "Không có lệnh “{0}”."),
    (r"No such option: (\S+) \(Possible options: (.+)\)", "Không có tùy chọn {0}; có thể là {1}."),
    (r"No such option: (\S+)", "Không có tùy chọn {0}."),
    (r"Missing argument '(.+?)'.*", "Còn thiếu {0}."),
    (r"Missing option '(.+?)'.*", "Còn thiếu tùy chọn {0}."),
    (r"Missing command", "Còn thiếu tên lệnh."),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", "Thừa “{0}”. Câu có dấu cách phải đặt trong ngoặc kép."),
    (r"Option '(.+)' requires an argument", "Sau {0} phải có một giá trị."),
    (r"Invalid value for (.+?): Input should be greater than or equal to (.+)", "{0} phải từ {1} trở lên."),
    (r"Invalid value for (.+?): Input should be less than or equal to (.+)", "{0} không được quá {1}."),
    (r"Invalid value for (.+?): Input should be a valid integer.*", "{0} phải là số nguyên."),
    (r"Invalid value for (.+?): Input should be a valid number.*", "{0} phải là một số."),
    (r"Invalid value for (.+?): .*'(.+)' is not one of (.+)", "{0} không nhận “{1}”; hãy chọn {2}."),
    (r"Invalid value for (.+?): .*", "Giá trị của {0} không dùng được."),
)
_OTHER: Final = "Dòng lệnh chưa đúng."


def usage_error(error: TyperException) -> InputError:
    """The same refusal in both languages, with the help that explains the command."""
    english = " ".join(error.format_message().split()).rstrip(".") + "."
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "alo"
    return InputError(
        f"{_vietnamese(english)} Xem cách dùng: {command} --help",
        f"{english} See {command} --help",
    )


def _vietnamese(english: str) -> str:
    for pattern, vi in _PATTERNS:
        if match := re.fullmatch(pattern, english.rstrip(".")):
            return vi.format(*(group.replace("'", "") for group in match.groups()))
    return _OTHER


PANELS: Final[Mapping[str, str]] = {
    "ARGUMENTS_PANEL_TITLE": "Đối số",
    "OPTIONS_PANEL_TITLE": "Tùy chọn",
    "COMMANDS_PANEL_TITLE": "Lệnh",
    "DEFAULT_STRING": "[mặc định: {}]",
    "REQUIRED_LONG_STRING": "[bắt buộc]",
}


def help_in_vietnamese() -> None:
    """Headings of --help; call it only when help is wanted, since it loads what draws it."""
    from typer import rich_utils

    for name, vi in PANELS.items():
        setattr(rich_utils, name, vi)
