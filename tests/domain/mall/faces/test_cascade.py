"""The cascade: brand, then region, then store; a layer says only what differs."""

from dataclasses import fields, replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.mall.faces.cascade import SAID, Keeping, resolve
from domain.mall.faces.layers import Arrangement, LayerId, LayerLevel, ModuleChange
from domain.mall.faces.modules import Audience
from domain.people.viewer import Role
from domain.promotions.standing import NOBODY, BuyerStanding
from tests.support.arrangements import arrangements, keys
from tests.support.builders import NOON

LAYERS = [LayerId("brand"), LayerId("region:320500"), LayerId("store:S1")]

STANDINGS = (
    NOBODY,
    BuyerStanding(level="gold"),
    BuyerStanding(level="base", segments=frozenset({"s2"})),
    BuyerStanding(level="gold", segments=frozenset({"s1", "s2"})),
)

three = st.tuples(arrangements, arrangements, arrangements)
locks = st.frozensets(keys)


def face(said, locked=frozenset()):
    return resolve(zip(LAYERS, said, strict=True), kept=Keeping(locked=locked))


@given(three, locks, st.integers(0, 2))
def test_a_layer_that_says_nothing_changes_nothing(said, locked, silent):
    spoken = [layer for layer in zip(LAYERS, said, strict=True) if layer[0] != LAYERS[silent]]
    with_silence = [*spoken, (LAYERS[silent], Arrangement())]
    assert resolve(with_silence, kept=Keeping(locked=locked)) == resolve(
        spoken, kept=Keeping(locked=locked)
    )


@given(three, st.integers(0, 2))
def test_a_module_of_which_a_layer_says_nothing_stays_as_it_was(said, silent):
    mute = Arrangement(modules=dict.fromkeys(["hero", "shelf", "notice", "store"], ModuleChange()))
    muted = [mute if i == silent else one for i, one in enumerate(said)]
    silenced = [Arrangement() if i == silent else one for i, one in enumerate(said)]
    assert face(muted) == face(silenced)


@given(three, locks, st.permutations(range(3)))
def test_the_order_in_which_layers_were_written_does_not_matter(said, locked, order):
    pairs = list(zip(LAYERS, said, strict=True))
    assert resolve([pairs[i] for i in order], kept=Keeping(locked=locked)) == resolve(
        pairs, kept=Keeping(locked=locked)
    )


@given(three, st.data())
def test_the_order_within_a_layer_does_not_matter(said, data):
    def shuffled(one):
        entries = data.draw(st.permutations(list(one.modules.items())))
        return replace(one, modules=dict(entries))

    assert face([shuffled(one) for one in said]) == face(said)


@given(three)
def test_the_last_layer_that_says_something_of_a_field_wins(said):
    for module in face(said).modules:
        spoken = [one.modules[module.key] for one in said if module.key in one.modules]
        for name in SAID:
            values = [value for one in spoken if (value := getattr(one, name)) is not None]
            if values:
                assert getattr(module, name) == values[-1]


@given(three)
def test_a_module_names_the_layer_of_its_content_and_all_that_say_something_of_it(said):
    for module in face(said).modules:
        spoken = {
            layer: one.modules.get(module.key, ModuleChange())
            for layer, one in zip(LAYERS, said, strict=True)
        }
        filled = [layer for layer, one in spoken.items() if one.content is not None]
        assert module.origin == filled[-1]
        assert module.said_by == tuple(
            layer for layer, one in spoken.items() if one != ModuleChange()
        )


@given(three, locks)
def test_of_a_locked_module_only_the_brand_is_heard(said, locked):
    resolved = {module.key: module for module in face(said, locked).modules}
    brand_alone = {module.key: module for module in resolve([(LAYERS[0], said[0])]).modules}
    for key in locked:
        assert resolved.get(key) == brand_alone.get(key)


@given(three)
def test_products_are_featured_hidden_and_captioned_by_the_last_layer_to_speak(said):
    resolved = face(said)
    featured = [one.featured for one in said if one.featured is not None]
    assert resolved.featured == (featured[-1] if featured else ())
    for product in ("10001", "10002", "10.03"):
        shown = [one.shown[product] for one in said if product in one.shown]
        assert (product in resolved.hidden) == (shown[-1:] == [False])
        captions = [one.captions[product] for one in said if product in one.captions]
        assert resolved.captions.get(product) == (captions[-1] if captions else None)


@given(three, st.sampled_from(Role), st.integers(-2, 2))
def test_a_module_is_seen_by_its_audience_within_its_window(said, role, hours):
    now: datetime = NOON + timedelta(hours=hours)
    resolved = face(said)
    seen = resolved.visible(role=role, now=now)
    for module in resolved.modules:
        right_person = module.audience is Audience.EVERYONE or (
            (module.audience is Audience.VISITORS) == (role is Role.VISITOR)
        )
        open_then = module.window.starts_at is None or now >= NOON
        assert (module in seen) == (right_person and open_then and not module.hidden)
    assert list(seen) == [module for module in resolved.modules if module in seen]


def test_every_field_of_a_change_takes_part_in_the_cascade():
    assert {field.name for field in fields(ModuleChange)} == set(SAID)


@given(three, st.sampled_from(Role), st.integers(-2, 2))
def test_what_a_store_may_not_hide_is_seen_as_below_by_the_same_people_at_the_same_time(
    said, role, hours
):
    kept = Keeping(modules=frozenset({LayerLevel.STORE}), products=frozenset({LayerLevel.STORE}))
    now = NOON + timedelta(hours=hours)
    below = resolve(list(zip(LAYERS, said, strict=True))[:2], kept=kept)
    whole = resolve(zip(LAYERS, said, strict=True), kept=kept)
    seen = {module.key: module for module in whole.visible(role=role, now=now)}
    for module in below.visible(role=role, now=now):
        assert seen[module.key].content == module.content
        for standing in STANDINGS:
            if module.only_for.includes(standing):
                assert seen[module.key].only_for.includes(standing)
    assert whole.hidden <= below.hidden
