//! The product that a registration results in, and the checks of its values.

use tollgate_openapi::spec::Spec;
use tollgate_proxy::outbound::{Reach, check_url};
use tollgate_proxy::upstream;
use tollgate_types::error::FieldError;
use tollgate_types::product::{ProductId, ProductSettings, ProductStatus};
use tollgate_types::time::Timestamp;
use url::Url;

use super::Registration;
use crate::products::store::ProductRow;
use crate::{Error, Result};

const MAX_NAME: usize = 80;
const MAX_DESCRIPTION: usize = 20_000;
const MAX_TAGS: usize = 20;
const MAX_ORIGINS: usize = 50;
const MAX_TIMEOUT_MS: u32 = 100_000;

/// The product after the change. A new one needs a document.
pub(super) fn merged(
    before: Option<&ProductRow>,
    id: &ProductId,
    wanted: &Registration,
    new: Option<&Spec>,
    now: Timestamp,
) -> Result<ProductRow> {
    let mut errors = Vec::new();
    let mut row = match (before, new) {
        (Some(before), _) => before.clone(),
        (None, Some(_)) if id.is_page() => {
            let detail = format!("`{id}` is the address of a page. Choose another id.");
            return Err(Error::field("id", "reserved", detail));
        }
        (None, Some(spec)) => fresh(id, spec, now),
        (None, None) => return Err(Error::not_found("product")),
    };
    let mut take = |field: &'static str, value: &Option<String>, max: usize, into: &mut String| {
        let Some(value) = value else { return };
        if value.chars().count() > max {
            errors.push(FieldError::new(
                field,
                "invalid_length",
                format!("Enter at most {max} characters."),
            ));
        }
        value.trim().clone_into(into);
    };
    take("name", &wanted.name, MAX_NAME, &mut row.name);
    take("description", &wanted.description, MAX_DESCRIPTION, &mut row.description);
    take("category", &wanted.category, MAX_NAME, &mut row.category);
    take("base_url", &wanted.base_url, 2_000, &mut row.base_url);
    if row.name.trim().is_empty() {
        errors.push(FieldError::new("name", "missing", "Enter a name for the product."));
    }
    if let Some(tags) = &wanted.tags {
        if tags.len() > MAX_TAGS
            || tags.iter().any(|tag| tag.trim().is_empty() || tag.chars().count() > 40)
        {
            errors.push(FieldError::new(
                "tags",
                "invalid_length",
                format!("Enter at most {MAX_TAGS} tags of 1 to 40 characters."),
            ));
        }
        row.tags_json = serde_json::to_string(tags)?;
    }
    if let Some(status) = wanted.status {
        status.as_str().clone_into(&mut row.status);
        // A product with a retirement date stays deprecated until the date is removed.
        if row.retires_at.is_some() && status != ProductStatus::Deprecated {
            let message = "The product has a retirement date. Cancel the retirement first.";
            errors.push(FieldError::new("status", "invalid_value", message));
        }
        row.deprecated_at =
            (status == ProductStatus::Deprecated).then(|| row.deprecated_at.unwrap_or(now.0));
    }
    if let Some(sandbox_url) = &wanted.sandbox_url {
        row.sandbox_url = sandbox_url.clone().filter(|url| !url.trim().is_empty());
    }
    if let Some(source_url) = &wanted.source_url {
        row.source_url = source_url.clone().filter(|url| !url.trim().is_empty());
    }
    if let Some(settings) = &wanted.settings {
        check_settings(settings, &mut errors);
        row.settings_json = serde_json::to_string(settings)?;
    }
    let refused = |field: &str, reason: String| FieldError::new(field, "invalid_format", reason);
    if row.base_url.is_empty() {
        errors.push(FieldError::new(
            "base_url",
            "missing",
            "Set the base URL of live calls: the document does not name a server.",
        ));
    } else {
        errors
            .extend(check_upstream(&row.base_url).err().map(|reason| refused("base_url", reason)));
    }
    if let Some(url) = &row.sandbox_url {
        errors.extend(check_upstream(url).err().map(|reason| refused("sandbox_url", reason)));
    }
    if let Some(url) = &row.source_url {
        // Whether it may be reached is checked at each fetch.
        errors.extend(
            check_url(url, Reach::Anywhere)
                .err()
                .map(|fault| refused("source_url", fault.to_string())),
        );
    }
    row.updated_at = now.0.max(row.updated_at + 1);
    if errors.is_empty() { Ok(row) } else { Err(Error::fields(errors)) }
}

/// With the gateway's rules, so that every registered product can be called.
fn check_upstream(text: &str) -> Result<(), String> {
    let url: Url = text.parse().map_err(|error| format!("This is not a URL: {error}."))?;
    upstream::check(&url).map(drop).map_err(str::to_owned)
}

fn fresh(id: &ProductId, spec: &Spec, now: Timestamp) -> ProductRow {
    ProductRow {
        id: id.to_string(),
        name: spec.title.chars().take(MAX_NAME).collect(),
        category: "APIs".into(),
        tags_json: "[]".into(),
        status: ProductStatus::default().as_str().into(),
        base_url: spec
            .servers
            .iter()
            .find(|server| server.starts_with("http"))
            .cloned()
            .unwrap_or_default(),
        settings_json: "{}".into(),
        operations_json: "[]".into(),
        created_at: now.0,
        ..ProductRow::default()
    }
}

fn check_settings(settings: &ProductSettings, errors: &mut Vec<FieldError>) {
    let timeouts =
        [("connect_timeout_ms", settings.connect_timeout_ms), ("timeout_ms", settings.timeout_ms)];
    for (field, value) in timeouts {
        if !(1..=MAX_TIMEOUT_MS).contains(&value) {
            errors.push(FieldError::new(
                format!("settings.{field}"),
                "out_of_range",
                format!("Enter 1 to {MAX_TIMEOUT_MS} milliseconds."),
            ));
        }
    }
    let is_origin = |text: &String| {
        text == "*"
            || Url::parse(text).is_ok_and(|url| {
                url.origin().is_tuple() && url.origin().ascii_serialization() == *text
            })
    };
    if settings.cors_origins.len() > MAX_ORIGINS || !settings.cors_origins.iter().all(is_origin) {
        let message =
            format!("Enter at most {MAX_ORIGINS} origins such as https://app.example.com, or *.");
        errors.push(FieldError::new("settings.cors_origins", "invalid_format", message));
    }
}
