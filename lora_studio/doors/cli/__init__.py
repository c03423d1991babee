"""The command line: people type, tables and one-line errors come back; `--json` gives the JSON door's response."""
