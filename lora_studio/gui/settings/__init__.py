"""The Settings page: theme, admin key, agents, templates, system sentence, names, folders, audit log, about."""
