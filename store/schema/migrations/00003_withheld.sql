-- +goose Up
-- What a record says is not for the public: the whole of it (prefix ''), or
-- elements of its lists. Made from the statements like records are.
CREATE TABLE withheld (subject TEXT NOT NULL, prefix TEXT NOT NULL, PRIMARY KEY (subject, prefix));

-- +goose Down
DROP TABLE withheld;
