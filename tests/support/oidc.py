"""A provider of OpenID Connect, played by a server: discovery, tokens by PKCE, and its keys."""

import base64
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.support.stub import listening

CLIENT, SECRET = "qianmian", "s3cret"


class Provider:
    """Signs in whoever `approve` names; what it says can be made wrong, or be forged."""

    def __init__(self) -> None:
        self.url = ""
        self.codes: dict[str, dict[str, Any]] = {}
        self.wrong: dict[str, Any] = {}
        self.forged: tuple[Any, str] | None = None
        self.down = False
        self.asked: list[str] = []
        self.turn()

    def turn(self) -> None:
        """Sign with a new key from now on."""
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.key_id = f"key-{time.monotonic_ns()}"

    def approve(self, address: str, subject: str) -> dict[str, str]:
        """What the browser is sent back with once somebody has signed in at an address."""
        query = {name: one[0] for name, one in parse_qs(urlsplit(address).query).items()}
        assert (query["response_type"], query["client_id"]) == ("code", CLIENT)
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = {**query, "sub": subject}
        return {"code": code, "state": query["state"]}

    async def discovery(self, request: Request) -> Response:
        """What it says of itself."""
        self.asked.append("discovery")
        if self.down:
            return PlainTextResponse("bad gateway", status_code=502)
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        )

    async def keys(self, request: Request) -> Response:
        """Its public keys."""
        self.asked.append("keys")
        public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return JSONResponse({"keys": [{**public, "kid": self.key_id, "alg": "ES256"}]})

    async def token(self, request: Request) -> Response:
        """Exchange a code once, for whoever has its verifier and the client's secret."""
        given = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        if given != f"{CLIENT}:{SECRET}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        form = await request.form()
        begun = self.codes.pop(str(form.get("code")), None)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            begun is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != begun["redirect_uri"]
            or challenge != begun["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": begun["sub"],
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": begun["nonce"],
            "email": "head@example.com",
            **self.wrong,
        }
        key, algorithm = self.forged or (self.key, "ES256")
        signed = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": self.key_id})
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": signed})


@contextlib.asynccontextmanager
async def a_provider() -> AsyncIterator[Provider]:
    """A provider on a free port of this machine."""
    provider = Provider()
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.discovery),
            Route("/keys", provider.keys),
            Route("/token", provider.token, methods=["POST"]),
        ]
    )
    async with listening(app) as url:
        provider.url = url
        yield provider
