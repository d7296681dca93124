"""What a publication costs: our Data socket beside the stock channel layer, measured in one run.

`python -m benchmarks.fanout` starts each server in a process of its own on one core and the load on
another, because a ratio only means something when both sides had the same machine at the same time.
"""
