"""OGC API Features over releases and register, for each reader what that reader may see."""
