"""Floor 2: what every duty stands on, a stack (top first: atlas, files, people, journal)."""
