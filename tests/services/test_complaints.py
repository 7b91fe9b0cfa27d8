"""What pydantic has against a value is told in the words of JSON."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from services.complaints import complaint, complaints, first_complaint


class Part(BaseModel):
    text: str


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = ""
    count: int = 0
    share: float = 0.0
    on: bool = False
    parts: list[Part] = []
    meta: dict[str, Any] = {}
    role: Literal["user", "assistant"] = "user"


def refused(value: object) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(value)
    return caught.value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "must be an object"),
        ({"name": 1}, "name: must be text"),
        ({"count": "many"}, "count: must be a whole number"),
        ({"count": 1.5}, "count: must be a whole number"),
        ({"share": []}, "share: must be a number"),
        ({"on": 5}, "on: must be true or false"),
        ({"parts": {}}, "parts: must be a list"),
        ({"meta": []}, "meta: must be an object"),
        ({"parts": [3]}, "parts.0: must be an object"),
        ({"parts": [{}]}, "parts.0.text is missing"),
        ({"role": "robot"}, "role: must be 'user' or 'assistant'"),
        ({"ghost": 1}, "ghost is not allowed"),
    ],
)
def test_it_is_told_where_and_what(value: object, said: str) -> None:
    assert first_complaint(refused(value)) == said


def test_no_value_is_told_and_the_place_can_be_another() -> None:
    found = complaints(refused({"name": 1, "count": "hunter2"}))
    assert [complaint(one) for one in found] == ["name: must be text", "count: must be a whole number"]
    assert complaint(found[0], ["title"]) == "title: must be text"
