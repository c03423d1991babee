"""The store: one SQLite file with guidelines, their history, access, the audit log and past exports."""
