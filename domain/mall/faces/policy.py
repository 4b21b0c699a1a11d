"""What head office lets regions and stores change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.catalogue.catalogue import Catalogue
from domain.kernel.refusals import Forbidden, Invalid
from domain.mall.faces.cascade import Face, Keeping, Module, over, still_shown
from domain.mall.faces.layers import BRAND, Arrangement, LayerId, LayerLevel, level_of
from domain.mall.faces.modules import KEY, ModuleKey, ModuleKind, ProductShelf, kind_of
from domain.mall.faces.shelves import products_on

POLICY_ID = "policy"
MOST_ALLOWED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the layers of one level may do.

    `kinds` are the modules that they may add or fill anew, `most_modules` how many of their own
    they may have, `most_featured` how many products they may feature.
    """

    kinds: frozenset[ModuleKind] = frozenset(ModuleKind)
    most_modules: int = 12
    most_featured: int = 20
    may_hide_products: bool = True
    may_hide_modules: bool = True

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        for name, most in (
            ("mostModules", self.most_modules),
            ("mostFeatured", self.most_featured),
        ):
            if not 0 <= most <= MOST_ALLOWED:
                raise Invalid(f"allow 0 to {MOST_ALLOWED}.", field=["input", name])


UNBOUNDED = Allowance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Head office's policy: what regions and stores may change of the brand's face.

    Of a locked module only the brand's own layer is heard. What may not be hidden is shown
    whatever a layer says, one that was published before the policy too.
    """

    id: str = POLICY_ID
    version: int = 0
    locked: frozenset[ModuleKey] = frozenset()
    region: Allowance = Allowance()
    store: Allowance = Allowance()

    def allowance(self, level: LayerLevel) -> Allowance:
        """What the layers of a level may do; the brand's may do anything."""
        if level is LayerLevel.BRAND:
            return UNBOUNDED
        return self.store if level is LayerLevel.STORE else self.region

    @property
    def kept(self) -> Keeping:
        """What is kept of lower layers, whatever later ones say."""
        allowed = {level: self.allowance(level) for level in LayerLevel}
        return Keeping(
            locked=self.locked,
            modules=frozenset(one for one in LayerLevel if not allowed[one].may_hide_modules),
            products=frozenset(one for one in LayerLevel if not allowed[one].may_hide_products),
        )

    def require_keys(self) -> None:
        """Refuse to lock what can't be a module's key, or more than anybody would."""
        if len(self.locked) > MOST_ALLOWED or not all(map(KEY.fullmatch, self.locked)):
            raise Invalid(
                f"name at most {MOST_ALLOWED} modules by their keys, of up to 40 lower-case "
                "letters, digits and hyphens.",
                field=["input", "locked"],
            )


class PolicyRule(StrEnum):
    """The rules that a layer can break, as refusals name them."""

    LOCKED_MODULE = "locked-module"
    MODULE_KINDS = "module-kinds"
    MOST_MODULES = "most-modules"
    MOST_FEATURED = "most-featured"
    HIDING_MODULES = "hiding-modules"
    HIDING_PRODUCTS = "hiding-products"


class BrokenRule(Forbidden):
    """A layer says what a rule does not allow."""

    rule: PolicyRule


def broken_rules(
    policy: Policy, id: LayerId, said: Arrangement, below: Face
) -> Iterator[BrokenRule]:
    """What a layer says that the policy does not allow, over the face that it lies on.

    The brand's own layer may say anything.
    """
    if id == BRAND:
        return
    allowance = policy.allowance(level_of(id))
    shown = {module.key: module for module in below.modules}
    own = {key for key, change in said.modules.items() if change.content is not None}
    own -= shown.keys()
    for index, (key, change) in enumerate(said.modules.items()):
        path = ("modules", str(index))
        if key in policy.locked:
            yield _broken(PolicyRule.LOCKED_MODULE, f"head office keeps {key} as it is", path)
        if change.content is not None and kind_of(change.content) not in allowance.kinds:
            kinds = ", ".join(sorted(allowance.kinds)) or "none"
            yield _broken(PolicyRule.MODULE_KINDS, f"only these may be added: {kinds}", path)
        if key in shown and not allowance.may_hide_modules:
            after = over(shown[key], id, change)
            if not still_shown(shown[key], after):
                how = _how_hidden(shown[key], after)
                what = f"{key} may not be hidden, and {how}"
                yield _broken(PolicyRule.HIDING_MODULES, what, path)
    if len(own) > allowance.most_modules:
        what = f"{len(own)} modules of its own are more than {allowance.most_modules}"
        yield _broken(PolicyRule.MOST_MODULES, what, ("modules",))
    if len(said.featured or ()) > allowance.most_featured:
        what = f"{len(said.featured or ())} featured are more than {allowance.most_featured}"
        yield _broken(PolicyRule.MOST_FEATURED, what, ("featured",))
    if False in said.shown.values() and not allowance.may_hide_products:
        yield _broken(PolicyRule.HIDING_PRODUCTS, "products may not be hidden", ("hide",))


def emptied_shelves(
    policy: Policy, id: LayerId, below: Face, face: Face, catalogue: Catalogue, *, now: datetime
) -> Iterator[BrokenRule]:
    """The shelves below, not to be hidden, of which a layer leaves nothing by hiding products.

    Best sellers count as showing whatever is for sale.
    """
    if face.hidden <= below.hidden:
        return
    allowance = policy.allowance(level_of(id))
    after = {module.key: module for module in face.modules}
    for module in below.modules:
        kept = module.key in policy.locked or not allowance.may_hide_modules
        shelf = module.content
        if not kept or module.hidden or not isinstance(shelf, ProductShelf):
            continue
        if after[module.key].content != shelf or not _shows(shelf, below, catalogue, now):
            continue
        if not _shows(shelf, face, catalogue, now):
            what = f"{module.key} may not be hidden, and hiding these products empties it"
            yield _broken(PolicyRule.HIDING_MODULES, what, ("hide",))


def _shows(shelf: ProductShelf, face: Face, catalogue: Catalogue, now: datetime) -> bool:
    return bool(products_on(shelf, face, catalogue, now=now))


def _how_hidden(before: Module, after: Module) -> str:
    """Why a module is not what it was to those who were shown it."""
    if after.hidden:
        return "this hides it"
    if after.content != before.content:
        return "another content takes its place; give yours a key of its own"
    if not after.window.spans(before.window):
        return "this window leaves out moments at which it is shown"
    if not after.only_for.spans(before.only_for):
        return "this leaves out members of levels or segments who are shown it"
    return "this audience leaves out people who are shown it"


def _broken(rule: PolicyRule, what: str, path: Sequence[str]) -> BrokenRule:
    message = f"Head office's rule {rule.value}: {what}. Take it out, or ask head office."
    broken = BrokenRule(message, field=path)
    broken.rule = rule
    return broken
