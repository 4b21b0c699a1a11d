"""A small GraphQL client over HTTP, for the scripts that use the public API."""

import json
from typing import Any

import httpx2

ATTEMPT_S = 120.0


class Refused(Exception):
    """The service turned a request down; the message holds its reasons."""

    def __init__(self, reasons: list[dict[str, Any]], report: dict[str, Any] | None = None) -> None:
        self.report = report
        self.rows: list[dict[str, Any]] = report.get("errors", []) if report else []
        wrong = [f"{row['file']}:{row['line']}: {row['message']}" for row in self.rows]
        super().__init__("\n".join([*(reason["message"] for reason in reasons), *wrong]))
        self.reasons = reasons


class Unreachable(Exception):
    """No service answers at the address."""


class Client:
    """Talks to one service as one person."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.Client(base_url=self.url, timeout=ATTEMPT_S, headers=headers)
        self._signed_in: list[Client] = []

    def run(self, document: str, **variables: Any) -> dict[str, Any]:
        """Send a document; its data, or Refused where an error or a userError came."""
        body = {"query": document, "variables": variables}
        return self._checked(self._send("POST", "/graphql", json=body))

    def upload(
        self, document: str, name: str, data: bytes, *, variable: str = "file", **variables: Any
    ) -> dict[str, Any]:
        """Send a document with one file, in the form that `wx.uploadFile` sends."""
        operations = json.dumps({"query": document, "variables": {**variables, variable: None}})
        return self._checked(
            self._send(
                "POST",
                "/graphql",
                data={
                    "operations": operations,
                    "map": json.dumps({"0": [f"variables.{variable}"]}),
                },
                files={"0": (name, data)},
            )
        )

    def get(self, path: str) -> httpx2.Response:
        """Fetch a page or a file of the service."""
        return self._send("GET", path)

    def post(self, path: str) -> httpx2.Response:
        """Post nothing to an address of the service."""
        return self._send("POST", path)

    def signed_in(self, login: str, password: str) -> "Client":
        """The same service as one of the staff."""
        return self._as(
            """mutation($login: String!, $password: String!) {
              signIn: staffSignIn(login: $login, password: $password) {
                accessToken userErrors { code field message } } }""",
            login=login,
            password=password,
        )

    def as_guide(self, code: str) -> "Client":
        """The same service as the guide whom WeCom names for a code."""
        return self._as(
            """mutation($code: String!) { signIn: guideSignIn(code: $code) {
              accessToken userErrors { code field message } } }""",
            code=code,
        )

    def as_member(self, code: str) -> "Client":
        """The same service as the consumer whom WeChat names for a code."""
        return self._as(
            """mutation($code: String!) { signIn: memberSignIn(code: $code) {
              accessToken userErrors { code field message } } }""",
            code=code,
        )

    def as_visitor(self) -> "Client":
        """The same service as a new anonymous visitor."""
        return self._as(
            "mutation { signIn: visitStart { accessToken userErrors { code field message } } }"
        )

    def close(self) -> None:
        """Close the connections, and those of everybody who signed in from here."""
        for one in self._signed_in:
            one.close()
        self._http.close()

    def _as(self, document: str, **variables: Any) -> "Client":
        person = Client(self.url, self.run(document, **variables)["signIn"]["accessToken"])
        self._signed_in.append(person)
        return person

    def _send(self, method: str, path: str, **request: Any) -> httpx2.Response:
        try:
            return self._http.request(method, path, **request)
        except httpx2.TransportError:
            raise Unreachable(f"no service answers at {self.url}") from None

    def _checked(self, response: httpx2.Response) -> dict[str, Any]:
        try:
            answer = response.json()
        except ValueError:
            raise Unreachable(f"{self.url} is not this service ({response.status_code})") from None
        if answer.get("errors"):
            raise Refused(answer["errors"])
        data: dict[str, Any] = answer["data"]
        reasons = [
            reason
            for payload in data.values()
            if isinstance(payload, dict)
            for reason in payload.get("userErrors", ())
        ]
        if reasons:
            reports = [payload.get("report") for payload in data.values()]
            raise Refused(reasons, next(filter(None, reports), None))
        return data
