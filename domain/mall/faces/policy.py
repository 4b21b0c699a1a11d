"""What head office lets regions and stores change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.kernel.refusals import Forbidden, Invalid
from domain.mall.faces.cascade import Face
from domain.mall.faces.layers import Arrangement, LayerLevel
from domain.mall.faces.modules import ModuleKey, ModuleKind, kind_of

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Head office's policy: what regions and stores may change of the brand's face.

    Of a locked module only the brand's own layer is heard.
    """

    id: str = POLICY_ID
    version: int = 0
    locked: frozenset[ModuleKey] = frozenset()
    region: Allowance = Allowance()
    store: Allowance = Allowance()


class PolicyRule(StrEnum):
    """The rules that a layer can break, as refusals name them."""

    LOCKED_MODULE = "locked-module"
    MODULE_KINDS = "module-kinds"
    MOST_MODULES = "most-modules"
    MOST_FEATURED = "most-featured"
    HIDING_MODULES = "hiding-modules"
    HIDING_PRODUCTS = "hiding-products"


def broken_rules(
    policy: Policy, level: LayerLevel, said: Arrangement, below: Face
) -> Iterator[Forbidden]:
    """What a layer says that the policy does not allow, over the face that it lies on.

    The brand's own layer may say anything.
    """
    if level is LayerLevel.BRAND:
        return
    allowance = policy.store if level is LayerLevel.STORE else policy.region
    own = {key for key, change in said.modules.items() if change.content is not None}
    own -= {module.key for module in below.modules}
    for index, (key, change) in enumerate(said.modules.items()):
        path = ("modules", str(index))
        if key in policy.locked:
            yield _broken(PolicyRule.LOCKED_MODULE, f"head office keeps {key} as it is", path)
        if change.content is not None and kind_of(change.content) not in allowance.kinds:
            kinds = ", ".join(sorted(allowance.kinds)) or "none"
            yield _broken(PolicyRule.MODULE_KINDS, f"only these may be added: {kinds}", path)
        if change.hidden and key not in own and not allowance.may_hide_modules:
            yield _broken(PolicyRule.HIDING_MODULES, f"{key} may not be hidden", path)
    if len(own) > allowance.most_modules:
        what = f"{len(own)} modules of its own are more than {allowance.most_modules}"
        yield _broken(PolicyRule.MOST_MODULES, what, ("modules",))
    if len(said.featured or ()) > allowance.most_featured:
        what = f"{len(said.featured or ())} featured are more than {allowance.most_featured}"
        yield _broken(PolicyRule.MOST_FEATURED, what, ("featured",))
    if False in said.shown.values() and not allowance.may_hide_products:
        yield _broken(PolicyRule.HIDING_PRODUCTS, "products may not be hidden", ("hide",))


def _broken(rule: PolicyRule, what: str, path: Sequence[str]) -> Forbidden:
    message = f"Head office's rule {rule.value}: {what}. Take it out, or ask head office."
    return Forbidden(message, field=path)
