-- Organisations whose live calls may have begun to be refused, or will at `due_at`: a job looks and notifies them.
create table refusal_checks (
    org_id text not null,
    -- Empty: all products.
    product text not null,
    due_at bigint not null,
    primary key (org_id, product)
);
create index refusal_checks_due on refusal_checks (due_at);

-- Which refusals an organisation was notified of.
create table refusals_told (
    org_id text not null,
    -- quota_used_up, spend_cap_reached or payment_overdue.
    cause text not null,
    -- Empty for the organisation's spend cap, which covers all products.
    product text not null,
    -- The month, or the moment from which a payment is overdue.
    period bigint not null,
    -- Included units, or the cap in minor units.
    bound bigint not null,
    told_at bigint not null,
    primary key (org_id, cause, product, period, bound)
);
create index refusals_told_by_time on refusals_told (told_at);
