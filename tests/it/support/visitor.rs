//! A person's browser without scripts: keeps the session cookie and sends forms to server functions.

use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::Value;

use super::{Answer, Portal};

pub struct Visitor<'a> {
    portal: &'a Portal,
    /// `name=value`, as the server set it.
    pub cookie: Option<String>,
}

pub const PASSWORD: &str = "correct horse battery";

impl<'a> Visitor<'a> {
    pub const fn new(portal: &'a Portal) -> Self {
        Self { portal, cookie: None }
    }

    /// Signs up with an organisation of the person's own.
    pub async fn signed_up(portal: &'a Portal, name: &str) -> Self {
        let mut visitor = Self::new(portal);
        let email = format!("{name}@example.com");
        let fields = [("name", name), ("email", &email), ("password", PASSWORD), ("org_name", &format!("{name}'s")), ("invitation", "")];
        let answer = visitor.submit("sign_up", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(visitor.cookie.is_some());
        visitor
    }

    /// Calls a server function as the page's script does.
    pub async fn submit(&mut self, function: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.form(function, fields).header("accept", "application/json");
        self.send(request).await
    }

    /// Sends the form of a page as a browser without scripts does.
    pub async fn submit_plain(&mut self, page: &str, function: &str, fields: &[(&str, &str)]) -> Answer {
        let referer = format!("{}{page}", self.portal.url);
        let request = self.form(function, fields).header("accept", "text/html,*/*").header("referer", referer);
        self.send(request).await
    }

    fn form(&self, function: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.portal.request(reqwest::Method::POST, &format!("/_fn/{function}"));
        request.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    /// Calls a server function that must succeed, and gives its value.
    #[track_caller]
    pub fn value(answer: &Answer) -> Value {
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    pub async fn page(&mut self, path: &str) -> Answer {
        self.send(self.portal.request(reqwest::Method::GET, path)).await
    }

    pub fn request(&self, path: &str) -> reqwest::RequestBuilder {
        let request = self.portal.request(reqwest::Method::GET, path);
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    async fn send(&mut self, mut request: reqwest::RequestBuilder) -> Answer {
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let answer = self.portal.send(request).await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().expect("visible text");
            let pair = text.split(';').next().expect("a pair").to_owned();
            self.cookie = Some(pair).filter(|pair| !pair.ends_with('=') && !text.contains("Max-Age=0"));
        }
        answer
    }

    /// The token in the newest mail to `recipient`.
    pub async fn mailed_token(&mut self, recipient: &str) -> String {
        let mails = Self::value(&self.submit("outbox", &[]).await);
        let mut mails = mails.as_array().expect("a list").iter();
        let mail = mails.find(|mail| mail["recipient"] == recipient).expect("a mail");
        let (_, rest) = mail["body"].as_str().expect("a text").split_once("token=").expect("a link");
        rest.split_whitespace().next().expect("a token").to_owned()
    }
}
