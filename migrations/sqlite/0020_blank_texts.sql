-- What is kept no longer than it is needed. Mails hold links that open accounts: their text goes once they are
-- sent or given up. Of what Stripe has sent, only the object's id is used; the object itself is fetched.
update mails set body = '' where sent_at is not null or (next_attempt_at is null and attempts > 0);
update billing_inbox set body_json = '{}';
