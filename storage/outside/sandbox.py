"""Stand-ins for outside services, for the demo and for trying out; refused in production."""

from domain.kernel.refusals import Unauthenticated
from domain.people.sign_in import WechatUser


class SandboxWechatSignIn:
    """Takes the code `sandbox:NAME` for a login code of the user NAME."""

    async def user(self, code: str) -> WechatUser:
        """Who stands behind the code that the mini-program got."""
        name = _name(code)
        return WechatUser(openid=f"sandbox-openid-{name}", unionid=f"sandbox-unionid-{name}")


class SandboxWechatPhones:
    """Takes the code `sandbox:NUMBER` for a code that tells that phone number."""

    async def number(self, code: str) -> str:
        """The phone number that the person agreed to share."""
        return _name(code)


class SandboxWecomSignIn:
    """Takes the code `sandbox:USER` for a login code of the WeCom user USER."""

    async def user_id(self, code: str) -> str:
        """The WeCom user id behind the code."""
        return _name(code)


def _name(code: str) -> str:
    prefix, _, name = code.partition(":")
    if prefix != "sandbox" or not name:
        raise Unauthenticated("The sandbox takes codes such as sandbox:NAME.", field=["code"])
    return name
