"""Templates: what may be said to members, for which purpose, and on which channels."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NewType, Protocol

from domain.kernel.lines import read_line, read_paragraphs
from domain.kernel.moments import BEGINNING
from domain.kernel.refusals import Invalid
from domain.members.consent import Purpose
from domain.messaging.channels import MessageChannel

MessageTemplateId = NewType("MessageTemplateId", str)

PURPOSES = frozenset({Purpose.SERVICE, Purpose.MARKETING})
LONGEST_NAME = 40
# What all channels take: an SMS goes in several parts then, WeCom takes 4,000 bytes.
LONGEST_TEXT = 1_000
LONGEST_URL = 2_048
LONGEST_TITLE = 40
LONGEST_VALUE = 200
MOST_FIELDS = 5
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_WECHAT_TEMPLATE = re.compile(r"[A-Za-z0-9_-]{10,64}")
_FIELD_NAME = re.compile(r"[a-z_]{1,24}[0-9]{1,3}")
_PLACE = re.compile(r"\{([a-zA-Z]{1,30})\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeForm:
    """How a message looks as WeChat's subscribe message: its template there, and each field's text.

    A field's name begins with its kind, such as thing1 or time3.
    """

    wechat_template: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContent:
    """What is said: a text, the page that goes with it, and its form as a subscribe message."""

    text: str
    title: str | None = None
    url: str | None = None
    form: SubscribeForm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """A message with places for values, such as {store}.

    It goes by the first of its `channels` that reaches the member.
    """

    id: MessageTemplateId
    name: str
    purpose: Purpose
    channels: tuple[MessageChannel, ...]
    content: MessageContent
    version: int = 0
    set_at: datetime = BEGINNING


class MessageTemplates(Protocol):
    """All templates."""

    async def by_id(self, id: MessageTemplateId) -> MessageTemplate | None:
        """The one of an id."""

    async def all(self) -> Sequence[MessageTemplate]:
        """All of them, by id."""

    async def save(self, template: MessageTemplate, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


def read_template(template: MessageTemplate) -> MessageTemplate:
    """A template as it is kept, or Invalid by field."""
    at = ["input"]
    if not _ID.fullmatch(template.id):
        raise Invalid("Name it by small letters, digits and hyphens.", field=[*at, "id"])
    if template.purpose not in PURPOSES:
        raise Invalid("A message is for SERVICE or MARKETING.", field=[*at, "purpose"])
    if not template.channels or len(set(template.channels)) < len(template.channels):
        raise Invalid("Name each channel once, and one at least.", field=[*at, "channels"])
    form = template.content.form
    if form is None and MessageChannel.SUBSCRIBE_MESSAGE in template.channels:
        raise Invalid(
            "A subscribe message needs WeChat's template and its fields.",
            field=[*at, "wechatTemplate"],
        )
    name = read_line(template.name, least=1, most=LONGEST_NAME, field=[*at, "name"])
    content = MessageContent(
        text=read_paragraphs(
            template.content.text, least=1, most=LONGEST_TEXT, field=[*at, "text"]
        ),
        title=_line(template.content.title, LONGEST_TITLE, [*at, "title"]),
        url=_line(template.content.url, LONGEST_URL, [*at, "url"]),
        form=_read_form(form) if form else None,
    )
    if (content.url is None) != (content.title is None):
        raise Invalid("A page needs a title and a url; give both or neither.", field=[*at, "url"])
    return replace(template, name=name, content=content)


def places_of(content: MessageContent) -> frozenset[str]:
    """The names of all places that are to be filled."""
    fields = content.form.fields.values() if content.form else ()
    texts = (content.text, content.title or "", content.url or "", *fields)
    return frozenset(name for text in texts for name in _PLACE.findall(text))


def filled(content: MessageContent, values: Mapping[str, str]) -> MessageContent:
    """What is said with each place filled; Invalid where a value is missing."""

    def text(said: str) -> str:
        return _PLACE.sub(lambda place: _value(values, place[1]), said)

    form = content.form
    return MessageContent(
        text=text(content.text),
        title=text(content.title) if content.title else None,
        url=text(content.url) if content.url else None,
        form=replace(form, fields={name: text(said) for name, said in form.fields.items()})
        if form
        else None,
    )


def _value(values: Mapping[str, str], name: str) -> str:
    if name not in values:
        raise Invalid(f"This message needs a value for {{{name}}}.", field=["values"])
    return read_line(values[name], most=LONGEST_VALUE, field=["values"])


def _read_form(form: SubscribeForm) -> SubscribeForm:
    at = ["input", "fields"]
    if not _WECHAT_TEMPLATE.fullmatch(form.wechat_template):
        raise Invalid("Copy the template's id from WeChat.", field=["input", "wechatTemplate"])
    if not 1 <= len(form.fields) <= MOST_FIELDS:
        raise Invalid(f"Give 1 to {MOST_FIELDS} fields.", field=at)
    for name in form.fields:
        if not _FIELD_NAME.fullmatch(name):
            raise Invalid("A field is named as in WeChat, such as thing1.", field=at)
    lines = {
        name: read_line(said, least=1, most=LONGEST_VALUE, field=at)
        for name, said in form.fields.items()
    }
    return replace(form, fields=lines)


def _line(text: str | None, most: int, at: Sequence[str]) -> str | None:
    return read_line(text, least=1, most=most, field=at) if text else None
