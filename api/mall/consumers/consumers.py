"""What the mall remembers of a consumer, and how a visitor becomes a member."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from api.catalogue.catalogue import Product
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.members.members import PhoneCode
from api.network.stores import Store
from api.people.people import LoginCode, SignInPayload
from domain.mall.consumers import profiles, remembering, signing_in
from domain.mall.consumers.profiles import Noted
from domain.mall.consumers.remembering import ConsumerPorts
from domain.network.addresses import SaidAddress
from domain.people.act import Act

NOW = "What is remembered now."

ProductArgument = Annotated[strawberry.ID, strawberry.argument(description="The product's code.")]
AddressIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The address's id.")]


@strawberry.type(description="A product that was noted, and when.")
class NotedProduct:
    product: Product = strawberry.field(description="The product.")
    at: datetime = strawberry.field(description="When it was noted last.")


@strawberry.type(description="Where parcels go.")
class Address(Packed[profiles.Address]):
    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Who takes the parcel.")
    phone: str = strawberry.field(description="Their phone number.")
    district: str = strawberry.field(description="The district's code of GB/T 2260.")
    names: list[str] = strawberry.field(description="Its divisions in words, the province first.")
    detail: str = strawberry.field(description="Street, number, floor.")


@strawberry.type(description="What the mall remembers of the viewer, a visitor or a member.")
class Consumer:
    value: strawberry.Private[profiles.Consumer]
    addresses: list[Address] = strawberry.field(description="The default one first.")

    @classmethod
    def of(cls, consumer: profiles.Consumer) -> "Consumer":
        """Pack what is remembered."""
        return cls(value=consumer, addresses=[Address.of(one) for one in consumer.addresses])

    @field("Favourites that are still sold, the newest first.")
    async def favourites(self, ports: ConsumerPorts, act: Act) -> list[NotedProduct]:
        return await _noted(ports, act, self.value.favourites)

    @field("Products looked at lately that are still sold, newest first.")
    async def viewed(self, ports: ConsumerPorts, act: Act) -> list[NotedProduct]:
        return await _noted(ports, act, self.value.viewed)

    @field("The store used last; hand it to storefrontEnter.")
    async def last_store(self, ports: ConsumerPorts, act: Act) -> Store | None:
        found = await remembering.store_used_last(ports, act, self.value)
        return Store.of(found) if found else None


@strawberry.input(description="Where parcels go; what wx.chooseAddress answers fits.")
class AddressInput:
    name: str = strawberry.field(description="Who takes the parcel; at most 40 characters.")
    phone: str = strawberry.field(
        description="Their number, mobile or with its area; it is kept in one spelling."
    )
    district: str = strawberry.field(
        description="The district's code of GB/T 2260; nationalCode in wx.chooseAddress."
    )
    detail: str = strawberry.field(description="Street, number, floor; at most 200 characters.")
    names: list[str] | None = strawberry.field(
        description="Province, city and district in words; kept for a code that our table does not "
        "have, which needs them, else the table's are.",
        default=None,
    )
    is_default: bool = strawberry.field(
        description="Whether it is to be the default address.", default=False
    )

    def value(self) -> SaidAddress:
        """Unpack the address."""
        return SaidAddress(
            name=self.name,
            phone=self.phone,
            district=self.district,
            names=tuple(self.names or ()),
            detail=self.detail,
        )


AddressArgument = Annotated[AddressInput, strawberry.argument(description="The whole address.")]


@query("What the mall remembers of the viewer, a visitor or a member.")
async def consumer(ports: ConsumerPorts, act: Act) -> Consumer:
    return Consumer.of(await remembering.remembered(ports, act))


@mutation("Add a product to the viewer's favourites.", consumer=NOW)
async def favourite_add(ports: ConsumerPorts, act: Act, product_id: ProductArgument) -> Consumer:
    return Consumer.of(await remembering.add_favourite(ports, act, product_id))


@mutation("Remove a product from the viewer's favourites.", consumer=NOW)
async def favourite_remove(ports: ConsumerPorts, act: Act, product_id: ProductArgument) -> Consumer:
    return Consumer.of(await remembering.remove_favourite(ports, act, product_id))


@mutation("Note that the viewer looks at a product.", consumer=NOW)
async def product_view(ports: ConsumerPorts, act: Act, product_id: ProductArgument) -> Consumer:
    return Consumer.of(await remembering.note_view(ports, act, product_id))


@mutation("Forget what the viewer has looked at.", consumer=NOW)
async def viewed_clear(ports: ConsumerPorts, act: Act) -> Consumer:
    return Consumer.of(await remembering.forget_views(ports, act))


@mutation("Note that the viewer is in a store's storefront.", consumer=NOW)
async def store_use(
    ports: ConsumerPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The store's code.")],
) -> Consumer:
    return Consumer.of(await remembering.note_store(ports, act, id))


@mutation("Add an address of the viewer's; the first is the default.", consumer=NOW)
async def address_add(ports: ConsumerPorts, act: Act, input: AddressArgument) -> Consumer:
    changed = await remembering.add_address(ports, act, input.value(), default=input.is_default)
    return Consumer.of(changed)


@mutation("Change an address of the viewer's.", consumer=NOW)
async def address_change(
    ports: ConsumerPorts, act: Act, id: AddressIdArgument, input: AddressArgument
) -> Consumer:
    said, default = input.value(), input.is_default
    return Consumer.of(await remembering.change_address(ports, act, id, said, default=default))


@mutation("Remove an address of the viewer's.", consumer=NOW)
async def address_remove(ports: ConsumerPorts, act: Act, id: AddressIdArgument) -> Consumer:
    return Consumer.of(await remembering.remove_address(ports, act, id))


@mutation(
    "Sign in a consumer with the code that wx.login gave; the first time, they join. Sent with "
    "a visitor's token, all that the visitor did is the member's from here on.",
)
async def member_sign_in(ports: ConsumerPorts, act: Act, code: LoginCode) -> SignInPayload:
    return SignInPayload.of(await signing_in.sign_in_by_wechat(ports, act, code))


@mutation(
    "Sign in whoever proves a phone number, by what WeChat tells for both codes: a member whom "
    "tills or other channels know by the number is known by their WeChat account too from here on. "
    "CONFLICT where the number is another's who was here in the last 90 days. Sent with a "
    "visitor's token, all that the visitor did is the member's from here on.",
)
async def member_phone_sign_in(
    ports: ConsumerPorts, act: Act, phone_code: PhoneCode, login_code: LoginCode
) -> SignInPayload:
    signed_in = await signing_in.sign_in_by_phone(ports, act, phone_code, login_code)
    return SignInPayload.of(signed_in)


QUERIES = (consumer,)
MUTATIONS = (
    favourite_add,
    favourite_remove,
    product_view,
    viewed_clear,
    store_use,
    address_add,
    address_change,
    address_remove,
    member_sign_in,
    member_phone_sign_in,
)


async def _noted(ports: ConsumerPorts, act: Act, noted: Sequence[Noted]) -> list[NotedProduct]:
    return [
        NotedProduct(product=Product.of(product), at=at)
        for product, at in await remembering.still_sold(ports, act, noted)
    ]
