"""The worker beside the web server: clocks that are due, and the county's daily chores."""
