//! Permissions: every server function and every form that works without script is tried by every
//! kind of person, and every operation of both APIs with every kind of credential. A new function
//! or route fails here until it is in the table.

mod operations;
mod table;
mod world;

use std::collections::BTreeSet;

use leptos::server_fn::axum::server_fn_paths;
use leptos::server_fn::error::ServerFnUrlError;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE};
use tollgate::actions::error::UiError;
use url::form_urlencoded;

use self::table::{EDGE, FUNCTIONS, ROUTES, Row};
use self::world::{Caller, OF_A, World};
use crate::support::{Portal, TestDb, TestResponse, on_both};

/// The server functions of the program.
fn registered() -> BTreeSet<String> {
    server_fn_paths().map(|(path, _)| path.trim_start_matches("/_fn/").to_owned()).collect()
}

/// The routes, read from the source because axum does not list them. Routes whose paths are
/// constants are left out: they are the two APIs and their documents.
fn routed() -> BTreeSet<String> {
    let source = include_str!("../../src/web/router.rs");
    let routes = source.split(".route(").skip(1).filter_map(|call| {
        let (path, rest) = call.trim_start().strip_prefix('"')?.split_once('"')?;
        let (method, _) =
            rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace()).split_once('(')?;
        Some(shape(&format!("{} {path}", method.to_uppercase())))
    });
    routes.collect()
}

/// A path without the names of its parameters.
fn shape(path: &str) -> String {
    let mut parts = path.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| {
        format!("{before}{{}}{}", part.split_once('}').map_or("", |(_, rest)| rest))
    })
}

fn table_names(rows: &[Row]) -> BTreeSet<String> {
    rows.iter().map(|row| shape(row.0)).collect()
}

/// One message for each entry that the table lacks, and for each that no longer exists.
fn differences(what: &str, there: &BTreeSet<String>, named: &BTreeSet<String>) -> Vec<String> {
    let place = "the table in tests/it/roles/table.rs";
    let lacking = there
        .difference(named)
        .map(|name| format!("no row for the {what} {name}: add it to {place}"));
    let gone = named
        .difference(there)
        .map(|name| format!("there is no {what} {name}: take it out of {place}"));
    lacking.chain(gone).collect()
}

#[track_caller]
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_has_every_function_and_every_route_and_no_others() {
    let (functions, routes) = (registered(), routed());
    assert!(functions.len() > 50 && routes.len() > 5, "{functions:?} {routes:?}");
    let mut wrong = differences("server function", &functions, &table_names(FUNCTIONS));
    wrong.extend(differences("route", &routes, &table_names(ROUTES)));
    assert_none(&wrong);
}

#[test]
fn a_function_that_the_table_lacks_is_reported_and_so_is_one_that_is_gone() {
    let mut known = table_names(FUNCTIONS);
    assert!(known.remove("rename_org") && known.insert("rename_all".to_owned()));
    let reported = differences("server function", &registered(), &known);
    assert_eq!(reported.len(), 2, "{reported:?}");
    assert!(
        reported[0].starts_with("no row for the server function rename_org: add it to the table"),
        "{reported:?}"
    );
    assert!(
        reported[1].starts_with("there is no server function rename_all: take it out"),
        "{reported:?}"
    );
    let mut known = table_names(ROUTES);
    assert!(known.remove("POST /dashboard/webhooks/{}/rotate"));
    assert_eq!(differences("route", &routed(), &known).len(), 1);
}

impl Row {
    /// Whether the row contains ids of objects of organisation A.
    fn names_objects(&self) -> bool {
        OF_A.iter()
            .any(|name| [self.0, self.1].iter().any(|text| text.contains(&format!("{{{name}}}"))))
    }

    /// Sends the form.
    async fn send(&self, portal: &Portal, caller: &Caller, values: &[(&str, String)]) -> Outcome {
        let (method, path) = match self.0.split_once(' ') {
            Some((method, path)) => {
                (method.parse::<Method>().expect("a method"), fill(path, values, false))
            }
            None => (Method::POST, format!("/_fn/{}", self.0)),
        };
        let kind = if self.1.starts_with('{') {
            "application/json".to_owned()
        } else if self.1.starts_with(&format!("--{EDGE}")) {
            format!("multipart/form-data; boundary={EDGE}")
        } else {
            "application/x-www-form-urlencoded".to_owned()
        };
        let body = fill(self.1, values, kind.ends_with("urlencoded"));
        let is_stream = method == Method::GET;
        // As a script sends it, so that a server function responds with the status of its error.
        let mut request = portal
            .request(method, &path)
            .header("accept", "application/json")
            .header(CONTENT_TYPE, kind);
        if let Some(cookie) = &caller.cookie {
            request = request.header(COOKIE, cookie);
        }
        if is_stream {
            // The body never ends.
            let status = request.send().await.expect("an answer").status().as_u16();
            return Outcome { status, text: String::new() };
        }
        Outcome::of(portal.send(request.body(body)).await)
    }
}

fn fill(template: &str, values: &[(&str, String)], encode: bool) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| {
        let value: String = if encode {
            form_urlencoded::byte_serialize(value.as_bytes()).collect()
        } else {
            value.clone()
        };
        text.replace(&format!("{{{name}}}"), &value)
    })
}

/// The result of a form.
struct Outcome {
    status: u16,
    text: String,
}

impl Outcome {
    /// A form without script redirects to the login page, or to its own page with the error in the
    /// query.
    fn of(response: TestResponse) -> Self {
        let status = match response.header("location").split_once('?') {
            Some(("/login", _)) if response.status / 100 == 3 => 401,
            Some((_, query)) if response.status / 100 == 3 => {
                let error =
                    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "__err");
                error.map_or(response.status, |(_, error)| {
                    ServerFnUrlError::<UiError>::decode_err(&error).code.status()
                })
            }
            _ => response.status,
        };
        Self { status, text: response.text }
    }

    /// Whether the caller was allowed, also according to the text of the page.
    fn is_allowed(&self) -> bool {
        is_allowed(self.status) && !self.text.contains("does not allow this")
    }
}

/// Whether the status is neither a refusal of the caller nor of a request that could not be read.
fn is_allowed(status: u16) -> bool {
    status < 500 && ![400, 401, 403, 405, 415, 429].contains(&status)
}

async fn try_every_form(db: &TestDb) {
    let portal = world::portal(db).await;
    let World { callers, values } = World::new(&portal, db).await;
    let before = world::snapshot(db).await;
    let mut wrong = Vec::new();
    for row in FUNCTIONS.iter().chain(ROUTES) {
        for caller in &callers {
            let Some(status) = row.2.refusal(caller, row.names_objects()) else { continue };
            let outcome = row.send(&portal, caller, &values).await;
            if outcome.status != status {
                wrong.push(format!(
                    "{} ({}) by {}: {} and not {status}",
                    row.0, row.1, caller.name, outcome.status
                ));
            }
        }
    }
    assert_eq!(world::snapshot(db).await, before, "a refused form changed something; {wrong:?}");

    // Functions come last, because the last one logs the caller out.
    let missing = World::missing();
    for row in ROUTES.iter().chain(FUNCTIONS) {
        for caller in callers.iter().filter(|caller| row.2.allows(caller)) {
            let outcome = row.send(&portal, caller, &missing).await;
            if !outcome.is_allowed() {
                let text: String = outcome.text.chars().take(200).collect();
                wrong.push(format!(
                    "{} ({}) by {}, who may: {} {text}",
                    row.0, row.1, caller.name, outcome.status
                ));
            }
        }
    }
    assert_none(&wrong);
}

on_both! {
    async fn every_form_allows_the_right_callers_and_no_others(db: TestDb) {
        try_every_form(&db).await;
    }
}
