"""Pages of the journal: wired here, as the journal's floor knows neither posts nor doors."""
