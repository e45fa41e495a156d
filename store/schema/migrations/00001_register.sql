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
  -- +sqlite
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  -- +end
  -- +postgres
  seq BIGINT PRIMARY KEY,
  -- +end
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
  -- +sqlite
  n INTEGER PRIMARY KEY,
  -- +end
  -- +postgres
  n BIGINT PRIMARY KEY,
  -- +end
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  sort_name TEXT NOT NULL,
  revision BIGINT NOT NULL,
  updated TEXT NOT NULL,
  known TEXT NOT NULL,
  status TEXT NOT NULL,
  country TEXT NOT NULL,
  sector TEXT NOT NULL,
  date TEXT NOT NULL,
  west DOUBLE PRECISION, south DOUBLE PRECISION, east DOUBLE PRECISION, north DOUBLE PRECISION,
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

-- +sqlite
CREATE VIRTUAL TABLE search USING fts5 (name, body, skeleton, tokenize = 'unicode61', prefix = '2 3');
-- +end
-- +postgres
CREATE TABLE search (n BIGINT PRIMARY KEY, words tsvector NOT NULL, skeleton tsvector NOT NULL);
CREATE INDEX search_words ON search USING gin (words);
CREATE INDEX search_skeleton ON search USING gin (skeleton);

-- Two functions of SQLite that questions use.
CREATE FUNCTION instr(text, text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT strpos($1, $2)';
CREATE FUNCTION json_extract(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT $1::json #>> string_to_array(substr($2, 3), ''.'')';
-- +end

-- +goose Down
-- +postgres
DROP FUNCTION json_extract(text, text);
-- +end
DROP TABLE search;
DROP TABLE reference;
DROP TABLE record;
DROP TABLE statement;
DROP TABLE source;
DROP TABLE meta;
-- +postgres
DROP FUNCTION instr(text, text);
-- +end
