"""What became of the arms of splits in MongoDB, and the shares that follow from it."""

from collections.abc import Collection, Mapping

from domain.journeys.engine import Learnt
from domain.journeys.journeys import JourneyId
from domain.journeys.learning_arms import ArmOutcome
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import find_by, from_document, insert_new, to_document
from storage.mongo.kernel.folds import MongoFolds


class MongoArmOutcomes(MongoFolds[ArmOutcome]):
    """See `domain.journeys.learning_arms.ArmPorts`; one document for each arm and epoch."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["journey_arms"], _read, _fields)


class MongoLearning:
    """See `domain.journeys.ports.Learning`."""

    def __init__(self, database: Database) -> None:
        self._arms = database["journey_arms"]
        self._shares = database["journey_shares"]

    async def of(self, journeys: Collection[JourneyId]) -> Learnt:
        """The shares of the arms of all epochs of some journeys that were decided."""
        found = await find_by(self._shares, "journey_id", sorted(journeys))
        return {(one["journey_id"], one["step"], one["epoch"]): one["shares"] for one in found}

    async def outcomes(
        self, journey_id: JourneyId, step: str
    ) -> Mapping[tuple[int, str], tuple[int, int]]:
        """By epoch and arm, how many runs ended and how many of them reached the goal."""
        found = await self._arms.find({"split": f"{journey_id}|{step}"}).to_list(None)
        outcomes = {}
        for one in map(_read, found):
            epoch, _, arm = one.id.rpartition("|")[2].partition(":")
            outcomes[int(epoch), arm] = (one.ended, one.goals)
        return outcomes

    async def decide(
        self, journey_id: JourneyId, step: str, epoch: int, shares: Mapping[str, int]
    ) -> None:
        """Write down the shares of an epoch; those that are there stay."""
        decided = {
            "_id": f"{journey_id}|{step}|{epoch}",
            "journey_id": journey_id,
            "step": step,
            "epoch": epoch,
            "shares": dict(shares),
        }
        await insert_new(self._shares, [decided])


def _read(document: Document) -> ArmOutcome:
    return from_document(ArmOutcome, document)


def _fields(_: str, outcome: ArmOutcome) -> Document:
    fields = to_document(outcome)
    del fields["_id"]
    return fields
