//! The plans that read too much, and the exempted statements.

use std::collections::BTreeMap;

/// Tables with a row per partner, key, call, event or month: up to millions.
const BIG: [&str; 36] = [
    "users",
    "orgs",
    "members",
    "invitations",
    "sessions",
    "one_time_tokens",
    "mails",
    "audit_entries",
    "keys",
    "key_notices",
    "customers",
    "events",
    "idempotency_keys",
    "subscriptions",
    "plan_periods",
    "org_limits",
    "quota_counters",
    "org_spend",
    "key_spend",
    "month_parts",
    "threshold_notices",
    "request_log_blocks",
    "request_log_ends",
    "usage_hourly",
    "usage_daily",
    "latency_hourly",
    "usage_ledger",
    "notices",
    "webhook_endpoints",
    "webhook_deliveries",
    "webhook_attempts",
    "billing_customers",
    "billing_inbox",
    "checkouts",
    "invoices",
    "meter_outbox",
];

/// Columns that only determine the owner of rows. A large organisation owns a large part of all.
const OWNERS: [&str; 2] = ["org_id", "environment"];
/// Of these an organisation has one row.
const ONE_EACH: [&str; 2] = ["org_limits", "billing_customers"];

/// Exempted statements, by words in them, with the reason.
const ALLOWED: [(&str, &str); 25] = [
    ("from mails order by id desc limit", "the newest, along the primary key to a limit"),
    (
        "from customers where org_id = $1 and environment = $2",
        "a page of all, along an index to a limit",
    ),
    (
        "from events where org_id = $1 and environment = $2 and id < $3",
        "a page of all, along an index to a limit",
    ),
    ("from webhook_deliveries where org_id =", "a page of all, along an index to a limit"),
    ("from audit_entries a", "a page of all, along an index to a limit"),
    ("from webhook_endpoints where org_id = $1", "an organisation has at most 50"),
    ("from keys where org_id = $1", "an organisation has at most 1,000 that are not revoked"),
    (
        "from keys where org_id = $1 and environment = $2",
        "an organisation has at most 1,000 that are not revoked",
    ),
    ("from members", "an organisation has few"),
    ("from invitations", "an organisation has few"),
    ("from invoices where org_id = $1", "one a month and product"),
    ("from notices where org_id = $1", "an organisation has few that are not read"),
    (
        "from request_log_blocks where org_id = $1 and environment = $2 and last_id",
        "a page, along the primary key to a limit",
    ),
    (
        "update invitations set revoked_at = $3 where org_id = $1 and email = $2",
        "an organisation has few",
    ),
    ("from key_spend s join keys k", "an organisation has at most 1,000 keys that are not revoked"),
    ("from checkouts where state = 'open'", "along an index of those that are open"),
    ("from billing_inbox where applied_at is null", "along an index of those that are due"),
    ("from meter_outbox where sent_at is null", "along an index of those that are due"),
    ("from webhook_endpoints where state = 'deleted'", "along an index of those that are deleted"),
    ("select min(org_id) from request_log_blocks", "one step along the primary key"),
    (
        "where s.org_id = $1 and s.state in ('trialing', 'active', 'past_due') order by s.product",
        "a row for each product of one organisation",
    ),
    ("count(*) from meter_outbox where alarmed_at is not null", "along an index of alarms"),
    (
        "from subscriptions where stripe_id is not null",
        "along an index of those that are charged, to a limit",
    ),
    (
        "from usage_hourly where org_id = $1 and environment = $2 and hour >=",
        "hours of a stretch of time",
    ),
    (
        "from invoices i join orgs o on o.id = i.org_id where i.state = 'failed'",
        "along an index of those that failed, to a limit",
    ),
];

pub fn allowed(sql: &str) -> bool {
    ALLOWED.iter().any(|(words, _)| sql.contains(words))
}

/// The problem of a plan.
pub fn faults(sql: &str, plan: &[String], is_postgres: bool) -> Vec<String> {
    let tables = aliases(sql);
    let table = |name: &str| tables.get(name).cloned().unwrap_or_else(|| name.to_owned());
    if is_postgres { postgres_faults(plan, table) } else { sqlite_faults(plan, table) }
}

/// `SCAN t`, `SCAN t USING [COVERING] INDEX i`, `SEARCH t USING [COVERING] INDEX i (org_id=? AND
/// id<?)`.
fn sqlite_faults(plan: &[String], table: impl Fn(&str) -> String) -> Vec<String> {
    let fault = |line: &&String| {
        let mut words = line.split_whitespace();
        let (act, name) =
            (words.next().unwrap_or_default(), table(words.next().unwrap_or_default()));
        let columns =
            line.rsplit_once('(').map_or("", |(_, columns)| columns.trim_end_matches(')'));
        let mut columns =
            columns.split(" AND ").filter_map(|column| column.split(['=', '<', '>']).next());
        let mut is_all_of_one =
            || !ONE_EACH.contains(&name.as_str()) && columns.all(|column| OWNERS.contains(&column));
        BIG.contains(&name.as_str()) && (act == "SCAN" || act == "SEARCH" && is_all_of_one())
    };
    plan.iter().filter(fault).cloned().collect()
}

/// `Seq Scan on t`, and `Index [Only] Scan using i on t` without `Index Cond: (…)`. Its choice
/// between two indexes depends on the data, so only SQLite decides whether one is better than the
/// owner's: both have the same indexes.
fn postgres_faults(plan: &[String], table: impl Fn(&str) -> String) -> Vec<String> {
    let mut faults = Vec::new();
    for (i, line) in plan.iter().enumerate() {
        let node = line.trim_start_matches([' ', '-', '>']);
        let Some((kind, name)) = node.split_once(" on ").filter(|(kind, _)| kind.contains("Scan"))
        else {
            continue;
        };
        let name = table(name.split_whitespace().next().unwrap_or_default());
        if kind.starts_with("Bitmap") || !BIG.contains(&name.as_str()) {
            continue;
        }
        let depth = |line: &str| line.len() - line.trim_start().len();
        let mut details = plan[i + 1..]
            .iter()
            .take_while(|detail| depth(detail) > depth(line) && !detail.contains("->"));
        if kind.starts_with("Seq Scan") || !details.any(|detail| detail.contains("Index Cond: ")) {
            faults.push(node.to_owned());
        }
    }
    faults
}

/// Table aliases in a statement: `from webhook_deliveries d`.
fn aliases(sql: &str) -> BTreeMap<String, String> {
    let words: Vec<&str> = sql
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut names = BTreeMap::new();
    for at in words.windows(3) {
        let [_, table, name] = at else { continue };
        let name = if *name == "as" { continue } else { name };
        if BIG.contains(table) {
            names.entry((*name).to_owned()).or_insert_with(|| (*table).to_owned());
        }
    }
    names
}

#[test]
fn plans_that_read_too_much_are_seen_and_others_are_not() {
    let check = |sql: &str, plan: &[&str], is_postgres| {
        faults(sql, &plan.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(), is_postgres)
            .len()
    };
    assert_eq!(check("select * from events e", &["SCAN e"], false), 1);
    assert_eq!(
        check("select * from events", &["SCAN events USING INDEX events_by_request"], false),
        1
    );
    assert_eq!(
        check(
            "select * from events",
            &["SEARCH events USING INDEX events_by_environment (org_id=? AND environment=?)"],
            false
        ),
        1
    );
    assert_eq!(
        check(
            "select * from events",
            &["SEARCH events USING INDEX events_by_request (org_id=? AND request_id=?)"],
            false
        ),
        0
    );
    assert_eq!(check("select * from plans", &["SCAN plans"], false), 0);
    let seq = ["Limit", "  ->  Seq Scan on events e", "        Filter: (id < $1)"];
    assert_eq!(check("select * from events e", &seq, true), 1);
    let all =
        ["Limit", "  ->  Index Scan using events_pkey on events", "        Filter: (id < $1)"];
    assert_eq!(check("select * from events", &all, true), 1);
    let led = [
        "Index Scan using events_by_request on events",
        "  Index Cond: ((org_id = $1) AND (request_id = $2))",
    ];
    assert_eq!(check("select * from events", &led, true), 0);
}
