"""Rule files, data files and agent-memory databases into the library: read, plan, apply."""
