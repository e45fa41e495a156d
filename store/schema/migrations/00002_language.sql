-- +goose Up
-- Which records say something in another language than their own: an @ stands
-- in a path only before a language.
CREATE INDEX statement_language ON statement (subject) WHERE instr(path, '@') > 0;
CREATE INDEX statement_recorded ON statement (recorded_at, seq);

-- +goose Down
DROP INDEX statement_recorded;
DROP INDEX statement_language;
