"""Counted calls pass unchanged, and only those that matter are counted."""

from __future__ import annotations

from benchmarks.apps.calls import counted


class Shelf:
    def take(self, title: str, *, copies: int = 1) -> list[str]:
        return [title] * copies


def test_counted_passes_calls_of_an_object_and_counts_those_that_matter() -> None:
    shelf = Shelf()
    count = counted(shelf, "take", where=lambda call: call["title"] == "a")
    assert shelf.take("a", copies=2) == ["a", "a"]
    assert shelf.take(title="b") == ["b"]
    assert count.calls == 1
    Shelf().take("a")
    assert count.calls == 1


def test_counted_reaches_every_object_of_a_class() -> None:
    class Drawer(Shelf):
        """A class of its own, because what is counted stays so."""

    count = counted(Drawer, "take", where=lambda call: "copies" in call)
    assert Drawer().take("a", copies=1) == Drawer().take("a")
    assert count.calls == 1
