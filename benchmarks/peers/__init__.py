"""The same load against other people's servers: `python -m benchmarks.peers`.

Each peer's program is small and does what the peer's own documentation recommends for a broadcast,
with its default settings. All carry the same messages to the same load, on the same core.
"""
