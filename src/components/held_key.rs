//! The sandbox keys created during this visit. Held in memory only, so that the first call and the
//! console need no pasting; a page load drops them.

use leptos::prelude::*;

use crate::types::environment::Environment;
use crate::types::id::OrgId;
use crate::types::key::CreatedKey;
use crate::types::scope::Scope;

/// More than a visitor usually creates; the oldest is dropped first.
const MAX_HELD: usize = 10;

#[derive(Clone)]
struct Held {
    org: OrgId,
    key: String,
    scopes: Vec<Scope>,
}

/// A handle on the held keys, shared by context.
#[derive(Clone, Copy)]
pub struct HeldKey(RwSignal<Vec<Held>>);

impl HeldKey {
    /// Provides an empty list to everything below.
    pub fn provide() {
        provide_context(Self(RwSignal::new(Vec::new())));
    }

    /// Keeps `created`, if it is a sandbox key. A live key is never kept.
    pub fn keep(self, org: Option<OrgId>, created: &CreatedKey) {
        if let (Some(org), Environment::Sandbox) = (org, created.view.environment) {
            self.0.update(|held| {
                held.insert(
                    0,
                    Held { org, key: created.key.clone(), scopes: created.view.scopes.clone() },
                );
                held.truncate(MAX_HELD);
            });
        }
    }

    /// The newest held key, if it belongs to the current organisation.
    pub fn get(self, org: Option<&OrgId>) -> Option<String> {
        self.find(org, |_| true)
    }

    /// The newest with one of the `wanted` scopes.
    pub fn get_for(self, org: Option<&OrgId>, wanted: &[String]) -> Option<String> {
        self.find(org, |held| {
            held.scopes.iter().any(|scope| wanted.iter().any(|wanted| scope.covers(wanted)))
        })
    }

    fn find(self, org: Option<&OrgId>, fits: impl Fn(&Held) -> bool) -> Option<String> {
        self.0.with(|held| {
            held.iter()
                .find(|held| Some(&held.org) == org && fits(held))
                .map(|held| held.key.clone())
        })
    }
}

/// The held keys of this visit.
pub fn use_held_key() -> HeldKey {
    expect_context()
}
