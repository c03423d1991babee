"""The doors: each translates between its callers and the core; none decides anything."""
