"""What was added to the places of contests, in MongoDB: the movements of their scores."""

from domain.guiding.contests import COUNTED, LATE
from domain.insight.contest_boards import CONTEST_ROWS, ContestRow
from domain.kernel.paging import Page, PageRequest
from storage.mongo.kernel.database import EARLIEST, Database, Document
from storage.mongo.kernel.pages import NEWEST_FIRST, page


class MongoContestRows:
    """See `domain.insight.contest_boards.ContestRows`; read from `contest_moves`."""

    def __init__(self, database: Database) -> None:
        self._moves = database["contest_moves"]

    async def page(self, standing: str, subject: str, request: PageRequest) -> Page[ContestRow]:
        """What was added to a subject's place in a standing, the newest first."""
        wanted = {"target": f"{standing}|{subject}", "at": {"$gt": EARLIEST}}
        return await page(self._moves, wanted, NEWEST_FIRST, request, CONTEST_ROWS, _row)


def _row(document: Document) -> ContestRow:
    added = dict(document["add"])
    # The id begins with the contest and the day, and goes on with what was sold.
    about = document["_id"].split("|")[2]
    return ContestRow(
        id=document["_id"],
        at=document["at"],
        about=about,
        fen=added.get(COUNTED, 0) + added.get(LATE, 0),
        late=LATE in added,
    )
