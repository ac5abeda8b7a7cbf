//! Response headers that the gateway adds, so that no handler names them.

use serde_json::{Value, json};
use tollgate_types::code::Code;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Components, Header, Ref, RefOr};

use super::Api;

/// A header with its description and an example, whose type is that of the header.
struct Described {
    name: &'static str,
    about: &'static str,
    example: Example,
}

#[derive(Clone, Copy)]
enum Example {
    Text(&'static str),
    Number(i64),
    Flag(bool),
}

const fn text(name: &'static str, about: &'static str, example: &'static str) -> Described {
    Described { name, about, example: Example::Text(example) }
}

const fn number(name: &'static str, about: &'static str, example: i64) -> Described {
    Described { name, about, example: Example::Number(example) }
}

const fn flag(name: &'static str, about: &'static str) -> Described {
    Described { name, about, example: Example::Flag(true) }
}

const REQUEST_ID: Described = text(
    "X-Request-Id",
    "Id of the request. Quote it if you ask for support.",
    "req_01h2xcejqtf2nbrexx3vqjhp41",
);
const RATELIMIT_POLICY: Described = text(
    "RateLimit-Policy",
    "The rate limits that apply: for each, its name, the number of calls (`q`) and the window in seconds (`w`).",
    "\"key\";q=20;w=1",
);
const RATELIMIT: Described = text(
    "RateLimit",
    "For each rate limit, its name, the remaining calls (`r`) and the seconds until all calls are available again (`t`).",
    "\"key\";r=19;t=1",
);
const X_LIMIT: Described = number(
    "X-RateLimit-Limit",
    "Number of calls that the tightest rate limit allows. The tightest limit is the one with the fewest remaining calls.",
    20,
);
const X_REMAINING: Described = number(
    "X-RateLimit-Remaining",
    "Remaining calls of the tightest rate limit: the smallest number of all limits.",
    19,
);
const X_RESET: Described = number(
    "X-RateLimit-Reset",
    "Time at which all calls of the tightest rate limit are available again, in seconds since 1970-01-01 UTC.",
    1_795_298_400,
);
const UNITS: Described = number(
    "Tollgate-Units",
    "Units that were billed for the call. 0 for errors that the gateway returns, and in the sandbox.",
    1,
);
const ENVIRONMENT: Described = text(
    "Tollgate-Environment",
    "Environment of the key that made the call: `sandbox` or `live`.",
    "live",
);
const QUOTA_REMAINING: Described = number(
    "Tollgate-Quota-Remaining",
    "Units that remain of those that the plan includes in this calendar month (UTC). At 0, further calls are refused or billed as overage, depending on the plan. Absent in the sandbox.",
    9_500,
);
const DRY_RUN: Described = flag(
    "Tollgate-Dry-Run",
    "`true` if the request was a dry run, which was checked but not carried out. Absent otherwise.",
);
const VALIDATION: Described = text(
    "Tollgate-Validation",
    "Up to eight faults of a request that was not refused because of them, or `body not_checked` for a part that could not be validated. Absent if there are none.",
    "body.email invalid_format",
);
const DEPRECATION: Described = text(
    "Deprecation",
    "Time since which the key, the operation or the product is deprecated, as `@` and seconds since 1970-01-01 UTC (RFC 9745). Absent otherwise.",
    "@1795298400",
);
const SUNSET: Described = text(
    "Sunset",
    "Time at which the key, the operation or the product stops working, as an HTTP date (RFC 8594). Absent if no time is set.",
    "Sat, 21 Nov 2026 22:00:00 GMT",
);
const REPLAYED: Described = flag(
    "Idempotent-Replayed",
    "`true` if this is the stored response to an earlier call with the same `Idempotency-Key`. Absent otherwise.",
);
const RETRY_AFTER: Described =
    number("Retry-After", "Seconds to wait before you send the request again.", 2);
const WWW_AUTHENTICATE: Described = text(
    "WWW-Authenticate",
    "The accepted authentication scheme (RFC 9110).",
    "Bearer realm=\"tollgate\"",
);

/// Further headers of every response of the gateway.
const OF_GATEWAY: [Described; 10] = [
    RATELIMIT_POLICY,
    RATELIMIT,
    X_LIMIT,
    X_REMAINING,
    X_RESET,
    UNITS,
    ENVIRONMENT,
    QUOTA_REMAINING,
    DRY_RUN,
    DEPRECATION,
];

/// The headers of a response that is not an error.
fn of_success(api: Api, reads: bool) -> Vec<Described> {
    let mut all = vec![REQUEST_ID];
    if api != Api::Admin {
        all.extend(OF_GATEWAY);
        all.push(SUNSET);
    }
    if !reads {
        all.push(REPLAYED);
    }
    if api == Api::Product {
        all.push(VALIDATION);
    }
    all
}

/// Refers to the headers of an API's successful responses, by name.
pub fn references(
    api: Api,
    reads: bool,
    components: &mut Components,
) -> Vec<(String, RefOr<Header>)> {
    of_success(api, reads).iter().map(|header| refer(header, components)).collect()
}

/// Refers to the headers of an error with these codes, by name: those that help to handle it.
pub fn of_problem(
    api: Api,
    codes: &[Code],
    components: &mut Components,
) -> Vec<(String, RefOr<Header>)> {
    let status = codes.first().map_or(0, |code| code.status());
    let mut all = vec![REQUEST_ID];
    if status == 401 {
        all.push(WWW_AUTHENTICATE);
    }
    // What is refused before its key is known has no limits.
    let is_early = matches!(status, 401 | 414 | 431);
    if api != Api::Admin && !is_early {
        all.extend([RATELIMIT_POLICY, RATELIMIT, X_LIMIT, X_REMAINING, X_RESET, ENVIRONMENT]);
        all.extend([DEPRECATION, SUNSET]);
    }
    if matches!(status, 429 | 503) || codes.contains(&Code::IdempotencyInFlight) {
        all.push(RETRY_AFTER);
    }
    if api != Api::Admin && !matches!(status, 414 | 431) {
        all.push(UNITS);
    }
    all.iter().map(|header| refer(header, components)).collect()
}

/// Adds the headers to the responses that a handler declares.
pub fn declare(api: Api, reads: bool, operation: &mut Operation, components: &mut Components) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.headers.extend(references(api, reads, components));
        }
    }
}

fn refer(header: &Described, components: &mut Components) -> (String, RefOr<Header>) {
    components.headers.entry(header.name.to_owned()).or_insert_with(|| RefOr::T(describe(header)));
    (header.name.to_owned(), RefOr::Ref(Ref::new(format!("#/components/headers/{}", header.name))))
}

fn describe(header: &Described) -> Header {
    let (kind, example): (Type, Value) = match header.example {
        Example::Text(text) => (Type::String, json!(text)),
        Example::Number(number) => (Type::Integer, json!(number)),
        Example::Flag(flag) => (Type::Boolean, json!(flag)),
    };
    Header::builder()
        .schema(Some(ObjectBuilder::new().schema_type(kind)))
        .description(Some(header.about))
        .example(Some(example))
        .build()
}
