"""`manage.py loadtest`: users of a site, as many as one process can be, and what they had of it.

It knows the site from outside, by its pages and sockets, so it imports nothing of the engine and
nothing of the apps: what it measures may run anywhere.
"""
