//! `/admin/api/v1/tokens`. Tokens are made on the admin pages and the command line only: one that leaked must not be
//! able to make others that outlive it.

use axum::extract::State;

use super::extract::Admin;
use crate::server::api::ApiError;
use crate::server::api::extract::{Id, Json};
use crate::server::problem::Body9457;
use crate::server::{App, admin};
use crate::types::admin::AdminTokenView;
use crate::types::id::AdminTokenId;

/// List admin tokens
///
/// The newest first, without their secrets; revoked ones for 90 days.
#[utoipa::path(get, path = "/admin/api/v1/tokens", operation_id = "listAdminTokens", tag = "Admin tokens",
    responses((status = 200, description = "All tokens", body = Vec<AdminTokenView>), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn list(State(app): State<App>, operator: Admin) -> Result<Json<Vec<AdminTokenView>>, ApiError> {
    Ok(Json(admin::list_tokens(&app.db, &operator).await?))
}

/// Revoke an admin token
///
/// At once and for good.
#[utoipa::path(post, path = "/admin/api/v1/tokens/{id}/revoke", operation_id = "revokeAdminToken", tag = "Admin tokens", params(("id" = String, Path, description = "The token's id", example = "adm_01h2xcejqtf2nbrexx3vqjhp41")),
    responses((status = 200, description = "The token as it is now", body = AdminTokenView), (status = "4XX", description = "The request was refused", body = Body9457, content_type = "application/problem+json")),
    security(("token" = [])))]
pub async fn revoke(State(app): State<App>, operator: Admin, Id(id): Id<AdminTokenId>) -> Result<Json<AdminTokenView>, ApiError> {
    Ok(Json(admin::revoke_token(&app.db, &operator, &id, operator.now).await?))
}
