use serde_json::json;

use crate::mock::Seed;
use crate::mock::state::{Known, Shelf, Store};

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
fn strangers_take_nothing_from_an_organisation_that_holds_little() {
    let store = Store::holding(1 << 20);
    store.put(shelf("small", "/a"), "1", &json!(1), None);
    let big = json!("x".repeat(10_000));
    for number in 0..2_000 {
        // Some with much data, and many with as little as possible.
        store.put(shelf(&format!("large{}", number % 3), "/a"), &number.to_string(), &big, None);
        store.put(shelf(&format!("other{}", number % 500), "/a"), "1", &json!(1), None);
    }
    assert_eq!(store.get(shelf("small", "/a"), "1"), Known::Object(json!(1)));
    assert_eq!(store.get(shelf("other0", "/a"), "1"), Known::Object(json!(1)));
    for number in 0..3 {
        let kept = store.list(shelf(&format!("large{number}"), "/a")).len();
        assert!((10..=40).contains(&kept), "those that hold much share what is left: {kept}");
    }
}

#[test]
fn all_organisations_together_hold_no_more_than_the_store_may() {
    let store = Store::holding(100_000);
    for number in 0..5_000 {
        store.put(shelf(&format!("o{number}"), "/a"), "1", &json!(1), None);
    }
    let kept = (0..5_000)
        .filter(|number| store.get(shelf(&format!("o{number}"), "/a"), "1") != Known::Never)
        .count();
    assert!((200..=400).contains(&kept), "{kept}");
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
