"""Stacks as py-spy writes them, and the part that each of them was caught in."""

from __future__ import annotations

import pytest

from benchmarks.profile.parts import Part, part_of, parts_of, percents, shares_of

ROOT = "_run_module_as_main (<frozen runpy>:173);<module> (uvicorn/__main__.py:1)"
LOOP = "Loop__run (loop.c:20313);uv_run (core.c:452)"
TASK = "TaskStepMethWrapper_call (_asynciomodule.c:1837);task_step_impl (_asynciomodule.c:2704)"
# A line of py-spy 0.4.3, whole.
REAL = (
    "0x7f16e9e4524a (libc.so.6);_run_module_as_main (<frozen runpy>:173);"
    "_run_code (<frozen runpy>:65);<module> (uvicorn/__main__.py:1);"
    "Command.__call__ (click/core.py:1651);Command.main (click/core.py:1483);"
    "Command.invoke (click/core.py:1400);Context.invoke (click/core.py:861);"
    "main (uvicorn/main.py:61);run (uvicorn/main.py:503);Server.run (uvicorn/server.py:85);"
    "asyncio_run (uvicorn/_compat.py:21);Runner.run (asyncio/runners.py:86);"
    "run_until_complete (loop.c:35410);run_until_complete (loop.c:35886);"
    "Py_XDECREF (object.h:602);Py_DECREF (object.h:537);run_forever (loop.c:33192);"
    "run_forever (loop.c:33397);Loop__run (loop.c:20313);Loop__Loop__run (loop.c:19903);"
    "uv_run (core.c:452);uv__run_idle (loop-watcher.c:68);uv__queue_empty (queue.h:33);"
    "loop_cb_idle_callback (loop.c:92362);Handle__run (loop.c:70959);"
    "Loop__on_idle (loop.c:19387);Handle__run (loop.c:70905);"
    "__Pyx_PyObject_FastCallDict (loop.c:205117);"
    "TaskStepMethWrapper_call (_asynciomodule.c:1837);task_step (_asynciomodule.c:2990);"
    "task_step_impl (_asynciomodule.c:2704);Flusher._work (realtime/flusher.py:96);"
    "Flusher._write_all (realtime/flusher.py:136);Flusher._say (realtime/flusher.py:169);"
    "DirectWebSocketProtocol.write (realtime/direct.py:61);write (loop.c:110189);"
    "write (loop.c:110207);UVStream_write (loop.c:110085);"
    "UVStream__initiate_write (loop.c:107357);UVStream__exec_write (loop.c:107733);"
    "UVStream__try_write (loop.c:106818);write (libc.so.6) 540"
)


@pytest.mark.parametrize(
    ("inner", "part"),
    [
        # The kernel: a call of the C library alone, whatever name it has there.
        (f"{LOOP};UVStream__try_write (loop.c:106818);write (libc.so.6)", Part.WRITES),
        (f"{LOOP};__libc_send (libc.so.6)", Part.WRITES),
        (f"{LOOP};__GI___writev (libc-2.36.so)", Part.WRITES),
        (f"{LOOP};uv__io_poll (linux.c:1452);epoll_pwait (libc.so.6)", Part.CALLS),
        (f"{LOOP};uv__read (stream.c:1154);__read (libc.so.6:12)", Part.CALLS),
        ("write (loop.c:110189)", Part.LOOP),
        # A function of the C library that is none of the kernel's works for its caller.
        ("Crowd.put (realtime/crowd.py:71);0x7f2f58ab6109 (libc.so.6)", Part.OUTBOXES),
        # The loop, and the server that it calls.
        (f"{LOOP};uv__queue_empty (queue.h:33)", Part.LOOP),
        (TASK, Part.LOOP),
        (f"{LOOP};Frame.parse (websockets/frames.py:260);__call__ (enum.py:686)", Part.SERVER),
        (f"{LOOP};receive (uvicorn/protocols/websockets/impl.py:551)", Part.SERVER),
        # Ours: the innermost decides, and the longest beginning of its path.
        (f"{TASK};SocketConsumer._read (realtime/consumers/socket.py:132)", Part.COMMANDS),
        ("publish (realtime/commands/publish.py:17);put (realtime/crowd.py:1)", Part.OUTBOXES),
        ("Hub.dispatch (realtime/hub.py:94);__init__ (realtime/message.py:7)", Part.ROUTING),
        ("Flusher._count (realtime/flusher.py:1);f (realtime/instrumentation.py:1)", Part.OUTBOXES),
        ("MemoryBroker.publish (realtime/brokers/memory.py:36)", Part.ROUTING),
        ("encode_pub (realtime/codecs/json.py:85);dumps (orjson.so)", Part.ENCODING),
        ("_framed (realtime/codecs/joining.py:58)", Part.FRAMING),
        ("Inbox.get (realtime/direct.py:88)", Part.FRAMING),
        ("FragmentCache.get (realtime/fragment_cache.py:1)", Part.ENCODING),
        ("SocketConsumer.__call__ (channels/consumer.py:93)", Part.COMMANDS),
        # The collector runs wherever it is due.
        ("append (realtime/history.py:110);gc_collect_main (libpython3.so)", Part.COLLECTOR),
    ],
)
def test_sample_belongs_to_the_innermost_part(inner: str, part: Part) -> None:
    assert part_of(f"{ROOT};{inner}".split(";")) is part


@pytest.mark.parametrize("stack", ["", "no frame at all", "main (threading.py:1)"])
def test_sample_of_something_else_is_other(stack: str) -> None:
    assert part_of(stack.split(";")) is Part.OTHER


def test_sample_that_came_late_was_due_between_two_calls() -> None:
    late = f"{TASK};Inbox.get (realtime/direct.py:88);get_running_loop (x.c:1);getpid (libc.so.6)"

    assert part_of(late.split(";")) is Part.BETWEEN


def test_lines_are_counted_as_often_as_they_say() -> None:
    parsing = f"{ROOT};{LOOP};Frame.parse (websockets/frames.py:260) 2"

    found = parts_of([REAL, parsing, f"{parsing}1\n"])

    assert found == {Part.WRITES: 540, Part.SERVER: 23}


def test_kernel_has_what_its_own_clock_says() -> None:
    found = {Part.WRITES: 36, Part.CALLS: 4, Part.LOOP: 10, Part.ENCODING: 30}

    shares = shares_of(found, kernel=0.6)

    assert shares[Part.WRITES] == pytest.approx(0.54)
    assert shares[Part.CALLS] == pytest.approx(0.06)
    assert shares[Part.LOOP] == pytest.approx(0.1)
    assert shares[Part.ENCODING] == pytest.approx(0.3)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_samples_that_the_kernel_has_no_time_for_were_late() -> None:
    found = {Part.WRITES: 72, Part.CALLS: 8, Part.BETWEEN: 4, Part.LOOP: 16}

    shares = shares_of(found, kernel=0.5)

    assert shares[Part.WRITES] == pytest.approx(0.45)
    assert shares[Part.CALLS] == pytest.approx(0.05)
    assert shares[Part.BETWEEN] == pytest.approx(0.34)
    assert shares[Part.LOOP] == pytest.approx(0.16)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_shares_without_samples_are_of_nothing_known() -> None:
    shares = shares_of({}, kernel=0.25)

    assert {part: share for part, share in shares.items() if share} == {
        Part.CALLS: 0.25,
        Part.OTHER: 0.75,
    }


def test_percents_add_up_to_a_hundred() -> None:
    found = percents(dict.fromkeys([Part.LOOP, Part.SERVER, Part.ENCODING], 1 / 3))

    assert sorted(found.values()) == [33, 33, 34]
    assert percents({Part.LOOP: 0.996, Part.SERVER: 0.004}) == {Part.LOOP: 100, Part.SERVER: 0}
