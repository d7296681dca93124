"""The parts of the page: the machine, one part for each size of the fan-out, the rooms."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from benchmarks.peers.results import Line

# What Goby is set in relation to.
_RIVALS = ("Bun", "Channels, uvicorn")
_OURS = "Goby"
_LINE = 110
_TIRED = 0.95  # of its core: more the load cannot do
_OWN_CORE = 0.7  # a server that used less was robbed of it, or waited for the load
_TIMES = " \N{MULTIPLICATION SIGN}"


def machine_section(results: Mapping[str, Any]) -> str:
    """When, where and what was measured, and what was left out."""
    plan = results["plan"]
    lines = [
        paragraph(
            f"{measured_on(results)} Messages of {plan['size']} bytes; "
            f"medians of {_rounds(plan['rounds'])} of {plan['seconds']:g} seconds each, "
            "in which all servers took turns."
        ),
        *grid(
            ["server", "versions"],
            [
                [name, ", ".join(f"{thing} {number}" for thing, number in versions.items())]
                for name, versions in results["versions"].items()
            ],
        ),
    ]
    absent = [
        f"{name} was left out: {', '.join(missing)} could not be installed."
        for name, missing in results["left_out"].items()
    ]
    failed = [f"Failed: {' '.join(each.split())}" for each in results["failures"]]
    return "\n".join([*lines, "", *map(paragraph, [*absent, *failed])])


def fan_out_section(scenario: str, lines: Sequence[Line], picture: str, *, seconds: float) -> str:
    """Deliveries a second and latencies by messages in flight, and Goby beside others.

    A latency that is longer than the window of `seconds` was not seen to its end.
    """
    subscribers = int(scenario.split()[-1])
    loads = sorted({line["inflight"] for line in lines})
    heads = ["server", *(f"{load} in flight" for load in loads)]
    rates = _by_server(lines, lambda line: short(line["rate"]))
    delays = _by_server(lines, lambda line: _delays(line, subscribers, seconds))
    joined = _by_server(lines, lambda line: short(line["joined"]))
    parts = [
        f"## One topic, {subscribers:,} subscribers\n",
        f"![Deliveries a second by server and messages in flight]({picture})\n",
        "Deliveries a second:\n",
        *grid(heads, [*rates, *_ratios(lines, loads)]),
        "\nMilliseconds from publishing to arrival, median / 99th percentile:\n",
        *grid(heads, delays),
        "\nMessages that share a frame:\n",
        *grid(heads, joined),
        "",
        *map(paragraph, _remarks(lines)),
    ]
    return "\n".join(parts)


def rooms_section(lines: Sequence[Line], picture: str) -> str:
    """What became of every message, when, and at what price."""
    heads = ["server", "delivered", "deliveries a second", "p50", "p99", "server's core", "load's"]
    cells = [
        [
            line["server"],
            f"{line['delivered']:.2%}",
            short(line["rate"]),
            f"{short(line['p50_ms'])} ms",
            f"{short(line['p99_ms'])} ms",
            f"{line['server_busy']:.0%}",
            f"{line['load_busy']:.0%}",
        ]
        for line in lines
    ]
    unordered = [line["server"] for line in lines if line["unordered"]]
    parts = [
        "## Rooms\n",
        f"![Latency and load of each server]({picture})\n",
        *grid(heads, cells),
    ]
    if unordered:
        parts += ["", paragraph(f"Out of order or twice: {'; '.join(unordered)}.").rstrip()]
    return "\n".join(parts) + "\n"


def measured_on(results: Mapping[str, Any]) -> str:
    """Return the sentence that says when, of what and where figures are."""
    machine = results["machine"]
    shared = ", which server and load shared" if machine["shared_core"] else ""
    return (
        f"Measured on {results['date']} with Goby {results['goby']}: {machine['processor']}, "
        f"{machine['cores']} cores{shared}; {machine['system']}; Python {machine['python']}."
    )


def short(value: float) -> str:
    """A figure with three digits that count."""
    if value >= 1000:
        digits = len(str(int(value))) - 3
        return f"{round(value, -digits):,.0f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _delays(line: Line, subscribers: int, seconds: float) -> str:
    # What is in flight leaves at this rate, so that is how long each of it takes (Little's law).
    if line["inflight"] * subscribers > line["rate"] * seconds:
        return f"over {short(seconds * 1000)}"
    return f"{short(line['p50_ms'])} / {short(line['p99_ms'])}"


def _by_server(lines: Sequence[Line], cell: Callable[[Line], str]) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line["server"], [line["server"]]).append(cell(line))
    return list(found.values())


def _ratios(lines: Sequence[Line], loads: Sequence[int]) -> list[list[str]]:
    rates = {(line["server"], line["inflight"]): line["rate"] for line in lines}
    servers = {line["server"] for line in lines}
    if _OURS not in servers:
        return []
    return [
        [
            f"{_OURS} : {rival}",
            *(f"**{short(rates[_OURS, load] / rates[rival, load])}{_TIMES}**" for load in loads),
        ]
        for rival in _RIVALS
        if rival in servers
    ]


def _remarks(lines: Sequence[Line]) -> Iterator[str]:
    """What was lost, and where it was not the server that set the pace."""
    lost = [line for line in lines if line["missing"]]
    yield f"Messages were lost by {_where(lost)}." if lost else "Nothing was lost."
    tired = [line for line in lines if line["load_busy"] > _TIRED]
    if tired:
        yield f"The load was at its own limit with {_where(tired)}."
    robbed = [line for line in lines if line["server_busy"] < _OWN_CORE]
    if robbed:
        yield f"The server's core was not fully used by {_where(robbed)}."


def _where(lines: Sequence[Line]) -> str:
    found = _by_server(lines, lambda line: str(line["inflight"]))
    return "; ".join(f"{server} ({', '.join(loads)} in flight)" for server, *loads in found)


def _rounds(count: int) -> str:
    return "1 round" if count == 1 else f"{count} rounds"


def paragraph(text: str) -> str:
    """Return lines of the page's width."""
    return fill(text, _LINE, break_on_hyphens=False) + "\n"


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table in Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)]
