//! A product in memory: its parsed document, ready to be called, shown and searched.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use axum::http::Method;
use serde::Serialize;
use tollgate_openapi::schemas::Schemas;
use tollgate_openapi::spec::{NoMatch, Routes, Spec};
use tollgate_openapi::validate::Validator;
use tollgate_proxy::upstream::{Settings, Target, Upstreams};
use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::product::{
    AdminProduct, PLATFORM, ProductSettings, ProductStatus, ProductView, SchemaProblem, Validation,
};
use tollgate_types::time::Timestamp;
use url::Url;

use super::operation::Operation;
use super::secrets::Signing;
use super::store::ProductRow;
use crate::Result;
use crate::config::LimitsConfig;

/// What only the platform's own API has.
pub struct Own {
    /// As JSON, with this portal as server.
    pub document: Vec<u8>,
    /// The errors of an operation that do not follow from its kind.
    pub codes: fn(&str) -> &'static [Code],
}

pub struct Product {
    pub id: Arc<str>,
    pub view: AdminProduct,
    /// The document's row; if it changes, the product is loaded again.
    pub(super) version: String,
    pub(super) changed_at: i64,
    pub spec: Arc<Spec>,
    pub operations: Vec<Arc<Operation>>,
    /// For undeclared paths, if they are allowed: one operation for reading, one for writing.
    undeclared: Option<[Arc<Operation>; 2]>,
    routes: Routes,
    /// Created on demand: not every product is validated, or has a mock.
    validator: OnceLock<Validator>,
    answers: OnceLock<Schemas>,
    problems: OnceLock<Vec<SchemaProblem>>,
    /// Since when the active document applies.
    version_at: Timestamp,
    /// `None` for the platform's own API.
    pub live: Option<Target>,
    /// `None`: the mock responds.
    pub sandbox: Option<Target>,
    /// The platform's; other products' documents are in the database.
    pub own: Option<Own>,
}

impl Product {
    /// # Errors
    /// Fails if the stored data cannot be read, for example after a manual change.
    pub(super) fn read(
        row: &ProductRow,
        document: &[u8],
        secrets: &[Signing],
        upstreams: &Upstreams,
    ) -> Result<Self> {
        let id: Arc<str> = row.id.as_str().into();
        let faulty = |faults: Vec<tollgate_openapi::spec::Fault>| {
            let first = faults.first().map(|fault| fault.message.clone()).unwrap_or_default();
            anyhow::anyhow!("the document of {id} cannot be read: {first}")
        };
        let spec = Arc::new(Spec::read(document).map_err(faulty)?);
        let view = row.view(&spec)?;
        let newest = secrets
            .iter()
            .find(|signing| signing.until.is_none())
            .map(|signing| signing.secret.as_slice());
        let newest = newest.with_context(|| format!("{id} has no signing secret"))?;
        let older: Vec<(&[u8], Timestamp)> = secrets
            .iter()
            .filter_map(|signing| Some((signing.secret.as_slice(), signing.until?)))
            .collect();
        let target = |url: &str| -> Result<Target> {
            let base: Url = url.parse().with_context(|| format!("{id} has a malformed URL"))?;
            let settings = &view.settings;
            let target = upstreams.target(&Settings {
                connect_timeout: Duration::from_millis(settings.connect_timeout_ms.into()),
                timeout: Duration::from_millis(settings.timeout_ms.into()),
                allows_overrides: settings.allow_override_headers,
                max_body_bytes: settings.max_body_bytes.and_then(|bytes| bytes.try_into().ok()),
                older_secrets: &older,
                ..Settings::new(&base, newest)
            });
            Ok(target.map_err(|reason| {
                anyhow::anyhow!("{id} has a URL that cannot be called: {reason}")
            })?)
        };
        Ok(Self {
            version: row.active_version.clone(),
            changed_at: row.updated_at,
            operations: Operation::all(&id, &spec)?,
            undeclared: view
                .settings
                .allow_undeclared
                .then(|| [true, false].map(|reads| Operation::undeclared(&id, reads))),
            routes: Routes::new(&spec),
            validator: OnceLock::new(),
            answers: OnceLock::new(),
            problems: OnceLock::new(),
            version_at: Timestamp(row.version_at),
            live: Some(target(&view.base_url)?),
            sandbox: view.sandbox_url.as_deref().map(target).transpose()?,
            own: None,
            id,
            view,
            spec,
        })
    }

    /// The platform's own API, described by `document`, built like any other product. `published`
    /// is the document that callers get. `codes` has the errors of an operation, by its id.
    ///
    /// # Errors
    /// For an invalid document, or an operation without a scope.
    pub fn own(
        document: serde_json::Value,
        published: &impl Serialize,
        codes: fn(&str) -> &'static [Code],
    ) -> Result<Self> {
        let own = Own { document: serde_json::to_vec_pretty(published)?, codes };
        let spec = Spec::from_value(document).map_err(|faults| {
            anyhow::anyhow!("the platform's own document is faulty: {faults:?}")
        })?;
        let id: Arc<str> = PLATFORM.into();
        let spec = Arc::new(spec);
        Ok(Self {
            version: String::new(),
            changed_at: 0,
            view: AdminProduct {
                view: ProductView {
                    id: id.to_string(),
                    name: spec.title.clone(),
                    description: spec.description.clone(),
                    category: "Platform".into(),
                    tags: Vec::new(),
                    status: ProductStatus::Active,
                    version: spec.version.clone(),
                    revision: 1,
                    operations: spec.operations.len() as u64,
                    updated_at: Timestamp(0),
                    deprecated_at: None,
                    retires_at: None,
                },
                base_url: String::new(),
                sandbox_url: None,
                source_url: None,
                fetched_at: None,
                fetch_error: String::new(),
                settings: ProductSettings::default(),
            },
            operations: Operation::all(&id, &spec)?,
            undeclared: None,
            routes: Routes::new(&spec),
            validator: OnceLock::new(),
            answers: OnceLock::new(),
            problems: OnceLock::new(),
            version_at: Timestamp(0),
            live: None,
            sandbox: None,
            own: Some(own),
            id,
            spec,
        })
    }

    /// The maximum size of a request body.
    pub fn max_body_bytes(&self, limits: &LimitsConfig) -> usize {
        self.settings()
            .max_body_bytes
            .and_then(|bytes| bytes.try_into().ok())
            .unwrap_or(limits.max_body_bytes)
    }

    /// Validates calls against the document.
    pub fn validator(&self) -> &Validator {
        self.validator.get_or_init(|| Validator::new(Arc::clone(&self.spec)))
    }

    /// Creates what the product's calls need, which processes the whole document.
    pub(super) fn prepare(&self) {
        if self.settings().validation != Validation::Off {
            self.validator();
        }
        if self.sandbox.is_none() && !self.is_platform() {
            self.answers();
        }
    }

    /// The same, if it already exists: creating it processes the whole document.
    pub fn ready_validator(&self) -> Option<&Validator> {
        self.validator.get()
    }

    /// The generator of the mock's responses.
    pub fn answers(&self) -> &Schemas {
        self.answers.get_or_init(|| Schemas::of_responses(Arc::clone(&self.spec)))
    }

    /// The parts of its schemas that cannot be read. Determined on first use, which takes a while.
    pub fn problems(&self) -> &[SchemaProblem] {
        self.problems.get_or_init(|| super::register::problems_of(Arc::clone(&self.spec)))
    }

    /// The same, if it is already known.
    pub fn known_problems(&self) -> Option<&[SchemaProblem]> {
        self.problems.get().map(Vec::as_slice)
    }

    /// Since when the active document applies.
    pub fn version_at(&self) -> Timestamp {
        self.version_at
    }

    pub fn settings(&self) -> &ProductSettings {
        &self.view.settings
    }

    pub fn is_platform(&self) -> bool {
        &*self.id == PLATFORM
    }

    /// The path prefix of its calls: `/api/logistics`; empty for the platform's own.
    pub fn prefix(&self) -> String {
        if self.is_platform() { String::new() } else { format!("/api/{}", self.id) }
    }

    /// The operation of a request, whose path is below [`prefix`](Self::prefix). `HEAD` uses the
    /// operation of `GET`.
    pub fn find(&self, method: &Method, path: &str) -> Result<Arc<Operation>, NoMatch> {
        match self.routes.operation(method.as_str(), path) {
            Ok(place) => self.operations.get(place).cloned().ok_or(NoMatch::Path),
            Err(no_match) => match &self.undeclared {
                Some([reads, writes]) => {
                    Ok(Arc::clone(if method.is_safe() { reads } else { writes }))
                }
                None => Err(no_match),
            },
        }
    }

    pub fn params(&self, method: &Method, path: &str) -> Vec<(String, String)> {
        self.routes.find(method.as_str(), path).map(|found| found.params).unwrap_or_default()
    }

    pub fn operation(&self, id: &str) -> Option<&Arc<Operation>> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The upstream of calls in this environment; `None`: the mock.
    pub fn target(&self, environment: Environment) -> Option<&Target> {
        match environment {
            Environment::Live => self.live.as_ref(),
            Environment::Sandbox => self.sandbox.as_ref(),
        }
    }
}
