"""The ASGI applications that the benchmark runs, each a module for uvicorn or daphne."""
