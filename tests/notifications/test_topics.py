"""Who may follow whose notifications."""

from __future__ import annotations

from notifications import topics


def test_topic_of_a_person_is_closed_to_others_by_its_name() -> None:
    assert topics.mine(user=42).name == "notifications#42"
    assert topics.everybody().name == "notifications"


def test_nobody_publishes_but_the_site() -> None:
    for topic in (topics.mine, topics.everybody):
        assert topic.options.can_publish == "nobody"
        assert topic.options.can_history == "nobody"
        assert topic.options.can_subscribe == "signed_in"
