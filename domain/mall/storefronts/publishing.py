"""Publishing layers, rolling them back, and setting what they may say."""

import contextlib
from collections.abc import Iterable
from dataclasses import replace

from domain.kernel.refusals import Conflict, NotFound
from domain.kernel.uses import User, UserKind, asset_use, product_use, saving
from domain.mall.faces.layers import Arrangement, Layer, LayerId
from domain.mall.faces.modules import Banner
from domain.mall.faces.policy import Policy
from domain.mall.reference import Reference
from domain.mall.storefronts.arranging import LayerPorts, view_for
from domain.mall.storefronts.checking import check_arrangement, products_named
from domain.mall.storefronts.drafting import close_draft, expected_draft
from domain.people.act import Act


async def publish_draft(ports: LayerPorts, act: Act, id: LayerId, *, expected: int) -> Layer:
    """Let a layer say what its draft says, if the policy still allows it.

    Refused as a conflict if the layer was published otherwise since the draft began.
    """
    draft = await expected_draft(ports, act, id, expected=expected)
    view = view_for(ports, act, id)
    if draft.based_on != view.layers.version(id):
        raise Conflict(
            f"{id} was published otherwise since this draft began; discard the draft and begin "
            "again from what is published.",
            field=["expectedVersion"],
        )
    layer = await _publish(ports, act, view, id, draft.arrangement)
    # Who has saved the draft again meanwhile goes on with it.
    with contextlib.suppress(Conflict):
        await close_draft(ports, act, draft)
    return layer


async def roll_back(
    ports: LayerPorts, act: Act, id: LayerId, to_version: int, *, expected: int
) -> Layer:
    """Let a layer say again what an earlier version said, as a new version.

    The policy of today holds for it. `expected` is the version that is published.
    """
    view = view_for(ports, act, id)
    if expected != view.layers.version(id):
        raise Conflict(
            f"{id} is at version {view.layers.version(id)} by now; load it again and repeat.",
            field=["expectedVersion"],
        )
    earlier = await ports.layers.version(id, to_version)
    if earlier is None:
        raise NotFound(f"{id} has no version {to_version}.", field=["toVersion"])
    return await _publish(ports, act, view, id, earlier.arrangement)


async def set_policy(ports: LayerPorts, act: Act, wanted: Policy, *, expected: int) -> Policy:
    """Set what regions and stores may change; layers already published stay as they are.

    Locks, and what may not be hidden, take effect at once on every storefront, whatever a layer
    says; the other rules when a layer is written next.
    """
    act.viewer.require("layer.rule")
    wanted.require_keys()
    policy = replace(wanted, version=expected + 1)
    await ports.layers.save_policy(policy, expected=expected)
    return policy


async def publish_all(ports: LayerPorts, act: Act, layers: Iterable[Layer]) -> list[Layer]:
    """Publish layers, each over the version that it was made from, and index what they use."""
    published = [
        replace(layer, version=layer.version + 1, published_at=act.at, published_by=act.viewer.id)
        for layer in layers
    ]
    async with saving(ports.uses, map(_user, published)):
        await ports.layers.publish(published)
    return published


def saying(act: Act, view: Reference, id: LayerId, said: Arrangement) -> Layer:
    """The layer in view, or a new one, with something else to say; not published yet."""
    before = view.layers.layers.get(id)
    if before:
        return replace(before, arrangement=said)
    return Layer(
        id=id, version=0, arrangement=said, published_at=act.at, published_by=act.viewer.id
    )


async def _publish(
    ports: LayerPorts, act: Act, view: Reference, id: LayerId, said: Arrangement
) -> Layer:
    arranged = view.layers.arrangement
    await ports.workers.run(
        lambda: check_arrangement(
            id, said, view, arranged, ports.claims, ports.members.rules(), now=act.at
        )
    )
    [layer] = await publish_all(ports, act, [saying(act, view, id, said)])
    return layer


def _user(layer: Layer) -> User:
    said = layer.arrangement
    uses = [product_use(product, "featured") for product in said.featured or ()]
    for key, change in said.modules.items():
        if isinstance(change.content, Banner):
            uses.append(asset_use(change.content.picture, f"{key}.picture"))
        uses += [product_use(product, key) for product in products_named(change)]
    return User(
        kind=UserKind.LAYER,
        id=layer.id,
        label=layer.id,
        uses=tuple(uses),
        version=layer.version,
    )
