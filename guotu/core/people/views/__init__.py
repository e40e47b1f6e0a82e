"""Pages about people: signing in, one's own account, persons, posts, units, divisions."""
