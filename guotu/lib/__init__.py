"""Floor 1, pure: no Django, no disk, no network, no clock."""
