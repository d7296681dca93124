"""From a plan to its outcome: the event loop, the arrangements, the course."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from loadtest.arrangements import arrange
from loadtest.course import Course, Outcome
from loadtest.errors import LoadTestError
from loadtest.progress import drawn_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from loadtest.plan import Plan
    from loadtest.progress import Progress

new_loop: Callable[[], asyncio.AbstractEventLoop]
try:
    from uvloop import new_event_loop as new_loop
except ImportError:  # pragma: no cover - there is none for Windows
    new_loop = asyncio.new_event_loop


def conduct(plan: Plan, console: Console) -> Outcome:
    """Make the test and return how it went; raise `LoadTestError` if it could not be made."""
    with (
        drawn_on(console, plan.users) as progress,
        asyncio.Runner(loop_factory=new_loop) as runner,
    ):
        try:
            outcome = runner.run(_conduct(plan, progress))
        except KeyboardInterrupt:
            raise LoadTestError("Interrupted before there was a report.") from None
    if not outcome.tally.connects and not outcome.interrupted:
        [(reason, _)] = outcome.tally.errors.most_common(1)
        raise LoadTestError(
            f"Nobody got in at {plan.site.ws}app/ws/{plan.socket}: {reason}. Look at the site's "
            "log; where guests may not connect, give sessions with --sessions."
        )
    return outcome


async def _conduct(plan: Plan, progress: Progress) -> Outcome:
    slugs, users = await arrange(plan, say=progress.say)
    return await Course(plan, slugs, users, progress).run()
