"""The Guidelines page: find, read, write and delete what becomes training data."""
