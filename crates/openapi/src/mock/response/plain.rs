//! A response that does not depend on stored objects, and its parts.

use serde_json::Value;

use super::{MockResponse, ResponseContext, accept, body, headers, note, sample};
use crate::spec::Media;

impl ResponseContext<'_> {
    /// A response that does not depend on stored objects.
    pub fn plain(&self) -> MockResponse {
        let Some(media) = accept::choose(&self.response.content, self.call.headers) else {
            return self.bare();
        };
        self.with_body(media, &sample::sample(self, media))
    }

    pub fn bare(&self) -> MockResponse {
        MockResponse {
            status: self.status,
            headers: headers::sent(self),
            content_type: None,
            body: Vec::new(),
        }
    }

    pub fn with_body(&self, media: &Media, value: &Value) -> MockResponse {
        if matches!(self.status, 204 | 205 | 304) {
            return self.bare();
        }
        let content_type = accept::concrete(&media.content_type);
        let body = body::written(self, media, &content_type, value);
        let body = if self.operation.method == "HEAD" { Vec::new() } else { body };
        let mut headers = headers::sent(self);
        headers.extend(note::of(self, media, value));
        MockResponse { status: self.status, headers, content_type: Some(content_type), body }
    }
}
