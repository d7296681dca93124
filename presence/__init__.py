"""Who is online, who is here, who types, and who was last seen when."""
