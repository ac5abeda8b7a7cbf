use serde_json::json;

use crate::server::mock::Seed;
use crate::server::mock::state::{Known, Shelf, Store};

fn shelf<'a>(org: &'a str, collection: &'a str) -> Shelf<'a> {
    Shelf { org, product: "p", collection }
}

#[test]
fn the_oldest_object_goes_when_there_are_too_many() {
    let store = Store::default();
    for number in 0..1_500 {
        store.put(shelf("o", "/a"), &number.to_string(), &json!({"id": number}), None);
    }
    assert_eq!(store.list(shelf("o", "/a")).len(), 1_000);
    assert_eq!(store.get(shelf("o", "/a"), "499"), Known::Never);
    assert_eq!(store.get(shelf("o", "/a"), "500"), Known::Object(json!({"id": 500})));
}

#[test]
fn an_organisation_has_a_bound_in_bytes_too() {
    let store = Store::default();
    let big = json!("x".repeat(60_000));
    for number in 0..100 {
        store.put(shelf("o", "/a"), &number.to_string(), &big, None);
    }
    let kept = store.list(shelf("o", "/a")).len();
    assert!((15..=17).contains(&kept), "{kept}");
    store.put(shelf("o", "/a"), "huge", &json!("x".repeat(70_000)), None);
    assert_eq!(store.get(shelf("o", "/a"), "huge"), Known::Never);
}

#[test]
fn the_organisation_that_was_away_longest_goes() {
    let store = Store::default();
    for number in 0..200 {
        store.put(shelf(&format!("o{number}"), "/a"), "1", &json!(1), None);
    }
    assert_ne!(store.get(shelf("o0", "/a"), "1"), Known::Never, "and is used by that");
    store.put(shelf("new", "/a"), "1", &json!(1), None);
    assert_ne!(store.get(shelf("o0", "/a"), "1"), Known::Never);
    assert_eq!(store.get(shelf("o1", "/a"), "1"), Known::Never);
}

#[test]
fn collections_products_and_organisations_are_kept_apart() {
    let store = Store::default();
    let seed = Seed::of(&[b"a"]);
    store.put(shelf("o", "/a"), "1", &json!(1), Some(seed));
    assert_eq!(store.get(shelf("o", "/b"), "1"), Known::Never);
    assert_eq!(store.get(shelf("other", "/a"), "1"), Known::Never);
    assert_eq!(store.get(Shelf { product: "q", ..shelf("o", "/a") }, "1"), Known::Never);
    assert!(!store.is_taken(shelf("o", "/a"), "1", seed));
    assert!(store.is_taken(shelf("o", "/a"), "1", Seed::of(&[b"b"])));
    store.delete(shelf("o", "/a"), "1");
    assert_eq!(store.get(shelf("o", "/a"), "1"), Known::Deleted);
    assert!(store.list(shelf("o", "/a")).is_empty());
}
