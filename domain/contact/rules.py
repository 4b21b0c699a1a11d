"""Head office's rules of customer contact: the usual welcome, and what a new friend is worth."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.contact.wecom import LONGEST_WELCOME_BYTES, Welcome
from domain.kernel.lines import read_line, read_paragraphs
from domain.kernel.moments import BEGINNING
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within
from domain.people.accounts import GuideId

DAYS = Within(0, 90)
CAP = Within(1, 500)
BURST = Within(2, 500)
BURST_WINDOW = timedelta(minutes=10)
SENDS = Within(1, 31)
LONGEST_URL = 2_048
LONGEST_TITLE = 40


class SendPeriod(StrEnum):
    """In which time WeCom lets a customer have so many group sends, as its administrator chose."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRules:
    """The rules as they were set; see `domain.kernel.rule_versions`.

    A new friend counts once they are still there after so many days, at most so many a day for one
    guide, and none of so many within ten minutes. `brand_guide_id` is the brand's own account.
    A customer may have `sends_most` group sends in each `sends_per`; None is WeCom's usual number.
    """

    version: int = 0
    set_at: datetime = BEGINNING
    valid_after_days: int = 7
    cap_a_day: int = 50
    burst: int = 20
    welcome: Welcome | None = None
    brand_guide_id: GuideId | None = None
    sends_per: SendPeriod = SendPeriod.MONTH
    sends_most: int | None = None

    @property
    def valid_after(self) -> timedelta:
        """How long a new friend has to stay."""
        return timedelta(days=self.valid_after_days)


def read_welcome(welcome: Welcome) -> Welcome:
    """A welcome within WeCom's bounds; Invalid by the field where it is not."""
    text = read_paragraphs(welcome.text, least=1, most=LONGEST_WELCOME_BYTES, field=["text"])
    if len(text.encode()) > LONGEST_WELCOME_BYTES:
        raise Invalid("WeCom takes at most 4,000 bytes of text; shorten it.", field=["text"])
    if (welcome.url is None) != (welcome.title is None):
        raise Invalid("a page needs a title and a url; give both or neither.", field=["url"])
    if welcome.url is None or welcome.title is None:
        return Welcome(text=text)
    if not welcome.url.startswith(("https://", "http://")):
        raise Invalid("a page's address starts with https://.", field=["url"])
    title = read_line(welcome.title, least=1, most=LONGEST_TITLE, field=["title"])
    url = read_line(welcome.url, least=1, most=LONGEST_URL, field=["url"])
    return Welcome(text=text, title=title, url=url)
