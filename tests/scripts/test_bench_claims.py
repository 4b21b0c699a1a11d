"""What the claims check promises, on the half of the corpus that it is not tuned by."""

import pytest

from domain.content.reviews.claims import ClaimClass
from scripts.bench_claims import blocking_precision, figures, judge

JUDGED = judge()
TEST = [one for one in JUDGED if one.half == "test"]


def test_the_corpus_is_large_half_innocent_and_parted_in_two():
    assert len(JUDGED) >= 600
    assert len({one.text for one in JUDGED}) == len(JUDGED)
    for name in ("tune", "test"):
        of = figures([one for one in JUDGED if one.half == name])
        assert 0.45 < of.claims / (of.claims + of.innocent) < 0.55
    kinds = {one.kind for one in TEST if one.claim}
    assert kinds == {*(kind.value for kind in ClaimClass), "disguised"}


def test_nine_in_ten_claims_are_found_and_few_innocent_sentences_are_taken_for_one():
    of = figures(TEST)
    assert of.recall is not None
    assert of.recall >= 0.90
    assert of.false_alarms is not None
    assert of.false_alarms <= 0.05


@pytest.mark.parametrize("kind", ClaimClass)
def test_what_bars_an_approval_is_a_claim_in_98_of_a_hundred(kind):
    precision = blocking_precision(TEST, kind)
    assert precision is None or precision >= 0.98
