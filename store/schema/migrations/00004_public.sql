-- +goose Up
-- The place of a statement in the order of publication. What is not for the public
-- has none, and leaves no gap: numbers that everybody sees tell nothing of it.
ALTER TABLE statement ADD COLUMN public_seq BIGINT;
CREATE UNIQUE INDEX statement_public ON statement (public_seq) WHERE public_seq IS NOT NULL;
-- Filters and their counts are read from here, without the bodies of records.
CREATE INDEX record_filter ON record (kind, status, country, sector, date);
-- The places are given when the register is opened.
DELETE FROM meta WHERE key = 'derived';

-- +goose Down
DELETE FROM meta WHERE key IN ('derived', 'version', 'numbered');
DROP INDEX record_filter;
DROP INDEX statement_public;
ALTER TABLE statement DROP COLUMN public_seq;
