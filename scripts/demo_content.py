"""The story of a post's whole life in the content bank."""

import io
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

from domain.kernel.ports import Ports
from scripts.client import Client
from scripts.demo_brand import PASSWORD
from scripts.telling import expect, refused, say, step

GUIDE = "sandbox:guide-0001-1"
PRODUCT = "10001"
CATEGORY = "穿搭/通勤"
CAMPAIGN_STARTS_IN = timedelta(seconds=14)

END = "userErrors { code field message }"
POST = """id version state
  revision { id number hash title }
  showing { scenes startsAt endsAt }
  review { findings { kind field start end message advice source blocking }
           comments { field message } }
  adaptation { stale differences { field base parent own conflict } }"""
DEPOSIT = f"""mutation($input: PostDepositInput!) {{
  postDeposit(input: $input) {{ post {{ {POST} }} {END} }} }}"""
REVISE = f"""mutation($id: ID!, $input: PostContentInput!, $version: Int!) {{
  postRevise(id: $id, input: $input, expectedVersion: $version) {{
    post {{ {POST} }} {END} }} }}"""
SUBMIT = f"mutation($id: ID!) {{ postSubmit(id: $id) {{ post {{ {POST} }} {END} }} }}"
APPROVE = f"""mutation($id: ID!, $scenes: [Scene!]!, $hash: String!) {{
  postApprove(id: $id, scenes: $scenes, expectedHash: $hash) {{ post {{ {POST} }} {END} }} }}"""
REJECT = f"""mutation($id: ID!, $comments: [ReviewCommentInput!]!) {{
  postReject(id: $id, comments: $comments) {{ post {{ {POST} }} {END} }} }}"""
CLAIM = f"mutation($id: ID!) {{ reviewClaim(postId: $id) {{ post {{ {POST} }} {END} }} }}"
PLAN = f"""mutation($name: String!, $startsAt: DateTime!) {{
  campaignPlan(name: $name, startsAt: $startsAt) {{ campaign {{ id startsAt }} {END} }} }}"""
ADD = f"""mutation($id: ID!, $postId: ID!) {{
  campaignAdd(id: $id, postId: $postId) {{
    campaign {{ posts {{ postId ready }} }} {END} }} }}"""
CAMPAIGNS = """query($since: DateTime!) { campaigns(since: $since) {
  nodes { id state posts { postId ready } } } }"""
ADAPT = f"""mutation($id: ID!, $input: PostAdaptInput!) {{
  postAdapt(id: $id, input: $input) {{ post {{ {POST} }} {END} }} }}"""
READAPT = f"""mutation($id: ID!, $input: PostAdaptInput!, $version: Int!) {{
  adaptationRevise(id: $id, input: $input, expectedVersion: $version) {{
    post {{ {POST} }} {END} }} }}"""
WITHDRAW = f"mutation($id: ID!) {{ postWithdraw(id: $id) {{ post {{ {POST} }} {END} }} }}"
ONE = f"query($id: ID!) {{ post(id: $id) {{ {POST} }} }}"
FIND = """query($text: String!) { posts(filter: {text: $text}, first: 50) {
  nodes { id revision { number title } } } }"""
UPLOAD = f"""mutation($file: Upload!) {{
  assetUpload(file: $file) {{ asset {{ id version }} {END} }} }}"""
WITHDRAW_ASSET = f"""mutation($id: ID!, $version: Int!) {{
  assetWithdraw(id: $id, because: "摄影师收回授权", expectedVersion: $version) {{ {END} }} }}"""
RECORDS = """query($id: ID!) { recordsOf(kind: "post", id: $id, first: 50) {
  nodes { at action actorRole actor { id } } } }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePorts(Ports):
    """Who takes part; the word is in every title of this telling and in no other."""

    editor: Client
    reviewer: Client
    manager: Client
    guide: Client
    word: str

    def finds(self, post_id: str) -> dict[str, Any] | None:
        """The revision of a post that the guide finds by the word."""
        nodes = self.guide.run(FIND, text=self.word)["posts"]["nodes"]
        return next((node["revision"] for node in nodes if node["id"] == post_id), None)

    def content(self, title: str, text: str, **more: Any) -> dict[str, Any]:
        """What an editor writes."""
        return {
            "title": f"{title} {self.word}",
            "category": CATEGORY,
            "scenes": ["MOMENTS", "IN_STORE"],
            "body": [{"text": text}],
            "productIds": [PRODUCT],
            "unlocked": ["TITLE"],
            **more,
        }


async def tell(url: str) -> None:
    """Tell the whole life of a post against a running service."""
    client = Client(url)
    people = PeoplePorts(
        editor=client.signed_in("editor", PASSWORD),
        reviewer=client.signed_in("reviewer", PASSWORD),
        manager=client.signed_in("manager", PASSWORD),
        guide=client.as_guide(GUIDE),
        word=f"d{secrets.token_hex(4)}",
    )
    post = rejected_at_first(people)
    post = approved_at_last(people, post)
    own = adapted_by_a_store(people, post)
    gone_stale_and_fresh_again(people, post, own)
    live_together(people)
    without_its_picture(people)
    withdrawn_with_its_adaptation(people, post, own)
    written_down(people, post)


def rejected_at_first(people: PeoplePorts) -> dict[str, Any]:
    """The machine finds a forbidden claim, and the reviewer sends the revision back."""
    step("1  A first try is rejected")
    wrong = people.content("通勤也要暖", "全国第一的羽绒服，最暖的一件。")
    post = done(people.editor, DEPOSIT, input=wrong)
    post = done(people.editor, SUBMIT, id=post["id"])
    findings = post["review"]["findings"]
    text = wrong["body"][0]["text"]
    for one in findings:
        at = slice(one["start"], one["end"])
        say(f"machine check, {one['field']}: “{text[at]}” — {one['advice']}（{one['source']}）")
    expect(len(findings) == 2 and all(one["blocking"] for one in findings), "two blocking findings")
    done(people.reviewer, CLAIM, id=post["id"])
    vote = {"id": post["id"], "scenes": ["MOMENTS"], "hash": post["revision"]["hash"]}
    say(f"the reviewer can't approve it: {refused(people.reviewer, APPROVE, **vote)}")
    comments = [{"field": "body.0.text", "message": "请写出充绒量，去掉绝对化用语。"}]
    post = done(people.reviewer, REJECT, id=post["id"], comments=comments)
    say(f"rejected: {post['review']['comments'][0]['message']}")
    return post


def approved_at_last(people: PeoplePorts, post: dict[str, Any]) -> dict[str, Any]:
    """A better revision passes, and a guide finds it."""
    step("2  The second revision is approved")
    better = people.content("通勤也要暖", "充绒量180克，地铁口走二十分钟，手还是热的。")
    post = done(people.editor, REVISE, id=post["id"], input=better, version=post["version"])
    post = approved(people, people.editor, post)
    found = people.finds(post["id"])
    expect(found is not None and found["number"] == 2, "the guide finds revision 2")
    say(f"on show for {', '.join(post['showing']['scenes'])}; the guide finds revision 2")
    return post


def adapted_by_a_store(people: PeoplePorts, post: dict[str, Any]) -> dict[str, Any]:
    """The store's manager changes what is unlocked, and no more."""
    step("3  A store makes it its own")
    locked = {"tags": ["本店"]}
    say(f"another tag: {refused(people.manager, ADAPT, id=post['id'], input=locked)}")
    own_title = {"title": f"本店陪你通勤 {people.word}"}
    own = done(people.manager, ADAPT, id=post["id"], input=own_title)
    tell_differences(own)
    own = approved(people, people.manager, own)
    expect(people.finds(own["id"]) is not None, "the store's guide finds the adaptation")
    say("reviewed; the store's guide finds it beside the brand's")
    return own


def gone_stale_and_fresh_again(
    people: PeoplePorts, post: dict[str, Any], own: dict[str, Any]
) -> None:
    """The parent changes; the adaptation is stale until it is adapted anew."""
    step("4  The brand's post changes, and the adaptation goes stale")
    newer = people.content("早高峰也要暖", "充绒量200克，地铁口走二十分钟，手还是热的。")
    now = people.editor.run(ONE, id=post["id"])["post"]
    revised = done(people.editor, REVISE, id=post["id"], input=newer, version=now["version"])
    found = people.finds(post["id"])
    expect(found is not None and found["number"] == 2, "revision 2 stays until 3 is approved")
    approved(people, people.editor, revised)
    found = people.finds(post["id"])
    expect(found is not None and found["number"] == 3, "the guide finds revision 3 now")
    stale = people.manager.run(ONE, id=own["id"])["post"]
    expect(stale["adaptation"]["stale"], "the adaptation is stale")
    tell_differences(stale)
    again = {"title": f"本店陪你早高峰 {people.word}"}
    fresh = done(people.manager, READAPT, id=own["id"], input=again, version=stale["version"])
    expect(not fresh["adaptation"]["stale"], "the adaptation is fresh again")
    approved(people, people.manager, fresh)
    say("adapted anew and reviewed: fresh again")


def live_together(people: PeoplePorts) -> None:
    """Two posts of a campaign appear at one instant."""
    step("5  A campaign goes live at its moment")
    starts_at = datetime.now(UTC) + CAMPAIGN_STARTS_IN
    plan = {"name": f"周末通勤 {people.word}", "startsAt": starts_at.isoformat()}
    campaign = people.editor.run(PLAN, **plan)["campaignPlan"]["campaign"]
    posts = []
    for title in ("周六", "周日"):
        post = done(people.editor, DEPOSIT, input=people.content(title, "出门走走。"))
        people.editor.run(ADD, id=campaign["id"], postId=post["id"])
        posts.append(approved(people, people.editor, post))
    since = (starts_at - timedelta(seconds=1)).isoformat()
    planned = people.editor.run(CAMPAIGNS, since=since)["campaigns"]["nodes"]
    ready = next(one for one in planned if one["id"] == campaign["id"])
    expect(all(one["ready"] for one in ready["posts"]), "both posts are ready")
    expect(not any(people.finds(post["id"]) for post in posts), "nobody finds them yet")
    left = (starts_at - datetime.now(UTC)).total_seconds()
    say(f"both are approved and nobody finds them; {left:.0f} seconds to go")
    expect(left > 0, "the campaign has not begun before its posts were approved")
    time.sleep(left + 0.1)
    expect(all(people.finds(post["id"]) for post in posts), "both are found from the start on")
    say("the moment has come: the guide finds both")


def without_its_picture(people: PeoplePorts) -> None:
    """A withdrawn asset takes the posts that show it along."""
    step("6  A picture is withdrawn")
    upload = people.editor.upload(UPLOAD, f"{people.word}.png", picture(people.word))
    asset = upload["assetUpload"]["asset"]
    wanted = people.content("雪后", "脚印是新的。", cover=asset["id"])
    post = done(people.editor, DEPOSIT, input=wanted)
    post = approved(people, people.editor, post)
    expect(people.finds(post["id"]) is not None, "the guide finds the post with its picture")
    people.editor.run(WITHDRAW_ASSET, id=asset["id"], version=asset["version"])
    expect(people.finds(post["id"]) is None, "the post is off show with its picture")
    say("the photographer takes the licence back: the post that shows it is gone for every guide")


def withdrawn_with_its_adaptation(
    people: PeoplePorts, post: dict[str, Any], own: dict[str, Any]
) -> None:
    """What the brand withdraws is withdrawn in the stores."""
    step("7  The brand withdraws the post")
    done(people.editor, WITHDRAW, id=post["id"])
    left = [one for one in (post["id"], own["id"]) if people.finds(one)]
    expect(not left, "neither the post nor its adaptation is found")
    state = people.manager.run(ONE, id=own["id"])["post"]["state"]
    expect(state == "WITHDRAWN", "the adaptation is withdrawn too")
    say("gone at once, and with it the store's own version")


def written_down(people: PeoplePorts, post: dict[str, Any]) -> None:
    """Every step is in the book of records."""
    step("8  Who did what")
    records = people.reviewer.run(RECORDS, id=post["id"])["recordsOf"]["nodes"]
    for one in reversed(records):
        who = f"{one['actorRole'].lower()} {one['actor']['id']}"
        say(f"{one['at'][11:19]}  {one['action']:<13} {who}")
    actions = [one["action"] for one in records]
    expect(actions[-1] == "postDeposit" and actions[0] == "postWithdraw", "the whole life is there")


def done(person: Client, document: str, **variables: Any) -> dict[str, Any]:
    """Do something to a post; the post as it is then."""
    [payload] = person.run(document, **variables).values()
    post: dict[str, Any] = payload["post"]
    return post


def approved(people: PeoplePorts, author: Client, post: dict[str, Any]) -> dict[str, Any]:
    """Submit a post and have the reviewer approve it for moments and the stores."""
    done(author, SUBMIT, id=post["id"])
    vote = {"scenes": ["MOMENTS", "IN_STORE"], "hash": post["revision"]["hash"]}
    return done(people.reviewer, APPROVE, id=post["id"], **vote)


def tell_differences(post: dict[str, Any]) -> None:
    """Print how an adaptation differs from its parent."""
    for one in post["adaptation"]["differences"]:
        mark = "conflict" if one["conflict"] else "changed"
        say(f"{one['field'].lower()} ({mark}): parent then {one['base']}")
        say(f"    parent now {one['parent']}, store {one['own']}")


def picture(word: str) -> bytes:
    """A picture that nobody has uploaded before."""
    image = Image.new("RGB", (1080, 1440), "#dfe8f0")
    ImageDraw.Draw(image).text((80, 80), word, fill="#24405a", font_size=120)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
