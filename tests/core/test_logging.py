import json

import pytest

from core.logging import configure_logging, get_logger


def test_personal_data_and_secrets_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", json=True)
    get_logger("test").info("call_placed", phone="+84900000012", api_key="topsecret", attempt=2)
    line = json.loads(capsys.readouterr().err)
    assert line["phone"].endswith("12")
    assert "0900" not in line["phone"]
    assert line["api_key"] == "•••"
    assert line["attempt"] == 2
    assert line["event"] == "call_placed"
