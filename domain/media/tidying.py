"""What a crash or a forgetful client left half done, put in order by the clock."""

from datetime import datetime

from domain.media.asset_changes import finish_deletions
from domain.media.direct_uploads import UploadPorts, forget_expired


async def tidy_assets(arrivals: UploadPorts, *, now: datetime) -> int:
    """Finish deletions that were cut short and clear away uploads whose time is over.

    Any number of processes may do so at once; tells how many things were put in order.
    """
    finished = await finish_deletions(arrivals.bank, now=now)
    return finished + await forget_expired(arrivals, now=now)
