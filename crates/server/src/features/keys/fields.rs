//! Validation of the fields that every new key has. All faults are reported, not only the first.
//! [`settings`](super::settings) has the optional fields.

use tollgate_types::error::FieldError;
use tollgate_types::key::NewKey;
use tollgate_types::scope::{PLATFORM, Scope};
use tollgate_types::time::{DAY, Timestamp};

use super::Settings;
use crate::db::Db;
use crate::{Error, Result, names, products};

const MAX_SCOPES: usize = 100;
const MAX_LIFETIME: i64 = 3_653 * DAY;

/// The parsed fields of a new key.
pub struct Checked {
    pub name: String,
    pub scopes: Vec<Scope>,
    pub settings: Settings,
}

/// Parses the fields of a new key. `unread` are faults of its form: all are reported together.
pub async fn check_new(
    db: &Db,
    new: &NewKey,
    unread: Vec<FieldError>,
    now: Timestamp,
) -> Result<Checked> {
    let mut errors = Vec::new();
    let checked = read(new, now, &mut errors);
    errors.extend(unknown_of_products(db, &checked.scopes).await?);
    errors.extend(unread);
    if errors.is_empty() { Ok(checked) } else { Err(Error::fields(errors)) }
}

fn read(new: &NewKey, now: Timestamp, errors: &mut Vec<FieldError>) -> Checked {
    let name = check_name(&new.name, errors);
    if new.expires_at.is_some_and(|at| at <= now || at > now.plus(MAX_LIFETIME)) {
        errors.push(FieldError::new(
            "expires_at",
            "out_of_range",
            "The expiry must be in the future, at most ten years from now.",
        ));
    }
    let scopes = check_scopes(&new.scopes, errors);
    let settings = Settings::of_new(new, errors);
    Checked { name, scopes, settings }
}

pub fn check_name(name: &str, errors: &mut Vec<FieldError>) -> String {
    names::field(name, "name").unwrap_or_else(|error| {
        errors.push(error);
        String::new()
    })
}

/// Sorted, without duplicates.
pub fn check_scopes(texts: &[String], errors: &mut Vec<FieldError>) -> Vec<Scope> {
    if !(1..=MAX_SCOPES).contains(&texts.len()) {
        errors.push(FieldError::new("scopes", "invalid_length", "Choose at least one scope."));
    }
    let mut scopes: Vec<Scope> = Vec::new();
    for text in texts.iter().take(MAX_SCOPES) {
        match text.parse::<Scope>() {
            Ok(scope) if is_known(&scope) => scopes.push(scope),
            _ => errors.push(unknown_scope(text)),
        }
    }
    scopes.sort();
    scopes.dedup();
    scopes
}

/// True if the scope is one of the platform's, or `*` for one of its resources; also for other
/// resources, which [`products::unknown_scopes`] checks.
fn is_known(scope: &Scope) -> bool {
    is_of_product(scope) || PLATFORM.iter().any(|(known, _)| scope.covers(known))
}

fn is_of_product(scope: &Scope) -> bool {
    let name = scope.parts().0;
    PLATFORM.iter().all(|(known, _)| known.split(':').next() != Some(name))
}

async fn unknown_of_products(db: &Db, scopes: &[Scope]) -> Result<Vec<FieldError>> {
    let of_products: Vec<&Scope> = scopes.iter().filter(|scope| is_of_product(scope)).collect();
    let unknown = products::unknown_scopes(db, &of_products).await?;
    Ok(unknown.into_iter().map(unknown_scope).collect())
}

fn unknown_scope(text: &str) -> FieldError {
    FieldError::new("scopes", "unknown_scope", format!("There is no scope `{text}`."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_key() -> NewKey {
        NewKey {
            name: "Checkout".into(),
            scopes: vec!["customers:read".into()],
            ..NewKey::default()
        }
    }

    #[test]
    fn every_wrong_field_of_a_new_key_is_named() {
        let bad = NewKey {
            name: " ".into(),
            scopes: vec!["customers:fly".into(), "*".into()],
            expires_at: Some(Timestamp(1)),
            ..new_key()
        };
        let mut errors = Vec::new();
        read(&bad, Timestamp(2), &mut errors);
        let fields: Vec<&str> = errors.iter().map(|e| e.location.as_str()).collect();
        assert_eq!(fields, ["name", "expires_at", "scopes", "scopes"]);
    }

    #[test]
    fn a_scope_named_twice_is_kept_once() {
        let twice =
            NewKey { scopes: vec!["customers:*".into(), "customers:*".into()], ..new_key() };
        let mut errors = Vec::new();
        assert_eq!(read(&twice, Timestamp(0), &mut errors).scopes.len(), 1);
        assert!(errors.is_empty());
    }
}
