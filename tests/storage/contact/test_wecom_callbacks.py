"""What WeCom tells, by the vectors that its documents publish."""

from dataclasses import replace

import pytest

from domain.contact.inbox import Call
from domain.kernel.refusals import Forbidden
from scripts import wecom_stub
from storage.outside.wecom_callbacks import WecomCallbacks

# developer.work.weixin.qq.com/document/path/90968
TOKEN, KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
COMPANY = "wx5823bf96d3bd56c7"
PUBLISHED = Call(
    signature="5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    timestamp="1409659589",
    nonce="263014780",
    echo="P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
)


# What XML lets a text name, in letters of two bytes, as which a parser may take it.
WIDE = '<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>'
WIDE = WIDE.encode("utf-16-be").decode("latin-1")


def a_call(closed: str) -> Call:
    query = wecom_stub.signed(closed)
    return Call(
        signature=query["msg_signature"],
        timestamp=query["timestamp"],
        nonce=query["nonce"],
        body=f"<xml><Encrypt><![CDATA[{closed}]]></Encrypt></xml>".encode(),
    )


def test_the_published_vector_is_opened():
    assert WecomCallbacks(COMPANY, TOKEN, KEY).echo(PUBLISHED) == "1616140317555161061"


def test_what_is_not_for_this_company_is_refused():
    with pytest.raises(Forbidden):
        WecomCallbacks("another", TOKEN, KEY).echo(PUBLISHED)


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce", "echo"])
def test_what_was_changed_on_the_way_is_refused(name: str):
    text = getattr(PUBLISHED, name)
    changed = replace(PUBLISHED, **{name: ("1" if text[0] != "1" else "2") + text[1:]})
    with pytest.raises(Forbidden):
        WecomCallbacks(COMPANY, TOKEN, KEY).echo(changed)


def test_an_event_is_read_as_it_was_closed():
    stub = wecom_stub.WecomStub()
    event = stub.add("xue", "wm<&>1", "code")
    query, body = stub.call(event)
    call = Call(
        signature=query["msg_signature"],
        timestamp=query["timestamp"],
        nonce=query["nonce"],
        body=body,
    )
    assert WecomCallbacks(wecom_stub.COMPANY, TOKEN, KEY).event(call) == event


@pytest.mark.parametrize("text", ["", "AAAA"])
def test_what_is_no_ciphertext_is_refused(text: str):
    with pytest.raises(Forbidden):
        WecomCallbacks(wecom_stub.COMPANY, TOKEN, KEY).event(a_call(text))


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("", wecom_stub.COMPANY),
        ("no", wecom_stub.COMPANY),
        ("<!DOCTYPE x><xml/>", wecom_stub.COMPANY),
        ("<xml/>", "another"),
        (WIDE, wecom_stub.COMPANY),
    ],
)
def test_whatever_else_is_closed_is_refused(text: str, company: str):
    call = a_call(wecom_stub.encrypted(text, company))
    with pytest.raises(Forbidden):
        WecomCallbacks(wecom_stub.COMPANY, TOKEN, KEY).event(call)
