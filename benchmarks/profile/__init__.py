"""Where the server's time goes under load: samples of it, and the part that each belongs to."""
