-- +goose Up
-- Lists choose and sort their records by these alone, without the bodies of records, which
-- are read of those only that are shown. PostgreSQL keeps long bodies apart by itself, and
-- bounds what an index holds: there the filters are read from the rows.
DROP INDEX record_filter;
DROP INDEX record_updated;
CREATE INDEX record_updated ON record (kind, updated, n);
CREATE INDEX record_known ON record (known DESC, n);
-- +sqlite
CREATE INDEX record_filter ON record (kind, status, country, sector, date, updated, sort_name);
-- +end
-- +postgres
CREATE INDEX record_filter ON record (kind, status);
-- +end

-- +goose Down
DROP INDEX record_known;
DROP INDEX record_updated;
DROP INDEX record_filter;
-- +sqlite
CREATE INDEX record_filter ON record (kind, status, country, sector, date);
-- +end
-- +postgres
CREATE INDEX record_filter ON record (kind, status);
-- +end
CREATE INDEX record_updated ON record (updated, n);
