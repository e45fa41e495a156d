-- +goose Up
-- What happened, each row with the hash of the one before. Rows are only added.
CREATE TABLE event (
  seq BIGINT PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL,
  prev TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX event_at ON event (at, seq);
-- +sqlite
CREATE TRIGGER event_keeps BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
-- +end
-- +postgres
CREATE FUNCTION event_keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'events are only added'; END $$;
CREATE TRIGGER event_keeps BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_keeps();
CREATE TRIGGER event_stays BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION event_keeps();
-- +end

-- The rules of the package policy, for those who look: the program goes by its own.
CREATE TABLE policy (role TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, state TEXT NOT NULL, visibility TEXT NOT NULL, scope TEXT NOT NULL,
  PRIMARY KEY (role, action, object, state, visibility, scope));

-- Who has signed in: known by issuer and subject, never by a mail address.
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  mail TEXT NOT NULL,
  disabled BIGINT NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  profile TEXT NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX account_subject ON account (issuer, subject);

-- "" is everything: all countries, all programmes.
CREATE TABLE role (
  account_id TEXT NOT NULL REFERENCES account (id),
  role TEXT NOT NULL,
  country TEXT NOT NULL DEFAULT '',
  programme TEXT NOT NULL DEFAULT '',
  organisation TEXT NOT NULL DEFAULT '',
  granted_by TEXT NOT NULL,
  granted_at TEXT NOT NULL,
  PRIMARY KEY (account_id, role, country, programme, organisation)
);

-- Secrets are kept as hashes only.
CREATE TABLE session (
  hash TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  created_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
);
CREATE INDEX session_account ON session (account_id);

CREATE TABLE token (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT NOT NULL DEFAULT '',
  revoked_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX token_account ON token (account_id);

-- Sign-ins under way, and codes of the set-up.
CREATE TABLE login (
  hash TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  nonce TEXT NOT NULL,
  verifier TEXT NOT NULL,
  next TEXT NOT NULL,
  expires_at TEXT NOT NULL
);

-- Answers of requests that may be sent again.
CREATE TABLE idempotency (
  account_id TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT NOT NULL,
  status BIGINT NOT NULL,
  body TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (account_id, key)
);

-- What waits for a decision: interests, edits, imports, reports of errors.
CREATE TABLE submission (
  id TEXT PRIMARY KEY,
  number BIGINT NOT NULL,
  object TEXT NOT NULL,
  subject TEXT NOT NULL,
  title TEXT NOT NULL,
  state TEXT NOT NULL,
  version BIGINT NOT NULL,
  visibility TEXT NOT NULL,
  author TEXT NOT NULL,
  organisation TEXT NOT NULL,
  countries TEXT NOT NULL,
  programmes TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  visible_from TEXT NOT NULL DEFAULT '',
  recorded_from BIGINT NOT NULL DEFAULT 0,
  recorded_to BIGINT NOT NULL DEFAULT 0,
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX submission_number ON submission (number);
CREATE INDEX submission_state ON submission (state, updated_at);
CREATE INDEX submission_author ON submission (author);
CREATE INDEX submission_organisation ON submission (organisation);
CREATE INDEX submission_subject ON submission (subject);

CREATE TABLE subscription (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id),
  mail TEXT NOT NULL,
  confirmed BIGINT NOT NULL DEFAULT 0,
  kind TEXT NOT NULL,
  service TEXT NOT NULL,
  country TEXT NOT NULL,
  language TEXT NOT NULL,
  last BIGINT NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
);
CREATE INDEX subscription_account ON subscription (account_id);

CREATE TABLE outbox (
  id BIGINT PRIMARY KEY,
  recipient TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at TEXT NOT NULL,
  next_at TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  sent_at TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT ''
);

CREATE TABLE importer (
  name TEXT PRIMARY KEY,
  every_h DOUBLE PRECISION NOT NULL,
  last_try TEXT NOT NULL DEFAULT '',
  last_success TEXT NOT NULL DEFAULT '',
  last_count BIGINT NOT NULL DEFAULT 0,
  last_delta BIGINT NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT ''
);

-- Files that were handed in, by the hash of their content.
CREATE TABLE file (
  sha256 TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  size BIGINT NOT NULL,
  public BIGINT NOT NULL DEFAULT 0,
  -- +sqlite
  content BLOB NOT NULL
  -- +end
  -- +postgres
  content BYTEA NOT NULL
  -- +end
);

-- What was recorded before is told to the log when the register is opened.
DELETE FROM meta WHERE key IN ('derived', 'audited');

-- Who handed a file in, and what it was called: the same content may come from several.
CREATE TABLE upload (sha256 TEXT NOT NULL REFERENCES file (sha256), account_id TEXT NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (sha256, account_id));

-- +goose Down
DELETE FROM meta WHERE key = 'audited';
DROP TABLE upload;
DROP TABLE file;
DROP TABLE importer;
DROP TABLE outbox;
DROP TABLE subscription;
DROP TABLE submission;
DROP TABLE idempotency;
DROP TABLE login;
DROP TABLE token;
DROP TABLE session;
DROP TABLE role;
DROP TABLE account;
DROP TABLE policy;
DROP TABLE event;
-- +postgres
DROP FUNCTION event_keeps();
-- +end
