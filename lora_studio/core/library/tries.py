"""How long a try of the admin key waits: after five wrong ones in a row each does, the owner's and the doors' apart."""

from __future__ import annotations

import json
import math
import time

from lora_studio.core.errors import PermissionDenied
from lora_studio.core.library.store import Library
from lora_studio.core.library.tables import admin_key_tries

OWNERS, DOORS = "owner", "doors"
"""Who tries: the owner, who types or clicks, or a request of an agent."""
FREE_WRONG_TRIES = 5
LONGEST_WAIT_S = 30.0
WAITING_MAX = 8
"""Most tries of the doors that wait at the same time."""
_DOUBLED_MOST = 10


def reserve(library: Library, who: str) -> float:
    """Seconds that this try has to wait. Tries queue up, so that many at once are no faster than one by one.

    Raises PermissionDenied for a door's try that would be one too many; the owner's are never refused.
    """
    with library.writing():
        mine = admin_key_tries.who == who
        query = admin_key_tries.select(admin_key_tries.failures, admin_key_tries.waiting).where(mine)
        failures, waiting = library.execute(query).fetchone()
        if failures < FREE_WRONG_TRIES:
            return 0.0
        now = time.time()
        # What lies further off than any wait is from before the clock was set back.
        ends: list[float] = [end for end in json.loads(waiting) if now < end <= now + LONGEST_WAIT_S]
        if who == DOORS and len(ends) >= WAITING_MAX:
            raise PermissionDenied(
                f"too many wrong admin keys in a row; try again in {math.ceil(min(ends) - now)} seconds", "admin_key"
            )
        pause: float = 2.0 ** min(int(failures) - FREE_WRONG_TRIES, _DOUBLED_MOST)
        end = now + min(max([now, *ends]) - now + pause, LONGEST_WAIT_S)
        library.execute(admin_key_tries.update({admin_key_tries.waiting: json.dumps([*ends, end])}).where(mine))
        return end - now


def count(library: Library, who: str, *, right: bool) -> None:
    """Notes how a try ended; a right key begins anew."""
    values = {admin_key_tries.failures: 0 if right else admin_key_tries.failures + 1}
    if right:
        values[admin_key_tries.waiting] = "[]"
    library.execute(admin_key_tries.update(values).where(admin_key_tries.who == who))
