-- Imports: how a file was cut into rules, and what a person left out.

-- The number of the reader that cut the file: one that has not changed since an older reader saw it stays as it is.
ALTER TABLE import_source ADD COLUMN reader INTEGER NOT NULL DEFAULT 0;

-- Rules of a source that a person did not want: `digest` is the SHA-256 of the content, so that a new text is asked for.
CREATE TABLE import_declined (
  source INTEGER NOT NULL REFERENCES import_source (row),
  digest TEXT NOT NULL,
  PRIMARY KEY (source, digest)
) STRICT, WITHOUT ROWID;
