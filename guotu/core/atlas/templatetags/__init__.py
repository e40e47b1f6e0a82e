"""Words that the pages of the atlas use for stored codes."""
