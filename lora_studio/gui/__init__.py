"""The window: the only place that knows Qt. It asks the core, shows, and decides nothing itself."""
