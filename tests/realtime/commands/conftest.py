"""The commands' tests use the site of the sockets' tests, and speak both forms of the protocol."""

from __future__ import annotations

from tests.realtime.consumers.conftest import bystander, engine, goby, log, open_data, site
from tests.wire_protobuf import in_both_forms

__all__ = ["bystander", "engine", "goby", "log", "open_data", "site"]

form = in_both_forms()
