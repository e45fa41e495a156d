-- +goose Up
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE source (
  id TEXT PRIMARY KEY,
  class TEXT NOT NULL,
  date TEXT NOT NULL,
  body TEXT NOT NULL
);

-- The one table of truth. Rows are added and never changed, but for their state.
CREATE TABLE statement (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT NOT NULL,
  path TEXT NOT NULL,
  value TEXT NOT NULL,
  removed INTEGER NOT NULL DEFAULT 0,
  source_id TEXT NOT NULL REFERENCES source (id),
  locator TEXT NOT NULL DEFAULT '',
  as_of TEXT NOT NULL DEFAULT '',
  known_on TEXT NOT NULL,
  confidence TEXT NOT NULL DEFAULT '',
  recorded_by TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  state TEXT NOT NULL,
  pinned INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX statement_subject ON statement (subject, seq);
CREATE INDEX statement_source ON statement (source_id);

-- What follows is made from the statements, and can be made again.
CREATE TABLE record (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  sort_name TEXT NOT NULL,
  revision INTEGER NOT NULL,
  updated TEXT NOT NULL,
  known TEXT NOT NULL,
  status TEXT NOT NULL,
  country TEXT NOT NULL,
  sector TEXT NOT NULL,
  date TEXT NOT NULL,
  west REAL, south REAL, east REAL, north REAL,
  sources INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX record_slug ON record (kind, slug);
CREATE INDEX record_name ON record (kind, sort_name, n);
CREATE INDEX record_date ON record (kind, date, n);
CREATE INDEX record_updated ON record (updated, n);

CREATE TABLE reference (from_id TEXT NOT NULL, path TEXT NOT NULL, to_id TEXT NOT NULL);
CREATE INDEX reference_from ON reference (from_id);
CREATE INDEX reference_to ON reference (to_id);

CREATE VIRTUAL TABLE search USING fts5 (name, body, skeleton, tokenize = 'unicode61', prefix = '2 3');

-- +goose Down
DROP TABLE search;
DROP TABLE reference;
DROP TABLE record;
DROP TABLE statement;
DROP TABLE source;
DROP TABLE meta;
