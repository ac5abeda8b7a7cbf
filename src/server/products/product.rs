//! A product that is in memory: its document read, and ready to be called, shown and searched.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use axum::http::Method;
use url::Url;

use super::operation::Operation;
use super::store::ProductRow;
use crate::server::config::LimitsConfig;
use crate::server::schemas::Schemas;
use crate::server::spec::{NoMatch, Routes, Spec};
use crate::server::upstream::{Settings, Target, Upstreams};
use crate::server::validate::Validator;
use crate::server::{Result, api};
use crate::types::environment::Environment;
use crate::types::product::{AdminProduct, PLATFORM, ProductSettings, ProductStatus, ProductView};
use crate::types::time::Timestamp;

pub struct Product {
    pub id: Arc<str>,
    pub view: AdminProduct,
    /// The document's row; a product is read again when it is another.
    pub(super) version: String,
    pub(super) changed_at: i64,
    pub spec: Arc<Spec>,
    pub operations: Vec<Arc<Operation>>,
    /// For what the document does not declare, if that is allowed: what reads, and what writes.
    undeclared: Option<[Arc<Operation>; 2]>,
    routes: Routes,
    /// Made when they are first needed: not every product is validated, or has a mock.
    validator: OnceLock<Validator>,
    answers: OnceLock<Schemas>,
    /// Since when the active document holds.
    version_at: Timestamp,
    /// None for the platform's own API.
    pub live: Option<Target>,
    /// None: the mock answers.
    pub sandbox: Option<Target>,
}

impl Product {
    /// # Errors
    /// If what is stored cannot be read, as after a change by hand.
    pub(super) fn read(row: &ProductRow, document: &[u8], upstreams: &Upstreams) -> Result<Self> {
        let id: Arc<str> = row.id.as_str().into();
        let faulty = |faults: Vec<crate::server::spec::Fault>| {
            let first = faults.first().map(|fault| fault.message.clone()).unwrap_or_default();
            anyhow::anyhow!("the document of {id} cannot be read: {first}")
        };
        let spec = Arc::new(Spec::read(document).map_err(faulty)?);
        let view = row.view(&spec)?;
        let target = |url: &str| -> Result<Target> {
            let base: Url = url.parse().with_context(|| format!("{id} has a malformed URL"))?;
            let settings = &view.settings;
            upstreams.target(&Settings {
                connect_timeout: Duration::from_millis(settings.connect_timeout_ms.into()),
                timeout: Duration::from_millis(settings.timeout_ms.into()),
                max_body_bytes: settings.max_body_bytes.and_then(|bytes| bytes.try_into().ok()),
                ..Settings::new(&base, row.signing_secret.as_bytes())
            })
        };
        Ok(Self {
            version: row.active_version.clone(),
            changed_at: row.updated_at,
            operations: Operation::all(&id, &spec)?,
            undeclared: view.settings.allow_undeclared.then(|| [true, false].map(|reads| Operation::undeclared(&id, reads))),
            routes: Routes::new(&spec),
            validator: OnceLock::new(),
            answers: OnceLock::new(),
            version_at: Timestamp(row.version_at),
            live: Some(target(&view.base_url)?),
            sandbox: view.sandbox_url.as_deref().map(target).transpose()?,
            id,
            view,
            spec,
        })
    }

    /// The platform's own API, by the same way as any other.
    pub fn platform() -> Result<Self> {
        Self::own(serde_json::to_value(api::openapi())?)
    }

    /// The platform's own API as `document` describes it.
    ///
    /// # Errors
    /// For a document with faults, or an operation that names no scope.
    pub fn own(document: serde_json::Value) -> Result<Self> {
        let spec = Spec::from_value(document).map_err(|faults| anyhow::anyhow!("the platform's own document is faulty: {faults:?}"))?;
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
            version_at: Timestamp(0),
            live: None,
            sandbox: None,
            id,
            spec,
        })
    }

    /// What a request may carry.
    pub fn max_body_bytes(&self, limits: &LimitsConfig) -> usize {
        self.settings().max_body_bytes.and_then(|bytes| bytes.try_into().ok()).unwrap_or(limits.max_body_bytes)
    }

    /// Checks calls against the document.
    pub fn validator(&self) -> &Validator {
        self.validator.get_or_init(|| Validator::new(Arc::clone(&self.spec)))
    }

    /// What the mock's answers are made by.
    pub fn answers(&self) -> &Schemas {
        self.answers.get_or_init(|| Schemas::of_answers(Arc::clone(&self.spec)))
    }

    /// Since when the active document holds.
    pub fn version_at(&self) -> Timestamp {
        self.version_at
    }

    pub fn settings(&self) -> &ProductSettings {
        &self.view.settings
    }

    pub fn is_platform(&self) -> bool {
        &*self.id == PLATFORM
    }

    /// What its calls begin with: `/api/logistics`; nothing for the platform's own.
    pub fn prefix(&self) -> String {
        if self.is_platform() { String::new() } else { format!("/api/{}", self.id) }
    }

    /// The operation of a request, whose path stands below [`prefix`](Self::prefix). `HEAD` is answered by what
    /// answers `GET`.
    pub fn find(&self, method: &Method, path: &str) -> Result<Arc<Operation>, NoMatch> {
        match self.routes.operation(method.as_str(), path) {
            Ok(place) => self.operations.get(place).cloned().ok_or(NoMatch::Path),
            Err(no_match) => match &self.undeclared {
                Some([reads, writes]) => Ok(Arc::clone(if method.is_safe() { reads } else { writes })),
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

    /// Where calls of this environment go; none: to the mock.
    pub fn target(&self, environment: Environment) -> Option<&Target> {
        match environment {
            Environment::Live => self.live.as_ref(),
            Environment::Sandbox => self.sandbox.as_ref(),
        }
    }
}
