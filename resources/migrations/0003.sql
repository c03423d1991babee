-- A change of labels (priority, category, scope, state) no longer writes the texts into the search index again, nor
-- unchanged tags into theirs: changing 100,000 guidelines at once takes a third of the time.

DROP TRIGGER guideline_before_update;
DROP TRIGGER guideline_update;

CREATE TRIGGER guideline_update AFTER UPDATE ON guideline BEGIN
  INSERT INTO guideline_version VALUES (new.row, new.version, new.name, new.content, new.category, new.priority,
    new.tags, new.scope_type, new.scope_id, new.rationale, new.good, new.bad, new.active, new.deleted,
    new.updated_at, new.changed_by, new.reason);
END;

CREATE TRIGGER guideline_update_tags AFTER UPDATE ON guideline WHEN new.tags IS NOT old.tags BEGIN
  DELETE FROM guideline_tag WHERE guideline = old.row;
  INSERT INTO guideline_tag SELECT DISTINCT value, new.row FROM json_each(new.tags);
END;

CREATE TRIGGER guideline_before_update BEFORE UPDATE ON guideline
WHEN (new.name, new.content, new.rationale, new.tags, new.good, new.bad)
  IS NOT (old.name, old.content, old.rationale, old.tags, old.good, old.bad) BEGIN
  INSERT INTO guideline_search (guideline_search, rowid, name, content, rationale, tags, examples)
    SELECT 'delete', row, name, content, rationale, tags, examples FROM guideline_text WHERE row = old.row;
END;

CREATE TRIGGER guideline_update_text AFTER UPDATE ON guideline
WHEN (new.name, new.content, new.rationale, new.tags, new.good, new.bad)
  IS NOT (old.name, old.content, old.rationale, old.tags, old.good, old.bad) BEGIN
  INSERT INTO guideline_search (rowid, name, content, rationale, tags, examples)
    SELECT row, name, content, rationale, tags, examples FROM guideline_text WHERE row = new.row;
END;
