-- Wrong admin keys are counted apart for the owner, who types or clicks, and for the doors, so that no agent can lock
-- the owner out. `waiting` is a JSON array of the times, in seconds since 1970, at which waiting tries are looked at.

CREATE TABLE admin_key_tries (
  who TEXT PRIMARY KEY CHECK (who IN ('owner', 'doors')),
  failures INTEGER NOT NULL DEFAULT 0,
  waiting TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;
INSERT INTO admin_key_tries (who) VALUES ('owner'), ('doors');

ALTER TABLE admin_key DROP COLUMN failures;
ALTER TABLE admin_key DROP COLUMN next_try;
