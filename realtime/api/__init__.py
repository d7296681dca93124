"""The server API: programs in any language publish over HTTP, and look after the connections.

It is how another process reaches the clients of this one: a management command, a task worker,
a service that is not written in Python. The official clients of this protocol work against it.
"""
