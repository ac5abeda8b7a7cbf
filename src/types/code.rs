//! Every error code there is, with its status, title and documentation: the one source for
//! answers, the docs pages and the OpenAPI document.

use serde::{Deserialize, Serialize};

/// What the docs page of one code says.
pub struct CodeDocs {
    pub title: &'static str,
    pub meaning: &'static str,
    pub remedy: &'static str,
}

macro_rules! codes {
    ($($variant:ident = $code:literal $status:literal $title:literal, $meaning:literal, $remedy:literal;)*) => {
        /// A stable name for one kind of failure. Codes are never renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(#[serde(rename = $code)] $variant,)*
        }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status this code is answered with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            pub const fn docs(self) -> CodeDocs {
                match self { $(Self::$variant => CodeDocs { title: $title, meaning: $meaning, remedy: $remedy },)* }
            }
        }
    };
}

codes! {
    InvalidRequest = "invalid_request" 400 "The request could not be read",
        "The body is not valid JSON, a header is malformed, or a parameter in the path or query has the wrong form.",
        "Read `detail`, which names what could not be read, correct it and send the request again.";
    AmbiguousCredentials = "ambiguous_credentials" 400 "Two different credentials were sent",
        "`Authorization` and `X-API-Key` both hold a key, and the keys differ.",
        "Send the key in one of the two headers only.";
    IdempotencyKeyMissing = "idempotency_key_missing" 400 "The operation needs an Idempotency-Key",
        "The operation must not happen twice by accident, so it is refused without an `Idempotency-Key` header.",
        "Send a text of your own as `Idempotency-Key`, such as a UUID: a new one for each call, the same one when the call is sent again.";
    MissingKey = "missing_key" 401 "No API key was sent",
        "The request has neither an `Authorization: Bearer` nor an `X-API-Key` header.",
        "Create a key in the dashboard and send it as `Authorization: Bearer tg_…`. Keys in the query string are never read.";
    InvalidKey = "invalid_key" 401 "The API key is not valid",
        "The text is not a key, its checksum is wrong, or no such key exists.",
        "Copy the key again, whole. A key is shown once: if it is lost, create another.";
    ExpiredKey = "expired_key" 401 "The API key has expired",
        "The key's expiry date has passed.",
        "Create a new key in the dashboard.";
    RevokedKey = "revoked_key" 401 "The API key was revoked",
        "Somebody revoked this key, or it was rotated and its overlap has ended. That cannot be undone.",
        "Use the key that took its place, or create a new one. If you did not expect this, the audit page says who revoked or rotated it.";
    DisabledKey = "disabled_key" 401 "The API key is disabled",
        "Somebody switched this key off for now.",
        "Enable it in the dashboard, under Keys.";
    NotSignedIn = "not_signed_in" 401 "You are not signed in",
        "The dashboard was asked for something without a session, or the session has ended.",
        "Log in and try again.";
    SpendCapReached = "spend_cap_reached" 402 "Spend cap reached",
        "The calls of this month have cost as much as the spend cap of the organisation or of the key allows.",
        "Raise the cap in the dashboard, or wait for the next month. Calls in the sandbox go on.";
    PaymentRequired = "payment_required" 402 "A payment is overdue",
        "A payment for the plan failed, and the days of grace after it have passed.",
        "Pay the open invoice or change the card, on the billing page of the dashboard: live calls go on within seconds. Calls in the sandbox go on meanwhile.";
    InsufficientScope = "insufficient_scope" 403 "The key lacks a scope",
        "The operation needs a scope that this key was not given, or the key is to give another key a scope that it lacks itself. `detail` names it.",
        "Create a key with that scope, or use another key.";
    WrongEnvironment = "wrong_environment" 403 "The key belongs to the other environment",
        "A sandbox key cannot act in live, nor a live key in the sandbox.",
        "Use a key of the environment that the request names.";
    IpNotAllowed = "ip_not_allowed" 403 "Not allowed from this address",
        "The key, or the operators' part of the portal, has a list of addresses, and the call came from none of them. `detail` names the address we saw.",
        "Call from an address on the list, or change the list: on the key's page in the dashboard, or in the portal's settings.";
    NotSubscribed = "not_subscribed" 403 "Your organisation is not subscribed to this product",
        "Live calls to this product need a subscription to one of its plans, and your organisation has none.",
        "Choose a plan on the product's page in the dashboard. Calls with a sandbox key need none.";
    Forbidden = "forbidden" 403 "This is not allowed to you",
        "Your role in the organisation, the state of your account, or the limits of the key that acts do not allow this act.",
        "Ask an owner or admin of the organisation, or do what `detail` says.";
    NotFound = "not_found" 404 "Not found",
        "There is no such path, or no such object in your organisation and this environment.",
        "Check the path, the id, and that the key's environment is the one the object lives in.";
    MethodNotAllowed = "method_not_allowed" 405 "Method not allowed",
        "The path exists, but not with this method. `Allow` lists the methods it has.",
        "Use one of the methods in `Allow`.";
    Conflict = "conflict" 409 "The request conflicts with the present state",
        "What you ask for cannot be done in the state the object is in now; `detail` says which.",
        "Fetch the object, then decide again.";
    IdempotencyInFlight = "idempotency_in_flight" 409 "The same call is still being carried out",
        "An earlier call with this `Idempotency-Key` has no answer yet.",
        "Wait for the seconds in `Retry-After`, then send the same call again: you get the answer of the first.";
    BodyTooLarge = "body_too_large" 413 "The body is too large",
        "The request body is larger than the operation accepts.",
        "Send a smaller body; `detail` names the limit in bytes.";
    UnsupportedMediaType = "unsupported_media_type" 415 "Unsupported media type",
        "The operation reads JSON, and the request's `Content-Type` says something else.",
        "Send `Content-Type: application/json`.";
    ValidationFailed = "validation_failed" 422 "Some fields are not valid",
        "The body was understood, but fields are missing, unknown or out of range. `errors` lists each with its place.",
        "Correct each field that `errors` names and send the request again.";
    IdempotencyMismatch = "idempotency_mismatch" 422 "The Idempotency-Key belongs to another request",
        "Within the last 24 hours this `Idempotency-Key` came with another method, path, query, content type or body.",
        "Send exactly what was sent first, or use a new key for a new call.";
    RateLimited = "rate_limited" 429 "Too many requests",
        "One or more rate limits have no room left. `detail` names the policies.",
        "Wait for the seconds in `Retry-After`, then go on more slowly. `RateLimit` shows what is left on every answer.";
    QuotaExceeded = "quota_exceeded" 429 "Monthly quota exceeded",
        "The plan stops at its included units, and those of this month (UTC) are used up.",
        "Choose a larger plan, which holds at once, or wait for the seconds in `Retry-After`. Calls in the sandbox go on.";
    Internal = "internal" 500 "Something went wrong here",
        "A fault in Tollgate. The cause is in its log under the same request id.",
        "Try again. If it stays, give the request id to support.";
    UpstreamFailed = "upstream_failed" 502 "The product's server failed",
        "The server behind this product could not be reached, hung up, or sent what is no answer.",
        "Try again shortly, with an `Idempotency-Key` where the call changes something: the server may have carried it out.";
    Unavailable = "unavailable" 503 "Temporarily unavailable",
        "The call cannot be served at this moment; live calls are refused rather than answered uncounted.",
        "Try again after the seconds in `Retry-After`.";
    UpstreamTimeout = "upstream_timeout" 504 "The product's server took too long",
        "The server behind this product did not answer in time.",
        "Try again shortly, with an `Idempotency-Key` where the call changes something: the server may still carry it out.";
}

impl Code {
    pub fn from_code(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_named_once_and_documented() {
        for (i, code) in Code::ALL.iter().enumerate() {
            assert!(Code::ALL[i + 1..].iter().all(|other| other.as_str() != code.as_str()));
            assert_eq!(Code::from_code(code.as_str()), Some(*code));
            assert!((400..600).contains(&code.status()));
            let docs = code.docs();
            assert!(docs.meaning.ends_with('.') && docs.remedy.ends_with('.'), "{}", code.as_str());
        }
    }
}
