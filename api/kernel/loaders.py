"""What resolvers of one request load together, so that none of them queries in a loop."""

from strawberry.dataloader import DataLoader

from api.kernel.world import World
from domain.media.assets import Asset, AssetId
from domain.people.viewer import Viewer


class Loaders:
    """One set for each request."""

    def __init__(self, world: World, viewer: Viewer) -> None:
        async def assets(ids: list[str]) -> list[Asset | None]:
            found = await world.assets.assets.by_ids(ids)
            return [found.get(AssetId(one)) for one in ids]

        self.assets: DataLoader[str, Asset | None] = DataLoader(load_fn=assets)
