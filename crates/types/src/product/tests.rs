use super::*;

#[test]
fn an_id_fits_into_scopes_and_urls_and_is_not_the_platforms() {
    for good in ["logistics", "a", "a-1"] {
        assert!(good.parse::<ProductId>().is_ok(), "{good}");
    }
    for bad in ["", "1a", "A", "a_b", "a b", "-a", "ä", "platform", "keys", "customers"] {
        assert!(bad.parse::<ProductId>().is_err(), "{bad}");
    }
    assert!("a".repeat(41).parse::<ProductId>().is_err());
}
