-- A product's subscribers: its retirement, and the notices to them.
create index subscriptions_by_product on subscriptions (product);
