//! A response, read completely, with checks for tests.

use serde_json::Value;

pub struct TestResponse {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl TestResponse {
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.expect("a whole body") }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("visible text"))
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text))
    }

    pub fn request_id(&self) -> &str {
        self.header("x-request-id")
    }

    /// Checks that this is a well-formed problem with this status and code, and returns its body.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["status"], status);
        assert_eq!(body["request_id"], self.request_id());
        assert!(
            body["type"]
                .as_str()
                .is_some_and(|kind| kind.ends_with(&format!("/docs/errors/{code}"))),
            "{body}"
        );
        assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()));
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        body
    }
}
