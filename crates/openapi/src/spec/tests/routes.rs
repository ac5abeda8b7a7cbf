use proptest::prelude::*;

use super::{document, spec};
use crate::spec::{NoMatch, Routes, Spec};

/// A document whose operations have their method and path as summary.
fn with(paths: &[(&str, &[&str])]) -> Spec {
    let mut text = "paths:\n".to_owned();
    for (path, methods) in paths {
        text.push_str(&format!("  '{path}':\n    parameters: ["));
        for name in path.split('{').skip(1).filter_map(|part| part.split('}').next()) {
            text.push_str(&format!("{{name: {name}, in: path}}, "));
        }
        text.push_str("]\n");
        for method in *methods {
            text.push_str(&format!("    {method}: {{responses: {{}}}}\n"));
        }
    }
    spec(&document(&text))
}

/// `GET /pets/{id} id=1`, or the error.
fn found(spec: &Spec, method: &str, path: &str) -> String {
    match Routes::new(spec).find(method, path) {
        Ok(found) => {
            let operation = &spec.operations[found.operation];
            let params: Vec<String> =
                found.params.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            format!("{} {}{}", operation.method, operation.path, params.concat())
        }
        Err(NoMatch::Path) => "no path".to_owned(),
        Err(NoMatch::Method(allow)) => format!("allows {allow}"),
    }
}

#[test]
fn a_concrete_path_comes_before_a_templated_one() {
    let spec = with(&[
        ("/pets/{id}", &["get", "delete"]),
        ("/pets/mine", &["get"]),
        ("/pets/{id}/toys", &["get"]),
        ("/pets/mine/food", &["get"]),
    ]);
    assert_eq!(found(&spec, "GET", "/pets/mine"), "GET /pets/mine");
    assert_eq!(found(&spec, "GET", "/pets/7"), "GET /pets/{id} id=7");
    assert_eq!(found(&spec, "GET", "/pets/mine/food"), "GET /pets/mine/food");
    // The fixed part is followed first and then given up.
    assert_eq!(found(&spec, "GET", "/pets/mine/toys"), "GET /pets/{id}/toys id=mine");
    assert_eq!(found(&spec, "DELETE", "/pets/mine"), "DELETE /pets/{id} id=mine");
}

#[test]
fn a_segment_may_mix_text_and_parameters() {
    let spec = with(&[
        ("/files/{id}.json", &["get"]),
        ("/files/{id}", &["get"]),
        ("/files/{id}:cancel", &["post"]),
        ("/range/{from}-{to}", &["get"]),
        ("/x/v{major}.{minor}/y", &["get"]),
    ]);
    assert_eq!(found(&spec, "GET", "/files/a.json"), "GET /files/{id}.json id=a");
    assert_eq!(found(&spec, "GET", "/files/a.json.json"), "GET /files/{id}.json id=a.json");
    assert_eq!(found(&spec, "GET", "/files/.json"), "GET /files/{id} id=.json");
    assert_eq!(found(&spec, "POST", "/files/a%3Ab:cancel"), "POST /files/{id}:cancel id=a:b");
    assert_eq!(found(&spec, "GET", "/range/1-2-3"), "GET /range/{from}-{to} from=1 to=2-3");
    assert_eq!(found(&spec, "GET", "/range/-2"), "no path");
    assert_eq!(found(&spec, "GET", "/range/1-"), "no path");
    assert_eq!(found(&spec, "GET", "/x/v1.22/y"), "GET /x/v{major}.{minor}/y major=1 minor=22");
    assert_eq!(found(&spec, "GET", "/x/1.2/y"), "no path");
}

#[test]
fn values_are_decoded_and_never_cross_a_slash() {
    let spec = with(&[("/pets/{id}", &["get"]), ("/a b/{id}/", &["get"])]);
    assert_eq!(found(&spec, "GET", "/pets/a%2Fb%20%C3%A9"), "GET /pets/{id} id=a/b é");
    assert_eq!(found(&spec, "GET", "/a%20b/1/"), "GET /a b/{id}/ id=1");
    for path in [
        "/pets/1/2",
        "/pets/",
        "/pets",
        "/pets/1/",
        "/a%20b/1",
        "/pets/%",
        "/pets/%2",
        "/pets/%zz",
        "/pets/%+1",
        "/pets/%ff",
        "pets/1",
        "",
    ] {
        assert_eq!(found(&spec, "GET", path), "no path", "{path}");
    }
}

#[test]
fn steps_to_other_paths_match_nothing() {
    let spec = with(&[("/pets/{id}", &["get"]), ("/pets/{id}/{part}", &["get"])]);
    for path in [
        "/pets/..",
        "/pets/%2e%2E",
        "/pets/../admin",
        "/pets/.",
        "/pets/x%2F..%2F..%2Fadmin",
        "/pets/..%5Cadmin/x",
    ] {
        assert_eq!(found(&spec, "GET", path), "no path", "{path}");
    }
    assert_eq!(found(&spec, "GET", "/pets/a..b"), "GET /pets/{id} id=a..b");
}

#[test]
fn head_is_answered_by_get_and_options_only_if_it_is_declared() {
    let spec =
        with(&[("/a", &["get", "post"]), ("/b", &["options", "put"]), ("/c", &["get", "head"])]);
    assert_eq!(found(&spec, "HEAD", "/a"), "GET /a");
    assert_eq!(found(&spec, "HEAD", "/c"), "HEAD /c");
    assert_eq!(found(&spec, "OPTIONS", "/a"), "allows GET, HEAD, POST");
    assert_eq!(found(&spec, "OPTIONS", "/b"), "OPTIONS /b");
    assert_eq!(found(&spec, "HEAD", "/b"), "allows PUT, OPTIONS");
    assert_eq!(found(&spec, "get", "/a"), "allows GET, HEAD, POST");
}

#[test]
fn operations_that_differ_by_a_fragment_are_found_by_their_path() {
    let spec =
        with(&[("/token#refresh", &["post"]), ("/token", &["post"]), ("/revoke#now", &["post"])]);
    assert_eq!(found(&spec, "POST", "/token"), "POST /token");
    assert_eq!(found(&spec, "POST", "/revoke"), "POST /revoke#now");
}

#[test]
fn many_ambiguous_templates_cost_no_more_than_their_number() {
    let mut paths = Vec::new();
    for bits in 0..512_u32 {
        let steps: Vec<String> = (0..9)
            .map(|at| if bits >> at & 1 == 1 { "/a".to_owned() } else { format!("/{{p{at}}}") })
            .collect();
        paths.push(steps.concat() + "/end");
    }
    let paths: Vec<(&str, &[&str])> =
        paths.iter().map(|path| (path.as_str(), &["get"][..])).collect();
    let routes = Routes::new(&with(&paths));
    let begun = std::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(routes.find("GET", "/a/a/a/a/a/a/a/a/a/other"), Err(NoMatch::Path));
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
}

proptest! {
    #[test]
    fn any_path_at_all_is_answered(path in ".{0,60}") {
        let spec = with(&[("/{a}-{b}/x", &["get"]), ("/{a}", &["get"]), ("/é{b}", &["get"])]);
        let _ = Routes::new(&spec).find("GET", &path);
        let _ = Routes::new(&spec).find("GET", &format!("/{path}"));
    }

    #[test]
    fn values_come_back_as_they_were_sent(a in "[a-z]{1,5}", b in "[^/\\\\.]{1,8}") {
        let spec = with(&[("/{a}-{b}/x", &["get"])]);
        let encoded: String = b.bytes().map(|byte| format!("%{byte:02X}")).collect();
        prop_assert_eq!(found(&spec, "GET", &format!("/{a}-{encoded}/x")), format!("GET /{{a}}-{{b}}/x a={a} b={b}"));
    }
}
