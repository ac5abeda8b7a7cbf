//! Every error code with its status, title and documentation: the only source for responses, the
//! docs pages and the OpenAPI document.

use serde::{Deserialize, Serialize};

/// Texts of the docs page of one code.
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

            /// The HTTP status of responses with this code.
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
        "`Authorization` and `X-API-Key` contain different keys.",
        "Send the key in one of the two headers only.";
    IdempotencyKeyMissing = "idempotency_key_missing" 400 "The operation needs an Idempotency-Key",
        "The operation must not be carried out twice by accident, so calls without an `Idempotency-Key` header are refused.",
        "Send a unique text as `Idempotency-Key`, such as a UUID. Use a new one for each call, and the same one to send a call again.";
    MissingKey = "missing_key" 401 "No API key was sent",
        "The request has neither an `Authorization: Bearer` nor an `X-API-Key` header.",
        "Create a key in the dashboard and send it as `Authorization: Bearer tg_…`. Keys in the query string are never read.";
    InvalidKey = "invalid_key" 401 "The API key is not valid",
        "The credential does not have the form of a key, its checksum is wrong, or no such key exists.",
        "Copy the complete key again. A key is shown only once: if it is lost, create another key.";
    ExpiredKey = "expired_key" 401 "The API key has expired",
        "The key's expiry date has passed.",
        "Create a new key in the dashboard.";
    RevokedKey = "revoked_key" 401 "The API key was revoked",
        "Somebody revoked this key, or another key replaced it and the overlap of the rotation has ended. You cannot undo this.",
        "Use the key that replaced it, or create a new key. If you did not expect this, the audit page shows who revoked or rotated it.";
    DisabledKey = "disabled_key" 401 "The API key is disabled",
        "Somebody disabled this key.",
        "Enable it in the dashboard, under Keys.";
    NotSignedIn = "not_signed_in" 401 "You are not signed in",
        "The request to the dashboard had no session, or the session has ended.",
        "Log in and try again.";
    SpendCapReached = "spend_cap_reached" 402 "The monthly spend cap is reached",
        "The calls of this calendar month (UTC) have cost as much as the spend cap of the organisation or of the key allows.",
        "Raise the cap in the dashboard, or wait for the next month. Sandbox calls still work.";
    PaymentRequired = "payment_required" 402 "A payment is overdue",
        "A payment for the plan failed, and the grace period after it has passed.",
        "Pay the open invoice or change the card on the billing page of the dashboard. Live calls resume within seconds. Sandbox calls still work.";
    InsufficientScope = "insufficient_scope" 403 "The key lacks a scope",
        "The operation needs a scope that this key does not have, or the key cannot grant a scope that it does not have. `detail` names the scope.",
        "Create a key with that scope, or use another key.";
    WrongEnvironment = "wrong_environment" 403 "The key belongs to the other environment, sandbox or live",
        "A sandbox key cannot act in live, nor a live key in the sandbox.",
        "Use a key of the environment that the request names.";
    IpNotAllowed = "ip_not_allowed" 403 "Calls from this IP address are not allowed",
        "The key, or the operators' part of the portal with the admin API, has a list of allowed IP addresses, and the call came from another address. `detail` names this address.",
        "Call from an address on the list, or change the list: on the key's page in the dashboard, or in the portal's settings.";
    NotSubscribed = "not_subscribed" 403 "Your organisation is not subscribed to this product",
        "Live calls to this product need a subscription to one of its plans, and your organisation has none.",
        "Choose a plan on the product's page in the dashboard. Calls with a sandbox key need no subscription.";
    Forbidden = "forbidden" 403 "You are not allowed to do this",
        "Your role in the organisation, the state of your account, or the limits of the calling key do not allow this.",
        "Ask an owner or admin of the organisation, or do what `detail` says.";
    NotFound = "not_found" 404 "The path or object does not exist",
        "There is no such path, or no such object in your organisation and this environment.",
        "Check the path, the id, and that the key and the object belong to the same environment.";
    MethodNotAllowed = "method_not_allowed" 405 "The path does not support this method",
        "The path exists, but not with this method. `Allow` lists the supported methods.",
        "Use one of the methods in `Allow`.";
    Conflict = "conflict" 409 "The request conflicts with the current state",
        "The object's current state does not allow this request. `detail` says why.",
        "Fetch the object to see its state, then decide whether to send the request again.";
    IdempotencyInFlight = "idempotency_in_flight" 409 "The same call is still in progress",
        "An earlier call with this `Idempotency-Key` is still running.",
        "Wait for the seconds in `Retry-After`, then send the same call again to get the response of the first.";
    IdempotencyUnknown = "idempotency_unknown" 409 "It is not known whether the call was carried out",
        "An earlier call with this `Idempotency-Key` was sent to the product's server, which closed the connection or did not respond in time, or the gateway was interrupted meanwhile. It may have been carried out, so it is not sent again.",
        "Check whether the call took effect, for example by listing the objects that it creates. If it did not, send it with a new key.";
    BodyTooLarge = "body_too_large" 413 "The body is too large",
        "The request body is larger than the operation accepts.",
        "Send a smaller body; `detail` names the limit in bytes.";
    UriTooLong = "uri_too_long" 414 "The URL is too long",
        "The path and query together are longer than the server reads.",
        "Send long values in the body instead of the URL.";
    UnsupportedMediaType = "unsupported_media_type" 415 "The media type of the body is not supported",
        "The operation accepts JSON, but the request has another `Content-Type`.",
        "Send `Content-Type: application/json`.";
    ValidationFailed = "validation_failed" 422 "Some fields are not valid",
        "The body could be read, but fields are missing, unknown or not valid. `errors` lists each field with its location.",
        "Correct each field that `errors` names and send the request again.";
    IdempotencyMismatch = "idempotency_mismatch" 422 "The Idempotency-Key belongs to another request",
        "Within the last 24 hours this `Idempotency-Key` was sent with another method, path, query, content type or body.",
        "Send exactly the first request again, or use a new key for a new call.";
    HeadersTooLarge = "headers_too_large" 431 "The request has too many headers",
        "The request has more than 100 headers, or headers that are too large together.",
        "Send fewer or shorter headers.";
    RateLimited = "rate_limited" 429 "Too many requests",
        "One or more rate limits are exceeded. `detail` names them.",
        "Wait for the seconds in `Retry-After`, then continue more slowly. Every response reports the remaining calls in `RateLimit`.";
    QuotaExceeded = "quota_exceeded" 429 "The monthly quota is used up",
        "The plan refuses calls beyond its included units, and those of this calendar month (UTC) are used up.",
        "Choose a larger plan, which takes effect immediately, or wait for the seconds in `Retry-After`. Sandbox calls still work.";
    Internal = "internal" 500 "Internal error",
        "An internal error in Tollgate. The cause is in its log under the same request id.",
        "Try again. If it happens again, send the request id to support.";
    UpstreamFailed = "upstream_failed" 502 "The product's server failed",
        "The server behind this product could not be reached, closed the connection, or sent an invalid response.",
        "The server may have carried out the call. With an `Idempotency-Key`, sending it again is safe: it is sent only if it cannot have reached the server, otherwise you get `idempotency_unknown`.";
    Unavailable = "unavailable" 503 "The service is temporarily unavailable",
        "The call cannot be processed at the moment, for example because live calls cannot be counted or the product's server keeps failing.",
        "Try again after the seconds in `Retry-After`.";
    UpstreamTimeout = "upstream_timeout" 504 "The product's server took too long",
        "The server behind this product did not respond in time.",
        "The server may still carry out the call. With an `Idempotency-Key`, sending it again is safe: you get `idempotency_unknown` instead of a second effect.";
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
