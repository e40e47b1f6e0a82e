"""Floor 4: wiring only (settings, urls, base page, static files, command line)."""
