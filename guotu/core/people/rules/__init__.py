"""What people, posts and sign-in may be; decided without a database."""
