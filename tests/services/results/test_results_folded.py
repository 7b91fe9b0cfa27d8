"""Base64 that stands where text is expected: its kind and size are shown, not the characters."""

from __future__ import annotations

import base64
import random

import pytest

from services.results.folded import folded, folded_text
from tests.services.results.images import png

BYTES = random.Random(1).randbytes(3_000)
PLAIN = base64.b64encode(BYTES).decode()
PNG = base64.b64encode(png() + BYTES).decode()


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        base64.urlsafe_b64encode(BYTES).decode(),
        base64.encodebytes(BYTES).decode(),
        PNG,
        f"data:image/png;base64,{PNG}",
        f"data:;base64,{PLAIN}",
        f"before ![shot](data:image/png;base64,{PNG}) and after",
    ],
)
def test_base64_is_folded_wherever_it_stands(text: str) -> None:
    for value in (text, [text], {"a": {"b": [1, text]}}):
        shown = str(folded(value))
        assert "characters of base64" in shown
        assert len(shown) < 200
    assert ("PNG" in folded_text(text)) == (PNG[:100] in text)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5_000,
        "The quick brown fox jumps over the lazy dog 42 times\n" * 50,
        "\n".join(f"Word{number}" for number in range(500)),
        "0123456789abcdef" * 100,
        "see data:text/plain;base64,QUJD",
        f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(BYTES).decode()}-----END CERTIFICATE-----",
        "/usr/Local/lib/python3/" * 3,
        ";base64," * 300,
        "データ" * 400,
    ],
)
def test_other_text_stays_the_same_object(text: str) -> None:
    value = {"a": [text, 1, None, {"b": text}]}
    assert folded(value) is value
    assert folded_text(text) is text


def test_text_around_an_address_stays() -> None:
    text = f"one data:image/png;base64,{PNG} two data:audio/wav;base64,{PLAIN}) three"
    shown = folded_text(text)
    assert shown.startswith("one data:image/png;base64,… PNG, 3.")
    assert shown.endswith(") three")
    assert shown.count("characters of base64 …") == 2
