//! Extractors and responses of handlers: strict JSON, query parameters and ids, with errors that
//! name the location.

use std::str::FromStr;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRef, FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use tollgate_openapi::validate::{is_too_deep, too_deep};
use tollgate_types::code::Code;
use tollgate_types::error::FieldError;

use crate::App;
use crate::error::{Error, Problem};
use crate::gateway::Called;
pub use crate::problem::ApiError;

/// The maximum size of a body if it differs from the settings, as an extension of the request.
#[derive(Clone, Copy)]
pub struct MaxBody(pub usize);

/// A JSON body, parsed strictly, or a JSON response.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T>
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers().get(CONTENT_TYPE)) {
            return Err(Error::new(
                Code::UnsupportedMediaType,
                "Send the body as JSON, with `Content-Type: application/json`.",
            )
            .into());
        }
        let limit = request
            .extensions()
            .get::<MaxBody>()
            .map_or_else(|| App::from_ref(state).config.limits.max_body_bytes, |limit| limit.0);
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
                BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                    Error::body_too_large(limit)
                }
                _ => Error::new(
                    Code::InvalidRequest,
                    "The body did not arrive completely and in time.",
                ),
            })?;
        // A list would be read as fields without names.
        if !bytes.trim_ascii_start().starts_with(b"{")
            && serde_json::from_slice::<IgnoredAny>(&bytes).is_ok()
        {
            return Err(
                Error::field("body", "invalid_value", "The body must be a JSON object.").into()
            );
        }
        Ok(Self(read_json(&bytes)?))
    }
}

/// JSON, parsed strictly.
///
/// # Errors
/// `invalid_request` for a text that is not JSON, `validation_failed` for an invalid field, with
/// its location.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| explain(&error))?;
    reader.end().map_err(|error| {
        Error::new(Code::InvalidRequest, format!("The body is not JSON: {error}."))
    })?;
    Ok(value)
}

/// A JSON body that may be left out, which means an empty object.
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T>
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        let Json(value) = Json::from_request(request, state).await?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A response with JSON that is already serialised.
pub fn json_response(json: Bytes) -> Response {
    let mut answer = Response::new(Body::from(json));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn is_json(content_type: Option<&HeaderValue>) -> bool {
    let Some(Ok(text)) = content_type.map(HeaderValue::to_str) else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Distinguishes a body that is not JSON (400) from one with invalid fields (422, with their
/// location).
fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let inner = error.inner();
    let text = inner.to_string();
    if is_too_deep(inner) {
        return Error::new(Code::InvalidRequest, too_deep());
    }
    if !inner.is_data() {
        return Error::new(Code::InvalidRequest, format!("The body is not JSON: {text}."));
    }
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before);
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let path = error.path().to_string();
    let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
    let join = |path: &str, field: &str| {
        [path, field]
            .iter()
            .filter(|part| !matches!(**part, "" | "."))
            .copied()
            .collect::<Vec<_>>()
            .join(".")
    };
    let (code, place) = if message.starts_with("unknown field") {
        // The path may or may not end with the field itself.
        let place = if path.rsplit('.').next() == Some(quoted) {
            join(parent, quoted)
        } else {
            join(&path, quoted)
        };
        ("unknown_field", place)
    } else if message.starts_with("missing field") {
        ("missing", join(&path, quoted))
    } else {
        ("invalid_value", join(&path, ""))
    };
    let location = if place.is_empty() || place.starts_with('[') {
        format!("body{place}")
    } else {
        format!("body.{place}")
    };
    let mut letters = message.chars();
    let message = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect::<String>())
        .unwrap_or_default();
    Error::field(location, code, format!("{message}."))
}

/// The query of a list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Maximum number of entries in the response, 1 to 100. Default: 20.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 100, default = 20, example = 20)]
    pub limit: i64,
    /// Return the page after this cursor: the `next_cursor` of the previous page. Absent: the first
    /// page.
    pub cursor: Option<String>,
}

const fn default_limit() -> i64 {
    20
}

impl ListQuery {
    /// # Errors
    /// `invalid_request`, with the parameter that is out of range or is not a cursor.
    pub fn check<T: FromStr>(self) -> Result<(i64, Option<T>), Error> {
        if !(1..=100).contains(&self.limit) {
            return Err(bad_parameter("query.limit", "out_of_range", "`limit` must be 1 to 100."));
        }
        let cursor = self.cursor.map(|text| text.parse()).transpose();
        let cursor = cursor.map_err(|_| {
            bad_parameter(
                "query.cursor",
                "invalid_cursor",
                "`cursor` must be the `next_cursor` of the previous page.",
            )
        })?;
        Ok((self.limit, cursor))
    }
}

pub fn bad_parameter(location: &str, code: &str, message: &str) -> Error {
    Error::Problem(Box::new(Problem {
        code: Code::InvalidRequest,
        detail: message.into(),
        errors: vec![FieldError::new(location, code, message)],
        retry_after: None,
        allow: None,
    }))
}

/// The query string as `T`.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                // The framework's message ends with `limit: the problem`.
                let fault = text.split_once(": ").map_or(text.as_str(), |(_, fault)| fault);
                let name = fault.split_once(": ").map_or("", |(name, _)| name);
                let location =
                    if name.is_empty() { "query".into() } else { format!("query.{name}") };
                Err(bad_parameter(
                    &location,
                    "invalid_value",
                    &format!("The query could not be read: {fault}."),
                )
                .into())
            }
        }
    }
}

/// The path's only id. A malformed id gets the same response as an unknown one.
pub struct Id<T>(pub T);

impl<T: FromStr> FromRequestParts<Called> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, called: &Called) -> Result<Self, ApiError> {
        let found =
            called.path_parameter(parts.uri.path(), "id").and_then(|text| text.parse().ok());
        found.map(Self).ok_or_else(|| Error::not_found("object").into())
    }
}

impl<T: FromStr> FromRequestParts<App> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        path_parameter(parts, app, "id").await.map(Self)
    }
}

/// A parameter of the path, by its name, for axum routes.
pub async fn path_parameter<T: FromStr>(
    parts: &mut Parts,
    app: &App,
    name: &str,
) -> Result<T, ApiError> {
    let parameters = RawPathParams::from_request_parts(parts, app).await;
    let found = parameters
        .ok()
        .and_then(|parameters| parameters.iter().find(|(known, _)| *known == name)?.1.parse().ok());
    found.ok_or_else(|| Error::not_found("object").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Body {
        name: String,
        #[serde(default)]
        metadata: std::collections::BTreeMap<String, String>,
    }

    fn fault(text: &str) -> (u16, String, String) {
        let mut reader = serde_json::Deserializer::from_str(text);
        let error = serde_path_to_error::deserialize::<_, Body>(&mut reader).unwrap_err();
        let Error::Problem(problem) = explain(&error) else { panic!("a client's fault") };
        let field = problem.errors.first();
        (
            problem.code.status(),
            field.map_or("", |f| &f.location).into(),
            field.map_or("", |f| &f.code).into(),
        )
    }

    #[test]
    fn each_error_of_a_body_is_reported_with_its_location() {
        assert_eq!(fault(r#"{"name":"#), (400, "".into(), "".into()));
        assert_eq!(
            fault(r#"{"name":"a","nmae":1}"#),
            (422, "body.nmae".into(), "unknown_field".into())
        );
        assert_eq!(fault("{}"), (422, "body.name".into(), "missing".into()));
        assert_eq!(fault(r#"{"name":7}"#), (422, "body.name".into(), "invalid_value".into()));
        assert_eq!(
            fault(r#"{"name":"a","metadata":{"k":1}}"#),
            (422, "body.metadata.k".into(), "invalid_value".into())
        );
        assert_eq!(fault("[]").0, 422);
    }
}
