-- +goose Up

-- Who is signed in to the portal. token is the hash of the cookie's. A session that was ended keeps its row, with no
-- data, until it would have expired: a request that was under way when it ended must not bring it back.
CREATE TABLE sessions (
    token  text PRIMARY KEY,
    data   bytea       NOT NULL,
    expiry timestamptz NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expiry);

-- One open invitation per member of a team who has not set a password yet. Only a hash of the link's token is kept.
CREATE TABLE invitations (
    user_id    bigint PRIMARY KEY REFERENCES users (id),
    token_hash bytea       NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);

-- Attempts to sign in, counted before the password is looked at. subject is a keyed hash of an email address, with or
-- without the network address that the attempts came from, so that this table names nobody.
CREATE TABLE sign_in_attempts (
    subject     bytea PRIMARY KEY,
    attempts    integer     NOT NULL CHECK (attempts >= 0),
    window_ends timestamptz NOT NULL
);
CREATE INDEX sign_in_attempts_age ON sign_in_attempts (window_ends);

-- Forms that were sent, so that the same one sent again (a double click, a reload) does nothing.
CREATE TABLE sent_forms (
    user_id bigint      NOT NULL REFERENCES users (id),
    form    text        NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, form)
);
CREATE INDEX sent_forms_age ON sent_forms (sent_at);

-- +goose Down
DROP TABLE sent_forms;
DROP TABLE sign_in_attempts;
DROP TABLE invitations;
DROP TABLE sessions;
