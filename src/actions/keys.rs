//! API keys.

use leptos::prelude::*;

use crate::types::environment::Environment;
use crate::types::error::UiError;
use crate::types::id::KeyId;
use crate::types::key::CreatedKey;
use crate::types::key::KeyView;
use crate::types::page::Page;

/// The organisation's keys, newest first.
#[server(name = ListKeys, endpoint = "list_keys")]
pub async fn list_keys(environment: Environment, cursor: Option<String>) -> Result<Page<KeyView>, UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Creates a key; its text is in this answer and nowhere else.
#[server(name = CreateKey, endpoint = "create_key")]
pub async fn create_key(name: String, environment: Environment, #[server(default)] scopes: Vec<String>, expires_in_days: Option<u32>) -> Result<CreatedKey, UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Switches a key off until it is enabled again.
#[server(name = DisableKey, endpoint = "disable_key")]
pub async fn disable_key(id: KeyId) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Switches a disabled key on.
#[server(name = EnableKey, endpoint = "enable_key")]
pub async fn enable_key(id: KeyId) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}

/// Revokes a key for good.
#[server(name = RevokeKey, endpoint = "revoke_key")]
pub async fn revoke_key(id: KeyId) -> Result<(), UiError> {
    Err(UiError::new(crate::types::code::Code::Internal, "not built yet"))
}
