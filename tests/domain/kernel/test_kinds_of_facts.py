"""The kinds of facts: which there are, who says them, and what the page about them tells."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import domain
from domain.audiences.spending import SPENDING_FACTS
from domain.catalogue.best_sellers import SALES_FACTS
from domain.contact.matching_friends import ADDED_FACTS
from domain.contact.mirroring import HEARD_FACTS
from domain.content.use_counts import USE_FACTS
from domain.earnings.effects import EFFECT_FACTS
from domain.earnings.order_books import BOOKED_FACTS
from domain.guiding.customer_care import CARE_FACTS
from domain.guiding.figures import FIGURE_FACTS
from domain.guiding.measuring import MEASURED_FACTS
from domain.guiding.rewarding_tasks import OUTCOMES
from domain.insight.counting import COUNTED_FACTS
from domain.insight.outcomes import OUTCOME_FACTS
from domain.journeys.happenings import HAPPENINGS
from domain.journeys.learning_arms import ENDED_FACTS
from domain.learning.results import RESULT_FACTS
from domain.members.purchase_matching import CLAIMED_FACTS
from domain.promotions.milestones import MILESTONE_FACTS
from domain.service.listing_members import LISTED_FACTS
from domain.wallets.earning import EARNING_FACTS

ROOT = Path(domain.__path__[0])
PAGE = ROOT.parent / "docs" / "facts.md"


def said_by(module):
    """The kinds that a module declares."""
    declared = [value for name, value in vars(module).items() if name.isupper()]
    one_by_one = {one for one in declared if isinstance(one, str)}
    return one_by_one.union(*(one for one in declared if isinstance(one, frozenset)))


def all_kinds():
    """Every kind that some module of the domain says."""
    names = [one.name for one in pkgutil.walk_packages(domain.__path__, "domain.")]
    modules = [importlib.import_module(name) for name in names if name.endswith("_facts")]
    return set().union(*map(said_by, modules))


def test_the_page_lists_every_kind_and_no_other():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    listed = [kind for row in rows for kind in re.findall(r"`(\w+\.\w+)`", row.split("|")[1])]
    assert sorted(listed) == sorted(all_kinds())


def test_facts_are_made_where_their_kinds_are_declared():
    makers = {path.stem for path in ROOT.rglob("*.py") if re.search(r"\bFact\(", path.read_text())}
    assert all(name.endswith("_facts") for name in makers)


@pytest.mark.parametrize(
    "followed",
    [
        SALES_FACTS,
        BOOKED_FACTS,
        EFFECT_FACTS,
        USE_FACTS,
        SPENDING_FACTS,
        EARNING_FACTS,
        CLAIMED_FACTS,
        HEARD_FACTS,
        ADDED_FACTS,
        MEASURED_FACTS,
        FIGURE_FACTS,
        RESULT_FACTS,
        OUTCOMES,
        CARE_FACTS,
        MILESTONE_FACTS,
        LISTED_FACTS,
        COUNTED_FACTS,
        OUTCOME_FACTS,
        HAPPENINGS,
        ENDED_FACTS,
    ],
)
def test_what_is_followed_is_said(followed):
    assert followed <= all_kinds()
