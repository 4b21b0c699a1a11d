"""What is let out holds soon: tests have one process, which hears of it at once."""

from datetime import timedelta

import pytest

from domain.promotions import offer_versions


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offer_versions, "LEAD", timedelta(milliseconds=200))
