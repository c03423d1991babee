"""The import: what files hold, shown first, then put into the library."""
