"""The files of the pages: read and compressed once, at addresses that name what is in them."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

WEB = Path(__file__).parent / "web"
FILES = "/desk/@"
_KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".graphql": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
}
_IMPORTED = re.compile(r"""(?:\bfrom|^import)\s*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes as they are and as they are sent."""

    kind: str
    plain: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class Tree:
    """All files by their paths, and the hash of all of them together."""

    files: dict[str, File]
    hash: str

    @classmethod
    def read(cls, folder: Path = WEB) -> "Tree":
        """Read every file of a kind that is served."""
        paths = sorted(path for path in folder.rglob("*") if path.suffix in _KINDS)
        files = {}
        digest = hashlib.sha256()
        for path in paths:
            name, plain = path.relative_to(folder).as_posix(), path.read_bytes()
            digest.update(f"{name} {len(plain)} ".encode() + plain)
            files[name] = File(_KINDS[path.suffix], plain, gzip.compress(plain, mtime=0))
        return cls(files, digest.hexdigest()[:16])

    def address(self, name: str) -> str:
        """Where a file is fetched."""
        return f"{FILES}{self.hash}/{name}"

    def modules(self, *names: str) -> list[str]:
        """Modules and whatever they import, each once, in the order in which they are needed."""
        found: dict[str, None] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            if name not in found:
                found[name] = None
                text = self.files[name].plain.decode()
                waiting += [_joined(name, other) for other in _IMPORTED.findall(text)]
        return list(found)


def _joined(name: str, other: str) -> str:
    """The path that a relative import of a module leads to."""
    parts = list(PurePosixPath(name).parent.parts)
    for part in PurePosixPath(other).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def file_route(tree: Tree) -> Route:
    """The route of all files.

    A shell that was kept from before the service was replaced asks with another hash: it gets what
    there is now, which nobody keeps.
    """

    async def answer(request: Request) -> Response:
        file = tree.files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        newest = request.path_params["hash"] == tree.hash
        packs = "gzip" in request.headers.get("accept-encoding", "")
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if newest else "no-store",
            "Vary": "Accept-Encoding",
            **({"Content-Encoding": "gzip"} if packs else {}),
        }
        return Response(file.packed if packs else file.plain, headers=headers, media_type=file.kind)

    return Route(FILES + "{hash}/{name:path}", answer, methods=["GET"])
