"""The search page, the customer page and their JSON, over the small made-up campaign."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from app.services import Services
from memory.people import Person
from memory.schema import Conversation
from tests.app.sample import NOW


def customer_of(services: Services, phone: str) -> str:
    return services.store.ensure_customer("biz_default", Person(phone), NOW).id


def test_the_page_finds_and_highlights(client: TestClient) -> None:
    page = client.get("/search", params={"q": "u anh day"})
    assert page.status_code == 200
    assert "<mark>ừ anh đây</mark> em" in page.text
    assert "/calls/" in page.text
    assert "Không tìm thấy" in client.get("/search", params={"q": "khủng long"}).text
    assert "No conversation" in client.get("/search", params={"q": "khủng long", "lang": "en"}).text
    assert client.get("/search").status_code == 200


@pytest.mark.parametrize("q", ['"', "<script>alert(1)</script>", "nợ' OR 1=1 --", "***", "x" * 5000])
def test_anything_may_be_typed(client: TestClient, q: str) -> None:
    answer = client.get("/search", params={"q": q})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_filters_and_bad_days(client: TestClient, services: Services) -> None:
    who = customer_of(services, "+84900000001")
    with services.store.write() as session:
        session.execute(update(Conversation).values(customer_id=who))

    def found(**more: str) -> int:
        return len(client.get("/api/search", params={"q": "anh", **more}).json()["hits"])

    assert found() == 1
    assert found(outcome="ptp") == 1
    assert found(outcome="PAID") == 0
    assert found(who="0900 000 001") == found(since="2026-11-25") == found(until="2026-11-25") == 1
    assert found(who="0900 000 099") == found(until="2026-11-24") == 0
    assert client.get("/api/search", params={"q": "anh", "since": "hôm qua"}).status_code == 400
    assert client.get("/api/search", params={"q": " "}).status_code == 400
    assert "2026-11-23" in client.get("/search", params={"q": "anh", "since": "hôm qua"}).text
    assert found(page="2") == 0


def test_what_is_known_is_shown_changed_and_forgotten(client: TestClient, services: Services, token: str) -> None:
    who = customer_of(services, "+84900000001")
    headers = {"x-csrf-token": token}
    body = {"key": "pronoun", "value": "bác"}
    assert client.post(f"/api/customers/{who}/facts", json=body).status_code == 403
    facts = client.post(f"/api/customers/{who}/facts", json=body, headers=headers).json()["facts"]
    assert [one["value"] for one in facts if one["key"] == "pronoun"] == ["bác"]
    page = client.get(f"/customers/{who}").text
    assert "bác" in page
    assert "+84900000001" not in page
    assert client.post(f"/api/customers/{who}/facts", json={**body, "value": "mày"}, headers=headers).status_code == 400
    gone = client.delete(f"/api/customers/{who}/facts", params={"kind": "preference"}, headers=headers).json()
    assert gone["forgotten"] >= 1
    shown = client.get(f"/api/customers/{who}/memory").json()
    assert not [one for one in shown["facts"] if one["kind"] == "preference"]
    assert shown["identities"][0]["value"] != "+84900000001"
    form = {"token": token, "preference": "hours=evening"}
    assert "buổi tối" in client.post(f"/customers/{who}/facts", data=form).text
    assert "evening" in client.get(f"/customers/{who}").text
    note = {"token": token, "note": "gọi sau giờ làm"}
    assert "gọi sau giờ làm" in client.post(f"/customers/{who}/facts", data=note).text
    client.post(f"/customers/{who}/facts", data={"token": token, "forget": "preference hours"})
    assert [one["kind"] for one in client.get(f"/api/customers/{who}/memory").json()["facts"]] == ["note"]
    assert client.post(f"/customers/{who}/facts", data={"preference": "hours=evening"}).status_code == 403
    for path in ("/customers/cus_x", "/api/customers/cus_x/memory"):
        assert client.get(path).status_code == 404


def test_an_operator_decides_on_matches(client: TestClient, services: Services, token: str) -> None:
    who = customer_of(services, "+84900000001")
    other = services.store.ensure_customer("biz_default", Person("+84900000001", "Đỗ Thị Lan"), NOW).id
    headers, pair = {"x-csrf-token": token}, {"customer": who, "other": other}
    assert [one["differs"] for one in client.get("/api/matches").json()] == [["name"]]
    assert client.post("/api/matches/join", json=pair).status_code == 403
    assert client.post("/api/matches/join", json=pair, headers=headers).json() == {"done": "join"}
    assert client.get("/api/matches").json() == []
    assert client.get(f"/api/customers/{other}/memory").json()["joined"] == [other]
    assert client.post("/api/matches/split", json=pair, headers=headers).status_code == 200
    assert client.post("/api/matches/apart", json=pair, headers=headers).status_code == 200
    assert client.post("/api/matches/marry", json=pair, headers=headers).status_code == 404
    assert client.post("/api/matches/split", json=pair, headers=headers).status_code == 400
