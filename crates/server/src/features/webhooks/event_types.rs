//! The events that an endpoint subscribes to: types, and patterns of them.

use tollgate_types::event::EventType;

/// Types and patterns per endpoint.
pub const MAX: usize = 50;
/// Characters of a type.
pub const MAX_LENGTH: usize = 100;

/// Whether events may have this type: `^[a-z][a-z0-9_.]*$`, up to 100 characters.
pub fn is_type_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= MAX_LENGTH
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.'))
}

/// `*`, `customer.*` or `customer.created`.
pub fn is_pattern(text: &str) -> bool {
    text == "*" || is_type_name(text.strip_suffix(".*").unwrap_or(text))
}

/// The portal's type or pattern that was meant by a misspelt one. Partners post events with types
/// of their own, so a type that the portal does not know is a mistake only if it is almost one of
/// the portal's: an endpoint would wait for it in vain.
pub fn meant(pattern: &str) -> Option<String> {
    let types = || EventType::ALL.iter().map(|event| event.as_str());
    let known: Vec<String> = if pattern.ends_with(".*") {
        types()
            .filter_map(|event| event.split_once('.'))
            .map(|(beginning, _)| format!("{beginning}.*"))
            .collect()
    } else {
        types().map(str::to_owned).collect()
    };
    let is_known = types().any(|event| matches(pattern, event));
    known.into_iter().find(|known| !is_known && is_one_slip(pattern, known))
}

/// The portal's types, for errors.
pub fn listed() -> String {
    EventType::ALL.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(", ")
}

/// Whether two texts differ by one letter, or by two letters that changed places. A plural is no
/// slip: `customers.created` may be a type of the organisation's own.
fn is_one_slip(one: &str, other: &str) -> bool {
    let singular = |text: &str| text.replacen("s.", ".", 1);
    if singular(one) == singular(other) {
        return false;
    }
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let start = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[start..], &other[start..]);
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    match (&one[..one.len() - end], &other[..other.len() - end]) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([a, b], [c, d]) => (a, b) == (d, c),
        _ => false,
    }
}

pub fn wants(patterns: &[String], event_type: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, event_type))
}

fn matches(pattern: &str, event_type: &str) -> bool {
    match pattern.strip_suffix('*') {
        // With its dot: `customer.*` matches neither `customers.created` nor `customer`.
        Some(beginning) => event_type.starts_with(beginning),
        None => pattern == event_type,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_all_types_with_the_same_prefix() {
        let wants = |pattern: &str, event: &str| wants(&[pattern.to_owned()], event);
        assert!(wants("*", "anything.at_all"));
        assert!(
            wants("customer.*", "customer.created") && wants("customer.*", "customer.card.added")
        );
        assert!(!wants("customer.*", "customers.created") && !wants("customer.*", "customer"));
        assert!(wants("key.revoked", "key.revoked") && !wants("key.revoked", "key.revoked.late"));
        assert!(!super::wants(&[], "key.revoked"));
    }

    #[test]
    fn only_whole_words_can_be_left_open() {
        for good in ["*", "a", "customer.*", "customer.created", "a_b.c2.*"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in [
            "",
            "**",
            "cust*",
            "*.created",
            "customer.*.x",
            ".*",
            "Customer.*",
            "customer. *",
            "customer.**",
        ] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }

    #[test]
    fn a_misspelt_type_of_the_portal_is_found_and_types_of_partners_are_not() {
        for (misspelt, meant_by_it) in [
            ("customer.craeted", "customer.created"),
            ("customer.create", "customer.created"),
            ("custmer.created", "customer.created"),
            ("key.revoke", "key.revoked"),
            ("kye.*", "key.*"),
            ("invoise.*", "invoice.*"),
        ] {
            assert_eq!(meant(misspelt).as_deref(), Some(meant_by_it), "{misspelt}");
        }
        let own = [
            "*",
            "a",
            "customers.created",
            "keys.*",
            "none",
            "order.*",
            "order.paid",
            "pet.created",
            "user.created",
            "invoice.approved",
            "invoice.approved.*",
            "key.*",
        ];
        for good in own.into_iter().chain(EventType::ALL.iter().map(|event| event.as_str())) {
            assert_eq!(meant(good), None, "{good}");
        }
    }
}
