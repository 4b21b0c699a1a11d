"""The machine check before people."""

from datetime import timedelta

import pytest

from domain.catalogue.catalogue import ProductId
from domain.content.kinds import PostKind
from domain.content.reviews.claims import find_claims
from domain.content.reviews.machine_check import Surroundings, machine_check
from domain.content.reviews.policies import ReviewPolicy
from domain.content.reviews.review import FindingKind
from domain.content.revisions import ImageBlock, TextBlock
from domain.content.scenes import Scene
from domain.kernel.ids import PersonId
from domain.media.assets import Asset, AssetId, AssetState, Kind, Rights
from storage.advertising_claims import read_claims
from tests.support.builders import NOON, a_product
from tests.support.content import an_asset_id, some_content

CLAIMS = read_claims()


def an_asset(id: AssetId, **changes):
    fields = {
        "id": id,
        "sha256": "ab" * 32,
        "kind": Kind.IMAGE,
        "content_type": "image/jpeg",
        "bytes": 1,
        "width": 1080,
        "height": 1080,
        "duration_ms": None,
        "file_name": "snow.jpg",
        "uploaded_by": PersonId("staff_lin"),
        "uploaded_at": NOON,
    }
    return Asset(**{**fields, **changes})


def check(content, *assets, policy=None, products=()):
    surroundings = Surroundings(
        policy=policy or ReviewPolicy(kind=PostKind.MATERIAL),
        claims=CLAIMS,
        assets={asset.id: asset for asset in assets},
        products={product.id: product for product in products},
    )
    return machine_check(content, surroundings, now=NOON)


def text(words):
    return some_content(body=(TextBlock(text=words),))


@pytest.mark.parametrize(
    ("words", "claimed"),
    [
        ("这是最佳的选择", "最佳"),
        ("國家級工艺", "國家級"),
        ("最 佳 羽绒服", "最 佳"),
        ("品质\u200b顶\u200b级", "顶\u200b级"),
        ("全国第一的羽绒服", "全国第一"),
        ("能治疗关节痛", "治疗"),
    ],
)
def test_a_forbidden_claim_is_found_where_it_stands_with_its_rule(words, claimed):
    [finding] = check(text(words))
    assert (finding.kind, finding.blocking) == (FindingKind.FORBIDDEN_CLAIM, True)
    assert (finding.field, words[finding.start : finding.end]) == ("body.0.text", claimed)
    assert "法" in finding.source
    assert finding.advice


@pytest.mark.parametrize(
    "words", ["第一时间到店试穿", "下雪天最好先穿上它", "他来自国家。级别不重要", "今年第一场雪"]
)
def test_what_only_looks_like_a_claim_is_none(words):
    assert check(text(words)) == ()


def test_a_claim_that_proof_can_justify_is_advice():
    [finding] = check(text("行业首家使用"))
    assert (finding.kind, finding.blocking) == (FindingKind.DOUBTFUL_CLAIM, False)


def test_a_claim_within_a_longer_one_is_told_once():
    assert [one.claim.term for one in find_claims("全网最低价", CLAIMS)] == ["全网最低", "最低价"]
    assert [one.claim.term for one in find_claims("最优质", CLAIMS)] == ["最优质"]


def test_every_entry_of_the_list_names_its_source_and_its_advice():
    assert len(CLAIMS) > 60
    assert len({claim.term for claim in CLAIMS}) == len(CLAIMS)
    for claim in CLAIMS:
        assert claim.source
        assert claim.advice
        assert find_claims(claim.term, CLAIMS)
        for exception in claim.exceptions:
            assert claim not in [one.claim for one in find_claims(exception, CLAIMS)]


def test_a_disclaimer_that_the_category_asks_for_must_be_there():
    policy = ReviewPolicy(kind=PostKind.MATERIAL, disclaimers=("图片仅供参考，以实物为准",))
    [finding] = check(text("暖和"), policy=policy)
    assert finding.kind is FindingKind.MISSING_DISCLAIMER
    assert check(text("暖和。圖片僅供參考，以實物為准！"), policy=policy) == ()


def test_a_product_that_is_not_on_the_shelf_is_a_dead_link():
    content = some_content(products=(ProductId("10001"), ProductId("10002")))
    sold = a_product("10001")
    gone = a_product("10002", off_shelf_at=NOON)
    [finding] = check(content, products=[sold, gone])
    assert (finding.kind, finding.field) == (FindingKind.DEAD_PRODUCT, "products.1")


def test_assets_that_may_not_be_shown_are_named_by_field():
    content = some_content(cover=an_asset_id("ab"), body=(ImageBlock(asset_id=an_asset_id("cd")),))
    expired = an_asset(an_asset_id("ab"), rights=Rights(expires_at=NOON - timedelta(days=1)))
    withdrawn = an_asset(an_asset_id("cd"), state=AssetState.WITHDRAWN)
    findings = [one for one in check(content, expired, withdrawn) if one.blocking]
    assert [(one.kind, one.field) for one in findings] == [
        (FindingKind.UNUSABLE_ASSET, "cover"),
        (FindingKind.UNUSABLE_ASSET, "body.0.assetId"),
    ]


def test_a_picture_too_small_or_of_the_wrong_shape_for_a_scene_is_advice():
    content = some_content(cover=an_asset_id(), scenes=frozenset({Scene.MOMENTS}))
    small = check(content, an_asset(an_asset_id(), width=600, height=600))
    assert [one.kind for one in small] == [FindingKind.IMAGE_TOO_SMALL]
    wide = check(content, an_asset(an_asset_id(), width=4000, height=1080))
    assert [one.kind for one in wide] == [FindingKind.IMAGE_SHAPE]
    assert check(content, an_asset(an_asset_id(), width=1080, height=1440)) == ()
    assert not any(one.blocking for one in (*small, *wide))


def test_the_policy_decides_what_blocks():
    policy = ReviewPolicy(kind=PostKind.MATERIAL, blocking=frozenset({FindingKind.DOUBTFUL_CLAIM}))
    findings = {one.kind: one.blocking for one in check(text("最佳，唯一"), policy=policy)}
    assert findings == {FindingKind.FORBIDDEN_CLAIM: False, FindingKind.DOUBTFUL_CLAIM: True}
