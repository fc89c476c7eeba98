-- store/billing owns: packages, billing_details, orders, invoices, invoice_heads.
-- +goose Up

-- What is for sale. Money is in hundredths of the currency unit, without VAT. contract_months is how long publishing costs no
-- credits; 0 for a package that has credits alone.
CREATE TABLE packages (
    code        text    PRIMARY KEY,
    name        text    NOT NULL,
    job_posting bigint  NOT NULL CHECK (job_posting >= 0),
    cv_search   bigint  NOT NULL CHECK (cv_search >= 0),
    price_minor bigint  NOT NULL CHECK (price_minor >= 0),
    currency    char(3) NOT NULL,
    features    text[]  NOT NULL,
    contract_months integer NOT NULL DEFAULT 0 CHECK (contract_months >= 0)
);
INSERT INTO packages (code, name, job_posting, cv_search, price_minor, currency, features, contract_months) VALUES
    ('starter',   'Starter',   1,  0,   14900,  'GBP', '{api,webhooks}', 0),
    ('team',      'Team',      5,  25,  59900,  'GBP', '{api,webhooks}', 0),
    ('agency',    'Agency',    25, 150, 249900, 'GBP', '{api,webhooks}', 0),
    ('unlimited', 'Unlimited', 0,  300, 899900, 'GBP', '{api,webhooks}', 12);

-- What an employer has given for its invoices.
CREATE TABLE billing_details (
    employer_id bigint PRIMARY KEY REFERENCES employers (id),
    company     text   NOT NULL,
    address     text   NOT NULL,
    country     char(2) NOT NULL,
    vat_number  text   NOT NULL DEFAULT ''
);

-- Orders. What was ordered is kept as it was then: the package may be another one tomorrow. form is that of the page, so that
-- one that is sent twice orders once. ordered_by and paid_by are users; reference is what the payment is known by elsewhere. checkout_url is
-- where the order is paid until checkout_until, by the attempt of that number: an order has one checkout at a time.
CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employer_id bigint      NOT NULL REFERENCES employers (id),
    package     text        NOT NULL REFERENCES packages (code),
    name        text        NOT NULL,
    job_posting bigint      NOT NULL CHECK (job_posting >= 0),
    cv_search   bigint      NOT NULL CHECK (cv_search >= 0),
    contract_months integer NOT NULL CHECK (contract_months >= 0),
    net_minor   bigint      NOT NULL CHECK (net_minor >= 0),
    vat_minor   bigint      NOT NULL CHECK (vat_minor >= 0),
    currency    char(3)     NOT NULL,
    status      text        NOT NULL CHECK (status IN ('Open', 'Paid', 'Cancelled')),
    ordered_by  bigint      NOT NULL REFERENCES users (id),
    created_at  timestamptz NOT NULL,
    paid_at     timestamptz,
    paid_by     bigint REFERENCES users (id),
    reference   text        NOT NULL DEFAULT '',
    checkout_attempt integer NOT NULL DEFAULT 1,
    checkout_url   text     NOT NULL DEFAULT '',
    checkout_until timestamptz,
    CHECK ((status = 'Paid') = (paid_at IS NOT NULL))
);
CREATE INDEX orders_employer ON orders (employer_id, id);
CREATE INDEX orders_open ON orders (id) WHERE status = 'Open';

-- Invoices, one for each order, never changed. number counts the invoices of a year without gaps; the head of the year is
-- locked until the transaction ends.
CREATE TABLE invoice_heads (
    year integer PRIMARY KEY,
    last integer NOT NULL
);
CREATE TABLE invoices (
    order_id       bigint      PRIMARY KEY REFERENCES orders (id),
    year           integer     NOT NULL,
    number         integer     NOT NULL,
    issued_at      timestamptz NOT NULL,
    seller_name    text        NOT NULL,
    seller_address text        NOT NULL,
    seller_vat     text        NOT NULL,
    company        text        NOT NULL,
    address        text        NOT NULL,
    country        char(2)     NOT NULL,
    vat_number     text        NOT NULL,
    vat_permille   integer     NOT NULL CHECK (vat_permille >= 0),
    UNIQUE (year, number)
);

-- +goose Down
DROP TABLE invoices;
DROP TABLE invoice_heads;
DROP TABLE orders;
DROP TABLE billing_details;
DROP TABLE packages;
