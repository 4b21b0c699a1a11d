"""Finding a member by what names them, for whoever has them before them."""

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Invalid
from domain.members.identifying import phone_naming
from domain.members.identities import IdentityKind, Naming
from domain.members.merging import MemberPorts, group_of
from domain.members.telling import KnownMember, TellingPorts, known
from domain.people.act import Act


async def found_member(
    ports: TellingPorts, act: Act, *, phone: str | None, member_code: str | None
) -> KnownMember | None:
    """Who has a number or a member code, for head office; None where nobody has."""
    act.viewer.require("member.keep")
    if (phone is None) == (member_code is None):
        raise Invalid("Say a phone or a memberCode, not both.", field=["phone"])
    if phone is not None:
        naming = phone_naming(ports.members, phone, ["phone"])
    else:
        naming = Naming(kind=IdentityKind.MEMBER_CODE, value=(member_code or "").strip())
    holder = await _holder(ports.members, naming)
    return await known(ports, act, holder) if holder else None


async def ids_of_phone(ports: MemberPorts, act: Act, phone: str) -> tuple[PersonId, ...]:
    """All ids of whoever has a number; none where nobody has. For use cases that ask who may."""
    holder = await _holder(ports, phone_naming(ports, phone, ["phone"]))
    member = await ports.people.members.live(holder) if holder else None
    return await group_of(ports, act, member.id) if member else ()


async def _holder(ports: MemberPorts, naming: Naming) -> PersonId | None:
    found = (await ports.identities.by_ids([naming.id])).get(naming.id)
    return found.member_id if found and found.held else None
