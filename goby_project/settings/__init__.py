"""One module a profile: development, production, high_scale and test, all on top of base."""
