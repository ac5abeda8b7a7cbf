//! A request, as the programs of all languages print it.

use super::quote;

/// The placeholder for the reader's key.
pub const KEY: &str = "YOUR_SANDBOX_KEY";

/// The boundary between parts of a body, for languages that cannot create one.
const BOUNDARY: &str = "----tollgate-sample";

#[derive(Clone, Debug, PartialEq)]
pub struct SampleRequest {
    /// In upper case.
    pub method: String,
    /// Percent-encoded.
    pub url: String,
    /// Visible ASCII. Each name occurs once.
    pub headers: Vec<(String, String)>,
    pub body: Option<SampleBody>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SampleBody {
    Json(serde_json::Value),
    /// As it is sent.
    Text(String),
    /// `multipart/form-data`. Its `Content-Type` is not among the headers, because it contains the
    /// boundary.
    Parts(Vec<Part>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Without quotes, line breaks and `=`.
    pub name: String,
    pub value: String,
    /// Set for a file.
    pub filename: Option<String>,
    pub content_type: Option<String>,
}

impl SampleRequest {
    /// The headers and, if the parts of the body are written out, the type that contains the
    /// boundary.
    pub fn written_headers(&self) -> Vec<(String, String)> {
        let mut headers = self.headers.clone();
        if matches!(self.body, Some(SampleBody::Parts(_))) {
            headers.push((
                "Content-Type".to_owned(),
                format!("multipart/form-data; boundary={BOUNDARY}"),
            ));
        }
        headers
    }

    /// The body as it is sent, for languages that take it as one text.
    pub fn written_body(&self) -> Option<String> {
        Some(match self.body.as_ref()? {
            SampleBody::Json(value) => quote::json(value),
            SampleBody::Text(text) => text.clone(),
            SampleBody::Parts(parts) => {
                let parts: String = parts.iter().map(Part::written).collect();
                format!("{parts}--{BOUNDARY}--\r\n")
            }
        })
    }
}

impl Part {
    fn written(&self) -> String {
        let filename =
            self.filename.iter().map(|name| format!("; filename=\"{name}\"")).collect::<String>();
        let content_type = self
            .content_type
            .iter()
            .map(|name| format!("Content-Type: {name}\r\n"))
            .collect::<String>();
        let Self { name, value, .. } = self;
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{filename}\r\n{content_type}\r\n{value}\r\n"
        )
    }
}
