"""What the mall remembers of a consumer, and how a visitor becomes a member by phone."""

from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry

from api.catalogue.catalogue import Product
from api.kernel.context import Info
from api.kernel.payloads import Payload, mutation
from api.network.stores import Store
from api.people.people import SignInPayload
from domain.catalogue.catalogue import ProductId
from domain.mall.consumers import profiles as consumers
from domain.mall.consumers.merging import recognise
from domain.network.stores import StoreId
from domain.people import sign_in

ProductArgument = Annotated[strawberry.ID, strawberry.argument(description="The product's code.")]
AddressIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The address's id.")]
PhoneCode = Annotated[
    str,
    strawberry.argument(description="The code of getPhoneNumber in the mini-program; works once."),
]


@strawberry.type(description="A product that was noted, and when.")
class NotedProduct:
    product: Product = strawberry.field(description="The product.")
    at: datetime = strawberry.field(description="When it was noted last.")


@strawberry.type(description="Where parcels go.")
class Address:
    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Who takes the parcel.")
    phone: str = strawberry.field(description="Their phone number.")
    district: str = strawberry.field(description="The district's code of GB/T 2260.")
    names: list[str] = strawberry.field(description="Its divisions in words, the province first.")
    detail: str = strawberry.field(description="Street, number, floor.")

    @classmethod
    def of(cls, address: consumers.Address) -> "Address":
        """Pack an address."""
        return cls(
            id=strawberry.ID(address.id),
            name=address.name,
            phone=address.phone,
            district=address.district,
            names=list(address.names),
            detail=address.detail,
        )


@strawberry.type(description="What the mall remembers of the viewer, a visitor or a member.")
class Consumer:
    value: strawberry.Private[consumers.Consumer]
    addresses: list[Address] = strawberry.field(description="The default one first.")

    @classmethod
    def of(cls, consumer: consumers.Consumer) -> "Consumer":
        """Pack what is remembered."""
        return cls(value=consumer, addresses=[Address.of(one) for one in consumer.addresses])

    @strawberry.field(description="Favourites that are still sold, the newest first.")
    def favourites(self, info: Info) -> list[NotedProduct]:
        return _noted(info, self.value.favourites)

    @strawberry.field(description="Products looked at lately that are still sold, newest first.")
    def viewed(self, info: Info) -> list[NotedProduct]:
        return _noted(info, self.value.viewed)

    @strawberry.field(description="The store used last; hand it to storefrontEnter.")
    def last_store(self, info: Info) -> Store | None:
        last = self.value.last_store
        found = info.context.world.reference.now().stores.get(last.store_id) if last else None
        return Store.of(found) if found else None


@strawberry.input(description="Where parcels go; what wx.chooseAddress answers fits.")
class AddressInput:
    name: str = strawberry.field(description="Who takes the parcel; at most 40 characters.")
    phone: str = strawberry.field(description="Their phone number.")
    district: str = strawberry.field(
        description="The district's code of GB/T 2260; nationalCode in wx.chooseAddress."
    )
    detail: str = strawberry.field(description="Street, number, floor; at most 200 characters.")
    names: list[str] | None = strawberry.field(
        description="Province, city and district in words; left out, our table's words are kept.",
        default=None,
    )
    is_default: bool = strawberry.field(
        description="Whether it is to be the default address.", default=False
    )


AddressArgument = Annotated[AddressInput, strawberry.argument(description="The whole address.")]


@strawberry.type
class ConsumerPayload(Payload):
    """Each change has a payload of its own that inherits from this one."""

    consumer: Consumer | None = strawberry.field(
        description="What is remembered now.", default=None
    )


@strawberry.type(description="The answer to adding a favourite.")
class FavouriteAddPayload(ConsumerPayload):
    pass


@strawberry.type(description="The answer to removing a favourite.")
class FavouriteRemovePayload(ConsumerPayload):
    pass


@strawberry.type(description="The answer to noting that a product was looked at.")
class ProductViewPayload(ConsumerPayload):
    pass


@strawberry.type(description="The answer to forgetting what was looked at.")
class ViewedClearPayload(ConsumerPayload):
    pass


@strawberry.type(description="The answer to using a store.")
class StoreUsePayload(ConsumerPayload):
    pass


@strawberry.type(description="The answer to adding an address.")
class AddressAddPayload(ConsumerPayload):
    pass


@strawberry.type(description="The answer to changing an address.")
class AddressChangePayload(ConsumerPayload):
    pass


@strawberry.type(description="The answer to removing an address.")
class AddressRemovePayload(ConsumerPayload):
    pass


@strawberry.type(description="The answer to a sign-in by phone.")
class MemberPhoneSignInPayload(SignInPayload):
    pass


@strawberry.type(description="The answer to setting a member's phone number.")
class MemberPhoneSetPayload(Payload):
    phone: str | None = strawberry.field(description="The number, as WeChat told it.", default=None)


@strawberry.type
class ConsumerQuery:
    @strawberry.field(description="What the mall remembers of the viewer, a visitor or a member.")
    async def consumer(self, info: Info) -> Consumer:
        context = info.context
        found = await consumers.remembered(context.world.consumer_desk.consumers, context.viewer)
        return Consumer.of(found)


@strawberry.type
class ConsumerMutation:
    @mutation("Add a product to the viewer's favourites.")
    async def favourite_add(self, info: Info, product_id: ProductArgument) -> FavouriteAddPayload:
        product = info.context.world.reference.now().product(product_id)
        rule = partial(consumers.with_favourite, product_id=product.id, now=info.context.now)
        return FavouriteAddPayload(consumer=await _change(info, rule))

    @mutation("Remove a product from the viewer's favourites.")
    async def favourite_remove(
        self, info: Info, product_id: ProductArgument
    ) -> FavouriteRemovePayload:
        rule = partial(consumers.without_favourite, product_id=ProductId(product_id))
        return FavouriteRemovePayload(consumer=await _change(info, rule))

    @mutation("Note that the viewer looks at a product.")
    async def product_view(self, info: Info, product_id: ProductArgument) -> ProductViewPayload:
        product = info.context.world.reference.now().product(product_id)
        rule = partial(consumers.with_view, product_id=product.id, now=info.context.now)
        return ProductViewPayload(consumer=await _change(info, rule))

    @mutation("Forget what the viewer has looked at.")
    async def viewed_clear(self, info: Info) -> ViewedClearPayload:
        return ViewedClearPayload(consumer=await _change(info, consumers.without_views))

    @mutation("Note that the viewer is in a store's storefront.")
    async def store_use(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The store's code.")],
    ) -> StoreUsePayload:
        store = info.context.world.reference.now().store(id)
        rule = partial(consumers.with_store, store_id=StoreId(store.id), now=info.context.now)
        return StoreUsePayload(consumer=await _change(info, rule))

    @mutation("Add an address of the viewer's; the first is the default.")
    async def address_add(self, info: Info, input: AddressArgument) -> AddressAddPayload:
        address = _address(info, info.context.world.new_id("address"), input)
        rule = partial(consumers.with_address, address=address, default=input.is_default)
        return AddressAddPayload(consumer=await _change(info, rule))

    @mutation("Change an address of the viewer's.")
    async def address_change(
        self, info: Info, id: AddressIdArgument, input: AddressArgument
    ) -> AddressChangePayload:
        address = _address(info, id, input)
        rule = partial(consumers.with_changed_address, address=address, default=input.is_default)
        return AddressChangePayload(consumer=await _change(info, rule))

    @mutation("Remove an address of the viewer's.")
    async def address_remove(self, info: Info, id: AddressIdArgument) -> AddressRemovePayload:
        rule = partial(consumers.without_address, id=id)
        return AddressRemovePayload(consumer=await _change(info, rule))

    @mutation(
        "Sign in the member who has the phone number that WeChat tells. Sent with a visitor's "
        "token, all that the visitor did is the member's from here on."
    )
    async def member_phone_sign_in(
        self, info: Info, phone_code: PhoneCode
    ) -> MemberPhoneSignInPayload:
        context = info.context
        signed_in = await sign_in.phone_sign_in(
            context.world.people, phone_code, now=context.now, new_id=context.world.new_id
        )
        await recognise(context.world.consumer_desk, context.viewer, signed_in.viewer)
        return MemberPhoneSignInPayload.of(signed_in)

    @mutation("Note the phone number that WeChat tells as the member's own.")
    async def member_phone_set(self, info: Info, phone_code: PhoneCode) -> MemberPhoneSetPayload:
        context = info.context
        number = await sign_in.set_phone(context.world.people, context.viewer, phone_code)
        return MemberPhoneSetPayload(phone=number)


async def _change(info: Info, rule: consumers.Rule) -> Consumer:
    context = info.context
    desk = context.world.consumer_desk
    return Consumer.of(await consumers.change(desk.consumers, context.viewer, rule))


def _address(info: Info, id: str, given: AddressInput) -> consumers.Address:
    return consumers.checked_address(
        info.context.world.network.divisions,
        id=id,
        name=given.name,
        phone=given.phone,
        district=given.district,
        names=given.names or (),
        detail=given.detail,
    )


def _noted(info: Info, noted: tuple[consumers.Noted, ...]) -> list[NotedProduct]:
    now = info.context.now
    products = info.context.world.reference.now().products
    return [
        NotedProduct(product=Product.of(product), at=one.at)
        for one in noted
        if (product := products.get(one.product_id)) and product.on_shelf(now)
    ]
