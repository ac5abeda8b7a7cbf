//! Extractors for handlers of the admin API.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tollgate_types::code::Code;
use tollgate_types::product::ProductId;
use tollgate_types::time::Timestamp;

use crate::App;
use crate::access::Operator;
use crate::api::extract::path_parameter;
use crate::error::Error;
use crate::problem::ApiError;

/// The operator in whose name a program calls, as the guard determined.
#[derive(Clone)]
pub struct Admin {
    pub operator: Arc<Operator>,
    pub now: Timestamp,
}

impl Deref for Admin {
    type Target = Operator;

    fn deref(&self) -> &Operator {
        &self.operator
    }
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let admin = parts.extensions.get::<Self>().cloned();
        admin.ok_or_else(|| {
            Error::new(
                Code::MissingKey,
                "Send an admin token as `Authorization: Bearer tg_admin_…`.",
            )
            .into()
        })
    }
}

/// What an operation on one product needs: the operator, and the product's id in the path.
pub struct OnProduct {
    pub app: App,
    pub operator: Admin,
    pub id: ProductId,
}

impl FromRequestParts<App> for OnProduct {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let operator = Admin::from_request_parts(parts, app).await?;
        let id = path_parameter(parts, app, "id").await?;
        Ok(Self { app: app.clone(), operator, id })
    }
}

/// The number of a version in the path.
pub struct Revision(pub u64);

impl FromRequestParts<App> for Revision {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        path_parameter(parts, app, "revision").await.map(Self)
    }
}
