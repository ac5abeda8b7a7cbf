//! A browser without scripts: keeps the session cookie and sends forms to server functions.

use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::Value;

use super::{Portal, TestResponse};

pub struct Visitor<'a> {
    portal: &'a Portal,
    /// The session's `name=value`, as the server set it.
    pub cookie: Option<String>,
    /// The same of the known-browser cookie.
    pub known: Option<String>,
    /// The source address of requests, behind a trusted proxy.
    pub from: Option<&'static str>,
}

pub const PASSWORD: &str = "correct horse battery";

impl<'a> Visitor<'a> {
    pub const fn new(portal: &'a Portal) -> Self {
        Self { portal, cookie: None, known: None, from: None }
    }

    /// Signs up with a new organisation.
    pub async fn signed_up(portal: &'a Portal, name: &str) -> Self {
        let mut visitor = Self::new(portal);
        let email = format!("{name}@example.com");
        let fields = [
            ("name", name),
            ("email", &email),
            ("password", PASSWORD),
            ("org_name", &format!("{name}'s")),
            ("invitation", ""),
        ];
        let response = visitor.submit("sign_up", &fields).await;
        assert_eq!(response.status, 200, "{}", response.text);
        assert!(visitor.cookie.is_some());
        visitor
    }

    /// Like [`signed_up`](Self::signed_up), with a verified address.
    pub async fn verified(portal: &'a Portal, name: &str) -> Self {
        let mut visitor = Self::signed_up(portal, name).await;
        visitor.verify().await;
        visitor
    }

    /// Opens the link in the mail that signing up sent.
    pub async fn verify(&mut self) {
        let me = Self::value(&self.submit("me", &[]).await);
        let token = self.mailed_token(me["email"].as_str().expect("an address")).await;
        assert_eq!(self.submit("verify_email", &[("token", &token)]).await.status, 200);
    }

    /// A person who has signed up before, on another browser.
    pub async fn logged_in(portal: &'a Portal, name: &str) -> Self {
        let mut visitor = Self::new(portal);
        let response = visitor
            .submit(
                "log_in",
                &[("email", &format!("{name}@example.com")), ("password", PASSWORD), ("next", "")],
            )
            .await;
        assert_eq!(response.status, 200, "{}", response.text);
        visitor
    }

    /// Calls a server function as the page's script does.
    pub async fn submit(&mut self, function: &str, fields: &[(&str, &str)]) -> TestResponse {
        let request = self.form(function, fields).header("accept", "application/json");
        self.send(request).await
    }

    /// Sends the form of a page as a browser without scripts does.
    pub async fn submit_plain(
        &mut self,
        page: &str,
        function: &str,
        fields: &[(&str, &str)],
    ) -> TestResponse {
        let referer = format!("{}{page}", self.portal.url);
        let request = self
            .form(function, fields)
            .header("accept", "text/html,*/*")
            .header("referer", referer);
        self.send(request).await
    }

    /// Sends the form of a page that must be refused, as a browser without scripts does. Returns
    /// the address at which the browser shows it again, and that page.
    pub async fn refused_plain(
        &mut self,
        page: &str,
        function: &str,
        fields: &[(&str, &str)],
    ) -> (String, TestResponse) {
        let refused = self.submit_plain(page, function, fields).await;
        assert_eq!(refused.status, 307, "{}", refused.text);
        let to = refused.header("location");
        let to = to.strip_prefix(&self.portal.url).unwrap_or(to).to_owned();
        let request = self
            .post(&to, fields)
            .header("accept", "text/html,*/*")
            .header("referer", format!("{}{page}", self.portal.url));
        let shown = self.send(request).await;
        (to, shown)
    }

    fn form(&self, function: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        self.post(&format!("/_fn/{function}"), fields)
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.portal.request(reqwest::Method::POST, path);
        request.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    /// Calls a server function that must succeed, and returns its value.
    #[track_caller]
    pub fn value(response: &TestResponse) -> Value {
        assert_eq!(response.status, 200, "{}", response.text);
        response.json()
    }

    pub async fn page(&mut self, path: &str) -> TestResponse {
        self.send(self.portal.request(reqwest::Method::GET, path)).await
    }

    pub fn request(&self, path: &str) -> reqwest::RequestBuilder {
        let request = self.portal.request(reqwest::Method::GET, path);
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    async fn send(&mut self, mut request: reqwest::RequestBuilder) -> TestResponse {
        let cookies: Vec<&str> =
            [&self.cookie, &self.known].into_iter().flatten().map(String::as_str).collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(from) = self.from {
            request = request.header("x-forwarded-for", from);
        }
        let response = self.portal.send(request).await;
        for cookie in response.headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().expect("visible text");
            let pair = text.split(';').next().expect("a pair").to_owned();
            let kept = if pair.starts_with("__Host-tollgate_session=") {
                &mut self.cookie
            } else {
                &mut self.known
            };
            *kept = Some(pair).filter(|pair| !pair.ends_with('=') && !text.contains("Max-Age=0"));
        }
        response
    }

    /// The token in the newest mail to `recipient`.
    pub async fn mailed_token(&mut self, recipient: &str) -> String {
        let mails = Self::value(&self.submit("outbox", &[]).await);
        let mut mails = mails.as_array().expect("a list").iter();
        let mail = mails.find(|mail| mail["recipient"] == recipient).expect("a mail");
        let (_, rest) =
            mail["body"].as_str().expect("a text").split_once("token=").expect("a link");
        rest.split_whitespace().next().expect("a token").to_owned()
    }
}
