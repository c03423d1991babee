-- Imports: where guidelines came from, so that a changed file can be imported again as an update.

-- A file (or database) that was imported. `path` is absolute; the scope is the one chosen for rules that name none.
CREATE TABLE import_source (
  row INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  scope_type TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  imported_at TEXT NOT NULL,
  UNIQUE (path, scope_type, scope_id)
) STRICT;

-- Which guideline a rule of a source became: `place` is its number in the source, `said` the guideline as JSON, as the
-- source said it then. What differs from that in the library now is somebody's own work.
CREATE TABLE import_origin (
  source INTEGER NOT NULL REFERENCES import_source (row),
  guideline INTEGER NOT NULL REFERENCES guideline (row),
  place INTEGER NOT NULL,
  said TEXT NOT NULL,
  PRIMARY KEY (source, guideline)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_origin_guideline ON import_origin (guideline);
