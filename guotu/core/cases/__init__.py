"""Written processes that run: cases, steps, separate hands, legal clocks and supervised tasks."""
