"""Small live pages on either htmx: a list, a part that comes and goes, and a form."""

from __future__ import annotations

from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt

from tests.playground import items, topics

NODE_MODULES = Path(__file__).resolve().parents[1] / "sdk" / "node_modules"


def page(request: HttpRequest, name: str) -> HttpResponse:
    """Show what was said; `?htmx=2` on the older htmx, `?parts=` with so many parts."""
    if request.method == "POST":
        items.say(name, request.POST["text"])
        return redirect("play-page", name)
    context = {
        "name": name,
        "topic": topics.page(name=name),
        "lines": items.lines(name),
        "htmx": int(request.GET.get("htmx", 4)),
        "parts": [
            (topics.side(name=side), len(items.lines(side, side=True)))
            for side in (f"{name}-{number}" for number in range(int(request.GET.get("parts", 0))))
        ],
    }
    return render(request, "playground/page.html", context)


def part(request: HttpRequest, name: str) -> HttpResponse:
    """Show the part; `?also=` follows the page's topic as well."""
    context = {
        "topic": topics.side(name=name),
        "also": topics.page(name=name) if request.GET.get("also") else topics.side(name=name),
        "lines": items.lines(name, side=True),
    }
    return render(request, "playground/part.html", context)


@csrf_exempt
def say(request: HttpRequest, name: str) -> HttpResponse:
    """Say something, without a page."""
    number = items.say(name, request.POST["text"], side="side" in request.POST)
    return HttpResponse(number)


@csrf_exempt
def correct(request: HttpRequest, name: str) -> HttpResponse:
    """Give a line another text."""
    items.correct(name, int(request.POST["number"]), request.POST["text"])
    return HttpResponse()


@csrf_exempt
async def burst(request: HttpRequest, name: str) -> HttpResponse:
    """Say more at once than an outbox takes."""
    await items.burst(name, int(request.POST["count"]), int(request.POST["size"]))
    return HttpResponse()


def htmx_2(_request: HttpRequest, path: str) -> FileResponse:
    """Return a file of the older htmx, which the project does not bring along."""
    found = {"htmx.js": "htmx.org/dist/htmx.js", "ws.js": "htmx-ext-ws/ws.js"}[path]
    return FileResponse((NODE_MODULES / found).open("rb"), content_type="text/javascript")
