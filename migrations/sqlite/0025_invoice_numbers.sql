-- Invoices that the portal makes itself have one sequence of numbers, without gaps: the seller's. It was the month and the product,
-- which two organisations have in common.
create table invoice_numbers (
    -- Who sells; one for each portal.
    seller text primary key not null,
    -- The last number that was given out, in the transaction of its invoice.
    last bigint not null
);

update invoices set number = n.number from (
    select id, 'INV-' || printf('%06d', row_number() over (order by created_at, id)) as number from invoices where stripe_id is null
) n where n.id = invoices.id;
insert into invoice_numbers (seller, last) select 'portal', count(*) from invoices where stripe_id is null;
create unique index invoices_by_number on invoices (number) where stripe_id is null;
