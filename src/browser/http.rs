//! A call to the API from the page, as a partner's program would make it.

use gloo_net::http::{Method, RequestBuilder};
use leptos::prelude::window;
use send_wrapper::SendWrapper;
use web_sys::{AbortController, RequestCredentials, RequestRedirect, ResponseType};

use crate::components::call::{Call, CallResponse};

/// Cancels its call. Wrapped, because pages keep it in storage that on the server moves between
/// threads.
#[derive(Clone)]
pub struct Aborter(SendWrapper<Option<AbortController>>);

impl Aborter {
    /// For one call.
    pub fn new() -> Self {
        Self(SendWrapper::new(AbortController::new().ok()))
    }

    /// Cancels the call, if it still runs.
    pub fn abort(&self) {
        if let Some(controller) = &*self.0 {
            controller.abort();
        }
    }
}

impl Default for Aborter {
    fn default() -> Self {
        Self::new()
    }
}

fn now() -> f64 {
    window().performance().map_or(0.0, |p| p.now())
}

/// Sends `call` and reads the whole response. An `Err` is a text for people: there was no response.
pub async fn send(call: &Call, aborter: &Aborter) -> Result<CallResponse, String> {
    let method: Method =
        call.method.parse().map_err(|_| format!("{} is not a method.", call.method))?;
    let signal = aborter.0.as_ref().map(AbortController::signal);
    // Without cookies: the key alone must be sufficient, as anywhere else.
    let mut builder = RequestBuilder::new(&call.url)
        .method(method)
        .credentials(RequestCredentials::Omit)
        // The page cannot see the target of a redirect, and the key must not be sent there.
        .redirect(RequestRedirect::Manual)
        .abort_signal(signal.as_ref());
    for (name, value) in &call.headers {
        // The browser throws for other characters, and a thrown error would end the page's script.
        if !value.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Err(format!("{name} contains characters that are not valid in a header."));
        }
        builder = builder.header(name, value);
    }
    let started = now();
    let sent = match &call.body {
        Some(body) => builder.body(body.as_str()).map_err(|e| e.to_string())?.send().await,
        None => builder.send().await,
    };
    let response =
        sent.map_err(|_| "No response was received. Check that the server is reachable, then send the call again.".to_owned())?;
    if response.type_() == ResponseType::Opaqueredirect {
        return Err("The response is a redirect, and browsers do not show its target. Send the call with curl to see it.".to_owned());
    }
    let mut headers: Vec<(String, String)> = response.headers().entries().collect();
    headers.sort();
    let (status, status_text) = (response.status(), response.status_text());
    let body = response
        .text()
        .await
        .map_err(|_| "The response was incomplete. Send the call again.".to_owned())?;
    Ok(CallResponse { status, status_text, headers, body, millis: now() - started })
}
