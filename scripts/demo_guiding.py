"""A task for every guide, a reward, the board of guides who do well, and two days of a contest."""

import secrets
from datetime import UTC, datetime
from functools import partial
from typing import Any

from domain.kernel.days import beijing_day
from scripts import demo_contest
from scripts.client import Client
from scripts.demo_brand import PASSWORD
from scripts.demo_story import APPROVE as APPROVE_POST
from scripts.demo_story import GUIDE, MUTATION_END, OPEN, SUBMIT
from scripts.telling import expect, refused, say, soon, step

PRODUCT = "{ products(first: 1) { nodes { id name } } }"
WRITE = f"""mutation($product: ID!, $key: String!) {{ taskTemplateCreate(
  input: {{title: "晒晒羽绒服",
  text: "发到朋友圈，请三位顾客来看。", proof: VISITORS, target: 3, coins: 20,
  content: {{kind: PRODUCT, targetId: $product, scene: MOMENTS}}}}, idempotencyKey: $key) {{
  template {{ id state }} {MUTATION_END} }} }}"""
APPROVE = f"""mutation($id: ID!) {{ taskTemplateApprove(id: $id) {{
  template {{ state }} {MUTATION_END} }} }}"""
PUBLISH = f"""mutation($template: ID!, $day: String!, $key: String!) {{ taskPublish(input: {{
  templateId: $template, audience: {{}}, recurrence: ONCE, startsOn: $day, endsOn: $day,
  remindHours: [15, 20]}}, idempotencyKey: $key) {{ task {{ id guides }} {MUTATION_END} }} }}"""
TOGETHER = f"""mutation($product: ID!, $key: String!) {{ taskTemplateCreate(
  input: {{title: "全店一起来",
  text: "全店分享同一件，请两位顾客来看。", proof: VISITORS, target: 2, unit: STORE, coins: 10,
  content: {{kind: PRODUCT, targetId: $product, scene: MOMENTS}}}}, idempotencyKey: $key) {{
  template {{ id }} {MUTATION_END} }} }}"""
TO_STORE = f"""mutation($template: ID!, $day: String!, $key: String!) {{ taskPublish(input: {{
  templateId: $template, audience: {{storeIds: ["S0001"]}}, roles: [GUIDE, STORE_MANAGER],
  recurrence: ONCE, startsOn: $day, endsOn: $day}}, idempotencyKey: $key) {{
  task {{ id guides }} {MUTATION_END} }} }}"""
STORE_SEES = "{ ownTasks { url measured state task { id work { title coins } } } }"
FAR = """query($id: ID!) { taskCompletion(id: $id) { guides done
  regions { regionId guides done } } }"""
MINE = "{ ownTasks { url measured state task { id work { title coins } } } ownCoins { active } }"
TODAY = "{ ownToday { worth done task { task { work { title } } } customer { kind words } } }"
REWARD = f"""mutation {{ coinRewardSave(input: {{name: "保温杯", coins: 20}}, expectedVersion: 0) {{
  reward {{ id }} {MUTATION_END} }} }}"""
STOCK = f"""mutation($id: ID!, $key: String!) {{ coinRewardStock(id: $id, units: 1,
  idempotencyKey: $key) {{ reward {{ left }} {MUTATION_END} }} }}"""
ORDER = f"""mutation($id: ID!, $key: String!) {{ coinRewardOrder(id: $id, idempotencyKey: $key) {{
  order {{ state }} {MUTATION_END} }} }}"""
CATEGORY = f"""mutation($path: String!) {{ categoryCreate(path: $path) {{
  category {{ id }} {MUTATION_END} }} }}"""
TOPIC = f"""mutation($id: ID!) {{ learningTopicSave(input: {{id: $id, name: "经验"}},
  expectedVersion: 0) {{ topic {{ id }} {MUTATION_END} }} }}"""
SAY = f"""mutation($place: RemarkPlace!, $id: ID!, $words: String!, $key: String!) {{
  remarkSay(place: $place, id: $id, words: $words, idempotencyKey: $key) {{
  remark {{ id authorName words }} {MUTATION_END} }} }}"""
TEACH = f"""mutation($remark: ID!) {{ remarkDeposit(id: $remark, title: "试穿时多问一句",
  category: "培训/经验") {{ post {{ id revision {{ hash }} }} {MUTATION_END} }} }}"""
PUT = f"""mutation($post: ID!) {{ boardPut(postId: $post, guideId: "G0001-1") {{
  post {{ guideName }} {MUTATION_END} }} }}"""
LIKE = f"""mutation($id: ID!) {{ remarkLike(place: POST, id: $id) {{
  likes {MUTATION_END} }} }}"""
BOARD = "{ guideBoard(first: 1) { nodes { guideName likes post { revision { title } } } } }"
COLLEAGUE = "sandbox:guide-0001-2"
TIP = "先问顾客去哪里穿，再挑厚度。"


async def tell(url: str, guides: int = demo_contest.GUIDES) -> None:
    """Tell of one task; raises WentWrong where anything counts that did not happen."""
    client = Client(url)
    office = client.signed_in("office", PASSWORD)
    reviewer = client.signed_in("reviewer", PASSWORD)
    task = asked(office, reviewer)
    guide = client.as_guide(GUIDE)
    link = found(guide, task)
    measured(client, office, guide, task, link)
    spent(office, guide)
    together(client, office, reviewer, guide)
    on_board(client, guide)
    await demo_contest.tell(7, guides)


def asked(office: Client, reviewer: Client) -> str:
    """Head office writes a task, somebody else approves it, and every guide is asked."""
    step("1  Every guide is asked")
    product = office.run(PRODUCT)["products"]["nodes"][0]
    written = office.run(WRITE, product=product["id"], key=secrets.token_hex(8))
    template = written["taskTemplateCreate"]["template"]["id"]
    say(f"head office may not approve words of its own: {refused(office, APPROVE, id=template)}")
    reviewer.run(APPROVE, id=template)
    day = beijing_day(datetime.now(UTC)).isoformat()
    published = office.run(PUBLISH, template=template, day=day, key=secrets.token_hex(8))
    task = published["taskPublish"]["task"]
    done = soon(
        lambda: far(office, task["id"]),
        lambda one: bool(one["guides"] == task["guides"]),
        within_s=120,
    )
    expect(done["guides"] == task["guides"], f"all {task['guides']} guides are asked")
    say(f"{task['guides']} guides find it in their lists: share {product['name']}")
    return str(task["id"])


def found(guide: Client, task: str) -> str:
    """The guide finds it in the list of today, with a link."""
    step("2  A guide's today")
    for one in guide.run(TODAY)["ownToday"][:5]:
        what = one["task"]["task"]["work"]["title"] if one["task"] else one["customer"]["words"]
        say(f"{one['worth']:>3} {what}")
    url = str(mine(guide, task)["url"])
    say(f"one link of their own: {url}")
    return url


def measured(client: Client, office: Client, guide: Client, task: str, link: str) -> None:
    """Visitors come, and only what happened counts."""
    step("3  Customers come")
    code = link.rpartition("/")[2]
    before = guide.run(MINE)["ownCoins"]["active"]
    guide.run(OPEN, code=code)
    for n in (1, 2, 3):
        visitor = client.as_visitor()
        for _ in range(2):
            visitor.run(OPEN, code=code)
        now = soon(partial(mine, guide, task), partial(counts, n))
        expect(now["measured"] == str(n), f"{n} visitors count, not {now['measured']}")
        say(f"visitor {n} looks twice, and counts once")
    say("the guide's own look counts for nothing")
    after = soon(lambda: int(guide.run(MINE)["ownCoins"]["active"]), lambda one: one == before + 20)
    expect(after == before + 20, "the task pays 20 coins, once")
    done = soon(lambda: far(office, task), lambda one: bool(one["done"] == 1))
    region = next(one for one in done["regions"] if one["done"])
    say(
        f"done by {done['done']} of {done['guides']}, in region {region['regionId']}; 20 coins paid"
    )


def spent(office: Client, guide: Client) -> None:
    """The coins buy what there is one of."""
    step("4  The shop of rewards")
    reward = office.run(REWARD)["coinRewardSave"]["reward"]["id"]
    office.run(STOCK, id=reward, key=secrets.token_hex(8))
    guide.run(ORDER, id=reward, key=secrets.token_hex(8))
    say(f"one 保温杯 for 20 coins; another one: {refused(guide, ORDER, id=reward, key='again')}")


def together(client: Client, office: Client, reviewer: Client, guide: Client) -> None:
    """A store's guides reach one target together, and its manager sees how far they are."""
    step("5  A store does it together")
    product = office.run(PRODUCT)["products"]["nodes"][0]
    written = office.run(TOGETHER, product=product["id"], key=secrets.token_hex(8))
    made = written["taskTemplateCreate"]["template"]["id"]
    reviewer.run(APPROVE, id=made)
    day = beijing_day(datetime.now(UTC)).isoformat()
    published = office.run(TO_STORE, template=made, day=day, key=secrets.token_hex(8))
    task = published["taskPublish"]["task"]
    colleague = client.as_guide(COLLEAGUE)
    manager = client.signed_in("manager", PASSWORD)

    def seen(who: Client) -> dict[str, Any]:
        found = who.run(STORE_SEES)["ownTasks"]
        return next((one for one in found if one["task"]["id"] == task["id"]), {})

    before = guide.run(MINE)["ownCoins"]["active"]
    for who in (guide, colleague):
        url = str(soon(partial(seen, who), bool)["url"])
        client.as_visitor().run(OPEN, code=url.rpartition("/")[2])
    copy = soon(partial(seen, manager), lambda one: one.get("state") == "DONE")
    expect((copy["measured"], copy["url"]) == ("2", None), "one visitor of each is two together")
    after = soon(lambda: int(guide.run(MINE)["ownCoins"]["active"]), lambda one: one == before + 10)
    expect(after == before + 10, "each guide of the store is paid")
    say(f"asked of {task['guides']}; one visitor each of two guides, 10 coins for every guide")
    say("the manager sees it done, and has no coins of it")


def on_board(client: Client, guide: Client) -> None:
    """What a guide says well is reviewed as content, and stands on the board."""
    step("6  The board of guides who do well")
    editor, reviewer = client.signed_in("editor", PASSWORD), client.signed_in("reviewer", PASSWORD)
    office = client.signed_in("office", PASSWORD)
    office.run(CATEGORY, path="培训/经验")
    topic = f"tips-{secrets.token_hex(3)}"
    editor.run(TOPIC, id=topic)
    key = secrets.token_hex(8)
    said = guide.run(SAY, place="TOPIC", id=topic, words=TIP, key=key)["remarkSay"]["remark"]
    say(f"{said['authorName']} answers about {topic}: {said['words']}")
    post = editor.run(TEACH, remark=said["id"])["remarkDeposit"]["post"]
    say(f"before its review: {refused(office, PUT, post=post['id'])}")
    editor.run(SUBMIT, id=post["id"])
    seen = {"scenes": ["INTERNAL"], "hash": post["revision"]["hash"]}
    reviewer.run(APPROVE_POST, id=post["id"], **seen)
    office.run(PUT, post=post["id"])
    for one in (guide, client.signed_in("manager", PASSWORD)):
        one.run(LIKE, id=post["id"])
    best = guide.run(BOARD)["guideBoard"]["nodes"][0]
    expect(best["likes"] == 2, "two like it")
    say(f"on the board: {best['post']['revision']['title']}, {best['likes']} likes")


def far(office: Client, task: str) -> dict[str, Any]:
    """How far all are with a task."""
    return dict(office.run(FAR, id=task)["taskCompletion"])


def mine(guide: Client, task: str) -> dict[str, Any]:
    """The guide's copy of a task."""
    return next(one for one in guide.run(MINE)["ownTasks"] if one["task"]["id"] == task)


def counts(visitors: int, copy: dict[str, Any]) -> bool:
    """Whether so many visitors are counted for a guide's copy."""
    return bool(copy["measured"] == str(visitors))
