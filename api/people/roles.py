"""What somebody is to the brand, in the schema."""

from api.kernel.enums import enum
from domain.people.viewer import Role

enum(
    Role,
    "What somebody is to the brand.",
    VISITOR="A consumer who is no member.",
    MEMBER="A consumer who has joined.",
    GUIDE="Serves customers of a store and shares what the brand offers.",
    EDITOR="Deposits content and has it reviewed.",
    REVIEWER="Approves content and offers, or sends them back.",
    TRAINER="Keeps topics, questions, exams and maps of learning.",
    STORE_MANAGER="Runs one store.",
    REGION_MANAGER="Looks after the stores of a region.",
    FRANCHISEE="Owns stores under the brand's name.",
    FINANCE="Keeps the books, and pays owners and guides.",
    HEAD_OFFICE="Decides for the whole brand.",
    FEED="Another system, such as a till, with a key of its own.",
)

__all__ = ["Role"]
