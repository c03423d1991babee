"""The Settings page: theme, admin key, the system sentence, allowed folders."""
