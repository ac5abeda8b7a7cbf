//! Which events an endpoint wants: types, and patterns of them.

use crate::server::events::is_type_name;

/// Types and patterns of one endpoint.
pub const MAX: usize = 50;

/// `*`, `customer.*` or `customer.created`.
pub fn is_pattern(text: &str) -> bool {
    text == "*" || is_type_name(text.strip_suffix(".*").unwrap_or(text))
}

pub fn wants(patterns: &[String], event_type: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, event_type))
}

fn matches(pattern: &str, event_type: &str) -> bool {
    match pattern.strip_suffix('*') {
        // With its dot: `customer.*` means no `customers.created`, and no `customer` either.
        Some(beginning) => event_type.starts_with(beginning),
        None => pattern == event_type,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_all_that_begins_with_the_same_words() {
        let wants = |pattern: &str, event: &str| wants(&[pattern.to_owned()], event);
        assert!(wants("*", "anything.at_all"));
        assert!(wants("customer.*", "customer.created") && wants("customer.*", "customer.card.added"));
        assert!(!wants("customer.*", "customers.created") && !wants("customer.*", "customer"));
        assert!(wants("key.revoked", "key.revoked") && !wants("key.revoked", "key.revoked.late"));
        assert!(!super::wants(&[], "key.revoked"));
    }

    #[test]
    fn only_whole_words_can_be_left_open() {
        for good in ["*", "a", "customer.*", "customer.created", "a_b.c2.*"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in ["", "**", "cust*", "*.created", "customer.*.x", ".*", "Customer.*", "customer. *", "customer.**"] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}
