"""Who may work on a post, and what is told only to those who do."""

from domain.content.kinds import Department, PostKind
from domain.content.posts import Post
from domain.content.reviews.review import Review
from domain.content.revisions import Revision
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Forbidden, Invalid
from domain.people.viewer import Viewer


def department_for(viewer: Viewer, asked: Department | None) -> Department:
    """The department that a viewer deposits for; people of one can't name another."""
    own = _own_department(viewer)
    if own is None and asked is None:
        raise Invalid("Say which department it is of.", field=["input", "department"])
    if not viewer.may("post.deposit", department=asked or own):
        raise Forbidden(f"You deposit for {own}.", field=["input", "department"])
    department = asked or own
    assert department is not None
    return department


def may_work_on(viewer: Viewer, post: Post) -> bool:
    """Whether a viewer sees the work on a post: its author, its store's manager and the team do."""
    return viewer.may("post.see_work", person=post.author_id, store=post.store_id)


def require_author(viewer: Viewer, post: Post) -> None:
    """Refuse everybody who may not change a post: of the team, other departments may not."""
    _own_department(viewer)
    if not viewer.may(
        "post.change", person=post.author_id, store=post.store_id, department=post.department
    ):
        raise Forbidden(f"This post is the {post.department} department's; ask them.")


def require_version(post: Post, expected: int) -> None:
    """Refuse to go on from anything but the newest version of a post."""
    if post.version != expected:
        raise Conflict(
            "Somebody else has changed this post since you loaded it; load it again and repeat.",
            field=["expectedVersion"],
        )


def author_for(viewer: Viewer, revision: Revision) -> PersonId | None:
    """Who wrote a revision, as far as a viewer is told: the content team and the author are."""
    known = viewer.may("post.see_inside") or viewer.id == revision.author_id
    return revision.author_id if known else None


def reports_for(viewer: Viewer, post: Post) -> int | None:
    """How many consumers have reported a post, as the content team is told."""
    return post.counts.reports if viewer.may("post.see_inside") else None


def reuse_consent_for(viewer: Viewer, post: Post) -> bool | None:
    """Whether a buyer show may be reused, as its consumer and the content team are told."""
    known = post.kind is PostKind.BUYER_SHOW and may_work_on(viewer, post)
    return post.reuse_consent if known else None


def review_for(viewer: Viewer, post: Post) -> Review | None:
    """The review of the latest revision, as those who work on the post are told."""
    return post.review if may_work_on(viewer, post) else None


def _own_department(viewer: Viewer) -> Department | None:
    """The department of a viewer's account, whose name may be in lower case there."""
    if viewer.department is None:
        return None
    try:
        return Department(viewer.department.upper())
    except ValueError:
        known = ", ".join(Department)
        raise Forbidden(
            f"Your account's department {viewer.department} is none of {known}; ask head office."
        ) from None
