"""Uploading assets and getting them back, as the tests do it."""

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.conftest import Service

EDITOR = Viewer(id=PersonId("staff_lin"), role=Role.EDITOR)
MEMBER = Viewer(id=PersonId("member_may"), role=Role.MEMBER)
UPLOAD = """mutation($file: Upload!, $alt: String! = "", $focal: FocalPointInput,
                     $rights: RightsInput) {
  assetUpload(file: $file, altText: $alt, focalPoint: $focal, rights: $rights) {
    asset { id kind width height fileName altText contentType url originalUrl usable version }
    known nearDuplicates { asset { id } distance }
    userErrors { code field message }
  }
}"""


async def uploaded(service: Service, data: bytes, name: str = "a.jpg", viewer=EDITOR, **variables):
    answer = await service.upload(UPLOAD, (name, data, "image/jpeg"), viewer, **variables)
    payload = answer.data["assetUpload"]
    assert payload["userErrors"] == []
    return payload


async def refusal(service: Service, data: bytes, viewer=EDITOR, **variables) -> dict:
    answer = await service.upload(UPLOAD, ("a.jpg", data, "image/jpeg"), viewer, **variables)
    (error,) = answer.refused("assetUpload")
    assert answer.data["assetUpload"]["asset"] is None
    return error


async def get(service: Service, url: str, **headers: str):
    return await service.http.get(url.replace("http://mall.example", ""), headers=headers)
