-- What signs the calls that go to a product's server: sealed, as everything that must be read again.
create table product_signing_secrets (
    id text primary key not null,
    product text not null references products (id) on delete cascade,
    sealed bytea not null,
    created_at bigint not null,
    -- Until when it signs beside a newer one; null: it is the newest.
    expires_at bigint
);
create index product_signing_secrets_by_product on product_signing_secrets (product, created_at);
create unique index product_signing_secrets_newest on product_signing_secrets (product) where expires_at is null;

-- Since when the product is deprecated, and when it is retired; null: neither.
alter table products add column deprecated_at bigint;
alter table products add column retires_at bigint;
