//! The pages and forms of a portal, found by following links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use tollgate::web::router;

use super::harmless::expect_harmless;
use crate::support::html::{self, Form};
use crate::support::{Visitor, sources};

/// Pages per route; the others have the same code.
const PER_ROUTE: usize = 3;

/// The pages of a portal that were found, by route.
#[derive(Default)]
pub struct Pages {
    pub routes: BTreeMap<String, Vec<String>>,
    pub names: BTreeSet<String>,
    /// With the page that contains it.
    pub forms: BTreeMap<String, (String, Form)>,
}

impl Pages {
    /// Follows links from the pages that have no parameters.
    pub async fn crawl(visitor: &mut Visitor<'_>) -> Self {
        let mut pages = Self { names: names_in_source(), ..Self::default() };
        for route in router::page_paths() {
            let own = if route.contains('{') { Vec::new() } else { vec![route.clone()] };
            pages.routes.insert(route, own);
        }
        let mut waiting: Vec<String> = pages.routes.values().flatten().cloned().collect();
        while let Some(path) = waiting.pop() {
            let response = visitor.page(&path).await;
            expect_harmless(&path, &response);
            for form in html::forms(&response.text) {
                let names: Vec<&str> =
                    form.fields.iter().map(|field| field.name.as_str()).collect();
                pages.names.extend(names.iter().map(|name| (*name).to_owned()));
                // Browsers do not show the page of a redirect.
                if response.status / 100 == 3 {
                    continue;
                }
                let action =
                    if form.action.is_empty() { path.clone() } else { form.action.clone() };
                pages
                    .forms
                    .entry(format!("{action} {names:?}"))
                    .or_insert_with(|| (path.clone(), Form { action, ..form }));
            }
            for link in html::elements(&response.text)
                .iter()
                .filter(|element| element.name == "a")
                .filter_map(|link| link.get("href"))
            {
                let path = link.split(['?', '#']).next().unwrap_or_default().to_owned();
                let Some(found) = pages.route_of(&path) else { continue };
                if found.len() < PER_ROUTE && !found.contains(&path) {
                    found.push(path.clone());
                    waiting.push(path);
                }
            }
        }
        pages
    }

    /// The route of a path: of several, the one with the fewest parameters.
    fn route_of(&mut self, path: &str) -> Option<&mut Vec<String>> {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |route: &str| {
            let of_route: Vec<&str> = route.split('/').collect();
            of_route.len() == parts.len()
                && of_route
                    .iter()
                    .zip(&parts)
                    .all(|(of_route, part)| of_route.starts_with('{') || of_route == part)
        };
        let route = self
            .routes
            .keys()
            .filter(|route| fits(route))
            .min_by_key(|route| route.matches('{').count())?
            .clone();
        self.routes.get_mut(&route)
    }
}

/// Names of query parameters that pages read: the texts after `get("` and such in their source.
fn names_in_source() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in sources("src/pages").into_iter().chain(sources("src/components")) {
        let text = fs::read_to_string(&path).expect("a source file");
        for start in ["get(\"", "get_str(\"", "filled(\"", "given(\"", "text(\""] {
            names.extend(
                text.split(start)
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next())
                    .map(str::to_owned),
            );
        }
    }
    assert!(
        ["scopes", "cursor", "next", "token", "q"].iter().all(|name| names.contains(*name)),
        "{names:?}"
    );
    names
}
