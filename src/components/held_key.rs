//! The sandbox key made during this visit. Held in memory only, so that the first call and the
//! try-it form need no pasting; a reload forgets it.

use leptos::prelude::*;

use crate::types::environment::Environment;
use crate::types::id::OrgId;
use crate::types::key::CreatedKey;

/// A handle on the held key, shared by context.
#[derive(Clone, Copy)]
pub struct HeldKey(RwSignal<Option<(OrgId, String)>>);

impl HeldKey {
    /// Shares an empty hand with everything below.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// Keeps `created`, if it is a sandbox key. A live key is never held.
    pub fn keep(self, org: Option<OrgId>, created: &CreatedKey) {
        if let (Some(org), Environment::Sandbox) = (org, created.view.environment) {
            self.0.set(Some((org, created.key.clone())));
        }
    }

    /// The held key, if it belongs to the organisation acted for.
    pub fn get(self, org: Option<&OrgId>) -> Option<String> {
        self.0.with(|held| held.as_ref().filter(|(owner, _)| Some(owner) == org).map(|(_, key)| key.clone()))
    }

    /// The same, for code that runs once.
    pub fn get_untracked(self, org: Option<&OrgId>) -> Option<String> {
        untrack(|| self.get(org))
    }
}

/// The hand of this visit.
pub fn use_held_key() -> HeldKey {
    expect_context()
}
