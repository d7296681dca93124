"""The site: which apps it is made of, how each profile runs them, and where a request goes."""
