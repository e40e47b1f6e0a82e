"""The geometry of law: frames, legal area, overlay, topology, sheets, and hostile files."""
