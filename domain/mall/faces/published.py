"""Every layer as it is published."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from domain.mall.faces.cascade import Face, resolve
from domain.mall.faces.layers import Arrangement, Layer, LayerId, layers_of
from domain.mall.faces.policy import POLICY_ID, Policy
from domain.network.stores import Store


@dataclass(frozen=True, kw_only=True)
class Layers:
    """Every published layer and head office's policy, at one moment of their writing."""

    layers: Mapping[LayerId, Layer] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)

    @property
    def policy(self) -> Policy:
        """What head office allows."""
        return self.policies.get(POLICY_ID, Policy())

    def arrangement(self, id: LayerId) -> Arrangement:
        """What a layer says; one that was never published says nothing."""
        layer = self.layers.get(id)
        return layer.arrangement if layer else Arrangement()

    def version(self, id: LayerId) -> int:
        """The version of a layer that is published; 0 for none."""
        layer = self.layers.get(id)
        return layer.version if layer else 0

    def face(self, store: Store) -> Face:
        """A store's face as it is published."""
        return self._faces(layers_of(store))

    @cached_property
    def _faces(self) -> Callable[[tuple[LayerId, ...]], Face]:
        """Resolves a store's layers, once for as long as none of the layers changes."""

        @cache
        def face(ids: tuple[LayerId, ...]) -> Face:
            said = [(one, self.arrangement(one)) for one in ids]
            return resolve(said, kept=self.policy.kept)

        return face
