"""Rooms in which people talk: the module that shows how an app uses live topics."""
