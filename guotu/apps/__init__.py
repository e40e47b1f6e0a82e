"""Floor 3: what the law asks of the county, one folder a duty; duties never import one another."""
