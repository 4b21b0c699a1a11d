"""OpenID Connect: the code flow with PKCE against a provider that tells of itself by discovery.

After OpenID Connect Core 1.0 (3.1), Discovery 1.0 and RFC 7636.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import jwt

from domain.kernel.refusals import Unauthenticated, Unavailable
from domain.people.single_sign_on import SignOnRequest

# What providers sign with a key of their own; none that is shared, and not "none".
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
LEEWAY_S = 60.0
# How long what the provider says of itself is good, and how soon unknown keys are asked for again.
KNOWN_FOR_S = 3_600.0
ASK_AGAIN_S = 30.0
BAD_CODES = frozenset({"invalid_grant", "invalid_request"})
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class OidcProvider:
    """One provider; what it says of itself and its keys are kept for an hour."""

    def __init__(
        self, client: httpx2.AsyncClient, issuer: str, client_id: str, secret: str
    ) -> None:
        self._client = client
        self._issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._known: Mapping[str, Any] = {}
        self._known_at = float("-inf")
        self._keys: Mapping[str | None, jwt.PyJWK] = {}
        self._keys_at = float("-inf")

    async def address(self, request: SignOnRequest) -> str:
        """Where somebody's browser goes."""
        endpoint = str((await self._said())["authorization_endpoint"])
        query = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self._client_id,
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": request.challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    async def subject(
        self, code: str, *, redirect_uri: str, verifier: str, nonce: str, now: datetime
    ) -> str:
        """The provider's id of whoever brings a code, by the identity that it signs for it."""
        said = await self._said()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        answer = await self._answer(
            "POST", str(said["token_endpoint"]), data=form, auth=(self._client_id, self._secret)
        )
        if answer.get("error") in BAD_CODES:
            raise Unauthenticated(
                "The provider does not accept this code; begin anew.", field=["code"]
            )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _down()
        return await self._subject_of(token, nonce, now)

    async def _subject_of(self, token: str, nonce: str, now: datetime) -> str:
        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._client_id,
                issuer=self._issuer,
                # The moment is an argument here, not the library's own clock.
                options={
                    "require": ["iss", "sub", "aud", "exp", "iat"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            fits = (
                claims.get("nonce") == nonce
                and now.timestamp() < float(claims["exp"]) + LEEWAY_S
                and float(claims["iat"]) <= now.timestamp() + LEEWAY_S
                and claims.get("azp", self._client_id) == self._client_id
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            fits, claims = False, {}
        subject = claims.get("sub")
        if not fits or not isinstance(subject, str) or not subject:
            raise Unauthenticated(
                "What the provider says of you is not good; begin anew.", field=["code"]
            )
        return subject

    async def _key(self, key_id: str | None) -> jwt.PyJWK:
        """A key of the provider's, who may have made another since."""
        age_s = time.monotonic() - self._keys_at
        if age_s >= KNOWN_FOR_S or (key_id not in self._keys and age_s >= ASK_AGAIN_S):
            found = await self._answer("GET", str((await self._said())["jwks_uri"]))
            usable = jwt.PyJWKSet.from_dict(found).keys
            self._keys = {one.key_id: one for one in usable}
            self._keys_at = time.monotonic()
        if key_id not in self._keys:
            raise ValueError("nobody knows the key that this was signed with")
        return self._keys[key_id]

    async def _said(self) -> Mapping[str, Any]:
        """What the provider says of itself; it must say that it is who it is asked as."""
        if time.monotonic() - self._known_at >= KNOWN_FOR_S:
            path = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            said = await self._answer("GET", path)
            if said.get("issuer") != self._issuer or not all(said.get(one) for one in ENDPOINTS):
                raise _down()
            self._known, self._known_at = said, time.monotonic()
        return self._known

    async def _answer(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        """What it answers in JSON, with an error of its own if it has one; else Unavailable."""
        try:
            response = await self._client.request(method, url, **more)
            answer = response.json()
        except (httpx2.HTTPError, ValueError):
            raise _down() from None
        refused = response.status_code == 400 and isinstance(answer, dict) and "error" in answer
        if not isinstance(answer, dict) or not (response.is_success or refused):
            raise _down()
        return answer


def _down() -> Unavailable:
    return Unavailable("The provider of single sign-on does not answer just now; try again.")
