-- +goose Up

-- What an employer says about itself.
ALTER TABLE employers ADD COLUMN website text, ADD COLUMN description text, ADD COLUMN phone text;

-- +goose Down
ALTER TABLE employers DROP COLUMN phone, DROP COLUMN description, DROP COLUMN website;
