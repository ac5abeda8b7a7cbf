use super::*;

fn hit(id: &str) -> SearchHit {
    SearchHit {
        href: id.into(),
        method: None,
        title: id.into(),
        product: String::new(),
        about: String::new(),
        is_deprecated: false,
    }
}

fn index() -> Index {
    let mut index = Index::default();
    index.add(
        hit("listParcels"),
        &[("listParcels", NAME), ("/parcels", PATH), ("All parcels of a depot.", DESCRIPTION)],
    );
    index.add(
        hit("getDepot"),
        &[("getDepot", NAME), ("/depots/{id}", PATH), ("A depot keeps parcels.", DESCRIPTION)],
    );
    index.add(hit("weigh"), &[("Wägen", NAME), ("/weights", PATH)]);
    index
}

fn found(query: &str) -> Vec<String> {
    index().find(query).hits.into_iter().map(|hit| hit.href).collect()
}

#[test]
fn names_come_before_descriptions_and_every_word_counts() {
    assert_eq!(found("parcels"), ["listParcels", "getDepot"]);
    assert_eq!(found("depot"), ["getDepot", "listParcels"]);
    assert_eq!(found("depot list"), ["listParcels"]);
    assert_eq!(found("LISTPARCELS"), ["listParcels"]);
    assert!(found("parcels nowhere").is_empty());
}

#[test]
fn the_last_word_may_be_unfinished_and_accents_may_be_left_out() {
    assert_eq!(found("par"), ["listParcels", "getDepot"]);
    assert!(found("par list").is_empty(), "only the last word may be unfinished");
    assert_eq!(found("wagen"), ["weigh"]);
    assert_eq!(found("wäg"), ["weigh"]);
}

#[test]
fn nothing_is_found_for_nothing_and_much_is_cut() {
    for empty in ["", "  ", "/-{}"] {
        assert_eq!(index().find(empty).total, 0, "{empty:?}");
    }
    let mut index = Index::default();
    for n in 0..1_000 {
        index.add(hit(&format!("get{n}")), &[(&format!("get{n}"), NAME), ("thing", DESCRIPTION)]);
    }
    let results = index.find("thing");
    assert_eq!((results.total, results.hits.len()), (1_000, MAX_HITS));
    assert!(index.find(&"get ".repeat(1_000)).total == 0);
}
