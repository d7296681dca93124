"""The same server without one optimisation after the other: what each of them gains."""
