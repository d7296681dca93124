"""What a command costs besides its action: from the client's frame to the reply in the outbox."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.findings import Finding, Results, Row, Step
from benchmarks.in_process import InProcess

if TYPE_CHECKING:
    from benchmarks.plan import Plan
    from benchmarks.wire import Protocol

_AT_MOST = 60.0
_FORMS: dict[str, Protocol] = {"JSON": "goby", "Protobuf": "protobuf"}


class RPC:
    """An action that does nothing, in both forms of the protocol."""

    name = "rpc"

    def steps(self, plan: Plan) -> list[Step]:
        return [
            Step(self.name, form, _measurement(form, protocol, plan))
            for form, protocol in _FORMS.items()
        ]

    def rows(self, results: Results) -> list[Row]:
        return []

    def findings(self, plan: Plan, results: Results) -> list[Finding]:
        return [
            Finding(
                what=f"rpc without a body, {form}: each",
                measured=median(microseconds for each in rounds for microseconds in each["us"]),
                unit="µs",
                at_most=_AT_MOST,
            )
            for form, rounds in results.items()
        ]


def _measurement(form: str, protocol: Protocol, plan: Plan) -> InProcess:
    wanted = {"protocol": protocol, "commands": plan.commands, "rounds": plan.rpc_rounds}
    return InProcess(
        title=f"rpc in {form}", module="benchmarks.rpc_cost", argument=json.dumps(wanted)
    )
