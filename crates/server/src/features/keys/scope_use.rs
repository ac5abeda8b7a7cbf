//! Which of its scopes a key uses, so that the others can be removed.

use tollgate_types::id::KeyId;
use tollgate_types::key_use::ScopeUse;
use tollgate_types::scope::Scope;
use tollgate_types::time::{DAY, Timestamp};

use super::get_key;
use crate::access::{Permit, ReadKeys, ReadUsage};
use crate::db::Db;
use crate::products::Catalogue;
use crate::{Result, usage};

/// A scope that was not used for this long counts as unused.
const PERIOD: i64 = 30 * DAY;

pub async fn scope_use(
    db: &Db,
    catalogue: &Catalogue,
    permit: &Permit<ReadKeys>,
    usage: &Permit<ReadUsage>,
    id: &KeyId,
    now: Timestamp,
) -> Result<ScopeUse> {
    let key = get_key(db, permit, id, now).await?;
    let is_since_made = key.created_at > now.plus(-PERIOD);
    let since = key.created_at.max(now.plus(-PERIOD));
    let called = usage::operations_of_key(db, usage, key.environment, id, since).await?;
    let needed: Vec<Needed> = called
        .into_iter()
        .map(|(product, operation)| Needed::of(catalogue, product, &operation))
        .collect();
    Ok(suggest(&key.scopes, &needed, since, is_since_made))
}

/// The requirement of a called operation.
enum Needed {
    /// One of these, narrowest first.
    Scopes(Vec<Scope>),
    /// An operation that no longer exists: any scope of its product may have been needed.
    Anything(String),
}

impl Needed {
    fn of(catalogue: &Catalogue, product: String, operation: &str) -> Self {
        let found = catalogue.get(&product).and_then(|product| product.operation(operation));
        let scopes = found.map(|operation| {
            operation
                .own_scope
                .iter()
                .chain([&operation.scope])
                .filter_map(|scope| scope.parse().ok())
                .collect()
        });
        scopes.map_or(Self::Anything(product), Self::Scopes)
    }

    /// The part of `granted` that was needed for this, if any.
    fn part_of(&self, granted: &Scope) -> Option<Scope> {
        match self {
            Self::Scopes(scopes) => {
                scopes.iter().find(|scope| granted.covers(scope.as_str())).cloned()
            }
            Self::Anything(product) => (granted.parts().0 == product).then(|| granted.clone()),
        }
    }
}

fn suggest(
    granted: &[Scope],
    needed: &[Needed],
    since: Timestamp,
    is_since_made: bool,
) -> ScopeUse {
    let parts = |granted: &Scope| {
        needed.iter().filter_map(|needed| needed.part_of(granted)).collect::<Vec<_>>()
    };
    let (used, unused): (Vec<Scope>, Vec<Scope>) =
        granted.iter().cloned().partition(|scope| !parts(scope).is_empty());
    let mut narrowed: Vec<Scope> = used.iter().flat_map(parts).collect();
    narrowed.sort();
    narrowed.dedup();
    if narrowed == granted {
        narrowed.clear();
    }
    ScopeUse { used, unused, narrowed, since, is_since_made }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(texts: &[&str]) -> Vec<Scope> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn of(granted: &[&str], needed: &[&str]) -> ScopeUse {
        let needed: Vec<Needed> =
            scopes(needed).into_iter().map(|scope| Needed::Scopes(vec![scope])).collect();
        suggest(&scopes(granted), &needed, Timestamp(0), false)
    }

    #[test]
    fn what_was_not_needed_is_unused_and_the_rest_is_enough() {
        let found = of(&["customers:read", "customers:write", "logs:read"], &["customers:read"]);
        assert_eq!(found.used, scopes(&["customers:read"]));
        assert_eq!(found.unused, scopes(&["customers:write", "logs:read"]));
        assert_eq!(found.narrowed, scopes(&["customers:read"]));
    }

    #[test]
    fn a_star_is_narrowed_to_what_was_needed_of_it() {
        let found = of(&["customers:*", "customers:read"], &["customers:read"]);
        assert!(found.unused.is_empty());
        assert_eq!(found.narrowed, scopes(&["customers:read"]));
    }

    #[test]
    fn nothing_is_suggested_where_all_or_nothing_was_used() {
        assert!(of(&["customers:read"], &["customers:read"]).narrowed.is_empty());
        let idle = of(&["customers:read", "logs:read"], &[]);
        assert!(idle.narrowed.is_empty() && idle.used.is_empty());
    }

    #[test]
    fn what_an_operation_that_is_gone_may_have_needed_stays() {
        let found = suggest(
            &scopes(&["maps:read", "maps:write", "logs:read"]),
            &[Needed::Anything("maps".into())],
            Timestamp(0),
            false,
        );
        assert_eq!(found.narrowed, scopes(&["maps:read", "maps:write"]));
    }
}
