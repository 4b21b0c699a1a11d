"""The machine check before people."""

from datetime import timedelta

from domain.catalogue.catalogue import ProductId
from domain.content.kinds import PostKind
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


def test_a_forbidden_claim_is_found_where_it_stands_with_its_rule():
    words = "今天上新：全国第一的羽绒服"
    [finding] = check(text(words))
    assert (finding.kind, finding.blocking) == (FindingKind.FORBIDDEN_CLAIM, True)
    assert (finding.field, words[finding.start : finding.end]) == ("body.0.text", "全国第一")
    assert "法" in finding.source
    assert finding.advice


def test_titles_captions_and_tags_are_checked_like_the_body():
    content = some_content(
        title="最佳羽绒服",
        body=(ImageBlock(asset_id=an_asset_id(), caption="顶级跑鞋"),),
        tags=("最优质",),
    )
    findings = [one for one in check(content) if one.kind is not FindingKind.UNUSABLE_ASSET]
    assert [one.field for one in findings] == ["title", "body.0.caption", "tags.0"]


def test_a_claim_that_proof_can_justify_is_advice():
    [finding] = check(text("行业首家使用"))
    assert (finding.kind, finding.blocking) == (FindingKind.DOUBTFUL_CLAIM, False)


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
    findings = {
        one.kind: one.blocking for one in check(text("最佳羽绒服，独家首发"), policy=policy)
    }
    assert findings == {FindingKind.FORBIDDEN_CLAIM: False, FindingKind.DOUBTFUL_CLAIM: True}
