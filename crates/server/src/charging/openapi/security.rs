//! The credentials of an API, and the scope that each operation needs.

use utoipa::openapi::Components;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};

use super::Api;

/// The names of the schemes. A caller needs one of them.
const fn schemes(api: Api) -> &'static [&'static str] {
    match api {
        Api::Own => &["key", "key_header"],
        Api::Product => &["tollgate", "tollgate_header"],
        Api::Admin => &["token"],
    }
}

/// Adds the security schemes of an API.
pub fn declare(api: Api, components: &mut Components) {
    let (about, format) = match api {
        Api::Own | Api::Product => (
            "An API key: `tg_sandbox_…` or `tg_live_…`. Each operation lists the scopes that the key needs.",
            "API key",
        ),
        Api::Admin => (
            "An admin token: `tg_admin_…`. Create one at `/admin/tokens` or with `tollgate admin-token create`.",
            "Admin token",
        ),
    };
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format(format)
        .description(Some(about))
        .build();
    let header = ApiKeyValue::with_description(
        "X-API-Key",
        "The API key, in the header `X-API-Key`: for clients that cannot send `Authorization`.",
    );
    let all = [SecurityScheme::Http(bearer), SecurityScheme::ApiKey(ApiKey::Header(header))];
    for (name, scheme) in schemes(api).iter().zip(all) {
        components.add_security_scheme(*name, scheme);
    }
}

/// The alternatives of an operation: each credential, with the scope.
pub fn alternatives(api: Api, scope: Option<&str>) -> Vec<SecurityRequirement> {
    schemes(api).iter().map(|scheme| SecurityRequirement::new(*scheme, scope)).collect()
}

/// `description`, and the scope.
pub fn described(description: &str, scope: &str) -> String {
    let needs = format!("Requires the scope `{scope}`.");
    if description.trim().is_empty() {
        needs
    } else {
        format!("{}\n\n{needs}", description.trim_end())
    }
}

/// Makes an operation require a credential with the scope.
pub fn require(api: Api, scope: Option<&str>, operation: &mut Operation) {
    operation.security = Some(alternatives(api, scope));
    if let Some(scope) = scope {
        operation.description =
            Some(described(operation.description.as_deref().unwrap_or_default(), scope));
    }
}
