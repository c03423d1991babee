-- The library: what is known (guidelines and their history), who may see it, what was made from it.
-- Times are ISO 8601 text in UTC. Lists are JSON arrays of text. A global scope has the empty id.

CREATE TABLE guideline (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version >= 1),
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  category TEXT NOT NULL,
  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 100),
  tags TEXT NOT NULL,
  scope_type TEXT NOT NULL CHECK (scope_type IN ('global', 'org', 'project', 'session')),
  scope_id TEXT NOT NULL CHECK ((scope_id = '') = (scope_type = 'global')),
  rationale TEXT NOT NULL,
  good TEXT NOT NULL,
  bad TEXT NOT NULL,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX guideline_name ON guideline (scope_type, scope_id, name) WHERE deleted = 0;
-- Covers the filter panel's counts, so that they never read the texts.
CREATE INDEX guideline_labels ON guideline (category, scope_type, scope_id, priority, active, deleted);
-- The list's first order, ready made: the window shows 100,000 guidelines without sorting them. The other labels
-- are in it so that a filter does not have to look at the texts.
CREATE INDEX guideline_order
  ON guideline (deleted, active, priority DESC, name, category, scope_type, scope_id);

-- History: one row a change, written by the triggers below and never changed again.
CREATE TABLE guideline_version (
  guideline INTEGER NOT NULL REFERENCES guideline (row),
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  category TEXT NOT NULL,
  priority INTEGER NOT NULL,
  tags TEXT NOT NULL,
  scope_type TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  rationale TEXT NOT NULL,
  good TEXT NOT NULL,
  bad TEXT NOT NULL,
  active INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  created_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (guideline, version)
) STRICT;

CREATE TRIGGER guideline_version_update BEFORE UPDATE ON guideline_version
BEGIN SELECT RAISE(ABORT, 'the history of guidelines only grows'); END;
CREATE TRIGGER guideline_version_delete BEFORE DELETE ON guideline_version
BEGIN SELECT RAISE(ABORT, 'the history of guidelines only grows'); END;
CREATE TRIGGER guideline_delete BEFORE DELETE ON guideline
BEGIN SELECT RAISE(ABORT, 'guidelines are marked as deleted, never removed'); END;

CREATE TABLE guideline_tag (
  tag TEXT NOT NULL,
  guideline INTEGER NOT NULL REFERENCES guideline (row),
  PRIMARY KEY (tag, guideline)
) STRICT, WITHOUT ROWID;
CREATE INDEX guideline_tag_guideline ON guideline_tag (guideline);

-- Full-text index, kept by the triggers. It stores no text of its own: the view gives it back for snippets.
CREATE VIEW guideline_text AS
SELECT row, name, content, rationale,
  (SELECT group_concat(value, ' ') FROM json_each(tags)) AS tags,
  (SELECT group_concat(value, char(10)) FROM (
    SELECT value FROM json_each(good) UNION ALL SELECT value FROM json_each(bad))) AS examples
FROM guideline;

CREATE VIRTUAL TABLE guideline_search USING fts5 (
  name, content, rationale, tags, examples,
  content = 'guideline_text', content_rowid = 'row',
  tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);

CREATE TRIGGER guideline_insert AFTER INSERT ON guideline BEGIN
  INSERT INTO guideline_version VALUES (new.row, new.version, new.name, new.content, new.category, new.priority,
    new.tags, new.scope_type, new.scope_id, new.rationale, new.good, new.bad, new.active, new.deleted,
    new.updated_at, new.changed_by, new.reason);
  INSERT INTO guideline_tag SELECT DISTINCT value, new.row FROM json_each(new.tags);
  INSERT INTO guideline_search (rowid, name, content, rationale, tags, examples)
    SELECT row, name, content, rationale, tags, examples FROM guideline_text WHERE row = new.row;
END;

CREATE TRIGGER guideline_before_update BEFORE UPDATE ON guideline BEGIN
  INSERT INTO guideline_search (guideline_search, rowid, name, content, rationale, tags, examples)
    SELECT 'delete', row, name, content, rationale, tags, examples FROM guideline_text WHERE row = old.row;
END;

CREATE TRIGGER guideline_update AFTER UPDATE ON guideline BEGIN
  INSERT INTO guideline_version VALUES (new.row, new.version, new.name, new.content, new.category, new.priority,
    new.tags, new.scope_type, new.scope_id, new.rationale, new.good, new.bad, new.active, new.deleted,
    new.updated_at, new.changed_by, new.reason);
  DELETE FROM guideline_tag WHERE guideline = old.row;
  INSERT INTO guideline_tag SELECT DISTINCT value, new.row FROM json_each(new.tags);
  INSERT INTO guideline_search (rowid, name, content, rationale, tags, examples)
    SELECT row, name, content, rationale, tags, examples FROM guideline_text WHERE row = new.row;
END;

-- Access. The key itself is never kept, only its Argon2id hash; next_try is in seconds since 1970.
CREATE TABLE admin_key (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  hash TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  next_try REAL NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE access_grant (
  agent TEXT NOT NULL,
  permission TEXT NOT NULL CHECK (permission IN ('read', 'write')),
  scope_type TEXT NOT NULL CHECK (scope_type IN ('all', 'global', 'org', 'project', 'session')),
  scope_id TEXT NOT NULL CHECK ((scope_id = '') = (scope_type IN ('all', 'global'))),
  granted_at TEXT NOT NULL,
  PRIMARY KEY (agent, permission, scope_type, scope_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  row INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;

-- Exports and the exact versions that each one used. A run is 'prepared' until its files are in place.
CREATE TABLE export_run (
  row INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('prepared', 'done')),
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  format TEXT NOT NULL,
  target_model TEXT NOT NULL,
  config TEXT NOT NULL
) STRICT;

CREATE TABLE export_guideline (
  run INTEGER NOT NULL REFERENCES export_run (row),
  guideline INTEGER NOT NULL REFERENCES guideline (row),
  version INTEGER NOT NULL,
  PRIMARY KEY (run, guideline)
) STRICT, WITHOUT ROWID;
