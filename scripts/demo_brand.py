"""The demo brand, loaded through the same public imports that a brand would use."""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

from domain.kernel.refusals import Conflict
from domain.people.act import by_the_clock
from domain.people.staff import NewAccount, open_account
from domain.people.viewer import Role
from qianmian.clock import now
from qianmian.opening import opened
from qianmian.settings import Settings
from qianmian.wiring.people import operator_ports
from scripts.client import Client
from scripts.demo_layers import demo_layers
from scripts.demo_places import DEMO, as_csv, guide_rows, read, stock_rows, store_rows

Say = Callable[[str], None]

PASSWORD = "shanyu-demo-2026"  # noqa: S105 - of demo accounts, which production refuses to make
ACCOUNTS = (
    NewAccount(login="office", name="总部·周岚", role=Role.HEAD_OFFICE),
    NewAccount(login="editor", name="内容编辑·林溪", role=Role.EDITOR, department="brand"),
    NewAccount(login="reviewer", name="内容审核·方宁", role=Role.REVIEWER, department="brand"),
    NewAccount(login="manager", name="店长·沈舟", role=Role.STORE_MANAGER, store_id="S0001"),
    NewAccount(login="region", name="区域经理·许川", role=Role.REGION_MANAGER, region_id="110100"),
    NewAccount(login="trainer", name="培训师·江禾", role=Role.TRAINER),
    NewAccount(login="owner", name="加盟商·云麓", role=Role.FRANCHISEE, owner_id="fr-001"),
    NewAccount(login="finance", name="财务·贺英", role=Role.FINANCE),
    NewAccount(login="till", name="收银与仓储系统", role=Role.FEED),
)
ROWS_A_REQUEST = 20_000
UPLOADS_AT_ONCE = 4
IMPORT = """mutation($file: Upload!) { done: %s(file: $file, mode: ALL_OR_NOTHING) {
  report { rows created changed unchanged errors { file line column message } }
  userErrors { code field message } } }"""


async def prepare(settings: Settings) -> None:
    """Open the demo accounts where they are missing; asks the database directly."""
    async with opened(settings) as base:
        ports = operator_ports(base)
        for account in ACCOUNTS:
            act = by_the_clock(now(), partial("{1}_{0}".format, account.login))
            with contextlib.suppress(Conflict):
                await open_account(ports, act, replace(account, password=PASSWORD))


def people() -> list[dict[str, str]]:
    """Everybody whom the desk lets in by one click."""
    staff = [
        {"name": one.name, "role": one.role.value, "login": one.login, "password": PASSWORD}
        for one in ACCOUNTS
    ]
    guide = {"name": "导购", "role": Role.GUIDE.value, "code": "sandbox:guide-0001-1"}
    member = {"name": "会员·小满", "role": Role.MEMBER.value, "code": "sandbox:xiaoman"}
    return [*staff, guide, member]


def load(url: str, stores: int, say: Say) -> None:
    """Import the whole brand, unless it is there already."""
    office = Client(url).signed_in("office", PASSWORD)
    found = office.run("{ stores(first: 1) { totalCount } posts(first: 1) { totalCount } }")
    if found["posts"]["totalCount"]:
        say(f"the brand is there: {found['stores']['totalCount']} stores")
        return
    say("loading the demo brand: pictures")
    upload_pictures(Client(url).signed_in("editor", PASSWORD), say)
    store_list = store_rows(stores)
    products = read("products.csv")
    guides = guide_rows(store_list)
    counted_at = datetime.now(UTC).isoformat(timespec="seconds")
    skus = [row["sku"] for row in products]
    take_in(office, "ownersImport", "owners.csv", read("owners.csv"), say)
    take_in(office, "storesImport", "stores.csv", store_list, say)
    take_in(office, "guidesImport", "guides.csv", guides, say)
    take_in(office, "productsImport", "products.csv", products, say, rows_a_request=len(products))
    with ThreadPoolExecutor() as beside:
        # Stock keeps the database busy, and content the service.
        counts = stock_rows(store_list, skus, counted_at)
        stock = beside.submit(take_in, office, "stockImport", "stock.csv", counts, say)
        layers = "\n".join(demo_layers(store_list)).encode()
        uploaded = office.upload(IMPORT % "layersImport", "layers.jsonl", layers)
        say_report(say, "layers.jsonl", uploaded)
        publish_templates(url, say)
        publish_posts(url, say)
        stock.result()


def load_stores(office: Client, stores: int, say: Say) -> list[dict[str, str]]:
    """Import the stores and their guides alone, without pictures; the guides' rows."""
    rows = store_rows(stores)
    guides = [{**one, "avatar": ""} for one in guide_rows(rows)]
    take_in(office, "ownersImport", "owners.csv", read("owners.csv"), say)
    take_in(office, "storesImport", "stores.csv", rows, say)
    take_in(office, "guidesImport", "guides.csv", guides, say)
    return guides


def load_products(office: Client, say: Say) -> None:
    """Import the products alone, without pictures."""
    rows = [{**one, "images": ""} for one in read("products.csv")]
    take_in(office, "productsImport", "products.csv", rows, say, rows_a_request=len(rows))


def upload_pictures(editor: Client, say: Say) -> None:
    """Upload every picture of the demo folder."""
    files = sorted(path for path in (DEMO / "images").rglob("*") if path.is_file())

    def upload(file: Path) -> None:
        editor.upload(
            "mutation($file: Upload!) { assetUpload(file: $file) { userErrors { message } } }",
            file.name,
            file.read_bytes(),
        )

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as several:
        for count, _ in enumerate(several.map(upload, files), start=1):
            if count % 25 == 0 or count == len(files):
                say(f"  {count} of {len(files)} pictures")


def take_in(
    office: Client,
    mutation: str,
    name: str,
    rows: Iterable[dict[str, str]],
    say: Say,
    *,
    rows_a_request: int = ROWS_A_REQUEST,
) -> None:
    """Send rows as CSV files of a bearable size."""
    for part in parts(rows, rows_a_request):
        say_report(say, name, office.upload(IMPORT % mutation, name, as_csv(part)))


def parts(rows: Iterable[dict[str, str]], size: int) -> Iterator[list[dict[str, str]]]:
    """Cut rows into lists of at most `size`."""
    rest = iter(rows)
    while part := list(islice(rest, size)):
        yield part


def say_report(say: Say, name: str, answer: dict[str, object]) -> None:
    """Say what came of a file."""
    done = answer["done"]
    report = done["report"] if isinstance(done, dict) else {}
    say(f"  {name}: {report['rows']} rows, {report['created']} new")


def publish_templates(url: str, say: Say) -> None:
    """Have the editor hand in the poster templates and the reviewer let them out."""
    files = sorted((DEMO / "templates").glob("*.json"))
    files.sort(key=lambda file: file.stem != "product")  # the first one is used unless asked
    with contextlib.closing(Client(url)) as client:
        editor, reviewer = (client.signed_in(one, PASSWORD) for one in ("editor", "reviewer"))
        for file in files:
            created = editor.run(
                """mutation($input: PosterTemplateCreateInput!) {
                  done: posterTemplateCreate(input: $input) {
                    template { id } userErrors { code field message } } }""",
                input=json.loads(file.read_text("utf-8")),
            )
            first = {"id": created["done"]["template"]["id"], "number": 1}
            for person, action in ((editor, "Submit"), (reviewer, "Approve")):
                person.run(
                    f"""mutation($id: ID!, $number: Int!) {{
                      posterTemplate{action}(id: $id, number: $number) {{
                        userErrors {{ code field message }} }} }}""",
                    **first,
                )
    say(f"  {len(files)} poster templates")


def publish_posts(url: str, say: Say) -> None:
    """Import the brand's posts and have the reviewer approve each for the scenes it asks for."""
    office = Client(url).signed_in("office", PASSWORD)
    reviewer = Client(url).signed_in("reviewer", PASSWORD)
    file = DEMO / "posts.jsonl"
    say_report(say, file.name, office.upload(IMPORT % "postsImport", file.name, file.read_bytes()))
    drafts = office.run(
        """{ posts(filter: { state: DRAFT }, first: 100) {
          nodes { id revision { hash scenes } } } }"""
    )["posts"]["nodes"]
    for post in drafts:
        office.run(
            "mutation($id: ID!) { postSubmit(id: $id) { userErrors { code field message } } }",
            id=post["id"],
        )
        reviewer.run(
            """mutation($id: ID!, $scenes: [Scene!]!, $hash: String!) {
              postApprove(id: $id, scenes: $scenes, expectedHash: $hash) {
                userErrors { code field message } } }""",
            id=post["id"],
            scenes=post["revision"]["scenes"],
            hash=post["revision"]["hash"],
        )
    say(f"  {len(drafts)} posts approved")


def welcome(url: str) -> str:
    """What to do next, for the person who started the service."""
    accounts = "\n".join(
        f"    {one.login:<10} {one.role.value.lower():<14} {one.name}" for one in ACCOUNTS
    )
    return f"""
千面 Qianmian is at {url}

  the desk, where each of these is one click    {url}/desk
  the reference mini-mall                       {url}/mall
  GraphQL, with a page to try it in a browser   {url}/graphql
  health and readiness                          {url}/health  {url}/ready

  staff, all with the password {PASSWORD}
{accounts}
  guides sign in with a WeCom code, in the sandbox   sandbox:guide-0001-1
  consumers with a WeChat code, in the sandbox       sandbox:ANY_NAME

  try next, in another terminal:  scripts/demo --url {url}
  Ctrl-C stops everything; the next start finds the data as it was."""
