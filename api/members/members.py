"""What names members, in the schema."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation
from domain.members import identifying
from domain.members.merging import MemberPorts
from domain.people.act import Act

PhoneCode = Annotated[
    str,
    strawberry.argument(description="The code of getPhoneNumber in the mini-program; works once."),
]


@mutation(
    "Note the phone number that WeChat tells as the member's own. CONFLICT where it is another's "
    "who was here in the last 90 days; after that it is given to whoever proves it.",
    phone="The number in the one spelling that we keep, such as +8613800138000.",
)
async def member_phone_set(ports: MemberPorts, act: Act, phone_code: PhoneCode) -> str:
    return await identifying.set_phone(ports, act, phone_code)


MUTATIONS = (member_phone_set,)
