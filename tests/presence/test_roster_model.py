"""Any schedule of coming, going and waiting: what is told adds up to the truth, without noise."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.presence.rosters import Follower, Hall

USERS = ("", "ann", "bob", "cid", "dan")
NAMES = ("Ann", "Beth")


class Visits(RuleBasedStateMachine):
    """Compares a follower that folds with a model that knows only who is there, and since when."""

    @initialize(grace=st.sampled_from([0.0, 5.0]), max_changes=st.sampled_from([1, 2, 100]))
    def open(self, grace: float, max_changes: int) -> None:
        self.hall = Hall(grace=grace, max_changes=max_changes)
        self.follower = Follower()
        self.present: dict[str, str] = {}  # client -> user
        self.names: dict[str, str] = {}  # by user, the latest
        self.left: dict[str, float] = {}  # user -> when the last connection went
        self.empty_places: list[float] = []  # when guests went whose place nobody took
        self.numbers = 0

    @rule(user=st.sampled_from(USERS), name=st.sampled_from(NAMES))
    def enter(self, user: str, name: str) -> None:
        self.numbers += 1
        client = str(self.numbers)
        self.present[client] = user
        self.hall.enter(user, client, name=name)
        if user:
            self.names[user] = name
            self.left.pop(user, None)
        elif self.empty_places:
            self.empty_places.pop(0)

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        if not self.present:
            return
        client = data.draw(st.sampled_from(sorted(self.present)))
        user = self.present.pop(client)
        self.hall.leave(client)
        if not user:
            self.empty_places.append(self.hall.clock.now)
        elif user not in self.present.values():
            self.left[user] = self.hall.clock.now

    @rule(seconds=st.sampled_from([0.0, 0.5, 2.5, 5.0]))
    def wait(self, seconds: float) -> None:
        self.hall.later(seconds)
        self.empty_places = [at for at in self.empty_places if not self.is_over(at)]

    @rule()
    def tell(self) -> None:
        self.wait(0)
        before = (dict(self.follower.people), self.follower.guests)
        diffs = self.hall.roster.flush()
        for diff in diffs:
            self.follower.apply(diff, self.hall.roster)
        after = (self.follower.people, self.follower.guests)
        assert after == self.truth()
        # No message when the net change is nothing, but for one that says "ask again".
        assert bool(diffs) == (before != after) or diffs[0].reset

    def teardown(self) -> None:
        if not hasattr(self, "hall"):
            return
        for client in list(self.present):
            self.hall.leave(client)
        self.present.clear()
        self.hall.later(self.hall.grace)
        self.hall.roster.flush()
        assert len(self.hall.roster) == 0
        assert self.hall.roster.next_end is None

    def is_over(self, left_at: float) -> bool:
        """Return whether the grace has ended of who left then."""
        return left_at + self.hall.grace <= self.hall.clock.now

    def truth(self) -> tuple[dict[str, str], int]:
        """Return who is there or in the grace."""
        counts = Counter(self.present.values())
        here = set(counts) | {user for user, at in self.left.items() if not self.is_over(at)}
        people = {user: self.names[user] for user in here if user}
        return people, counts[""] + len(self.empty_places)


TestVisits = Visits.TestCase
