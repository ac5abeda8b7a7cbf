//! The reason why a call was refused, as a text: from the log entry and the current state of its
//! key.

use tollgate_types::code::Code;
use tollgate_types::log::{LimitLeft, LoggedError, RequestLog};
use tollgate_types::number::{count, plural};
use tollgate_types::time::Timestamp;

use crate::keys::KeyStatus;

/// Scopes and addresses of a key that are listed completely.
const LISTED: usize = 10;

/// The explanation of a call's error; `None` for a successful call, and for an error from a
/// product's server.
pub fn explain_error(
    log: &RequestLog,
    scope: &str,
    key: Option<&KeyStatus>,
) -> Option<LoggedError> {
    let code = Code::from_code(&log.code)?;
    let docs = code.docs();
    Some(LoggedError {
        title: docs.title.to_owned(),
        reason: reason(code, log, scope, key).unwrap_or_else(|| docs.meaning.to_owned()),
        remedy: docs.remedy.to_owned(),
        docs: format!("/docs/errors/{}", code.as_str()),
    })
}

/// `None` if nothing is known beyond the meaning of the code.
fn reason(code: Code, log: &RequestLog, scope: &str, key: Option<&KeyStatus>) -> Option<String> {
    match code {
        Code::DisabledKey => Some(disabled(log.created_at, key?)),
        Code::RevokedKey => Some(revoked(log.created_at, key?)),
        Code::ExpiredKey => Some(format!("The key expired on {}.", key?.key.expires_at?.long())),
        Code::IpNotAllowed => {
            let allowed =
                key.map(|key| list(&key.key.ip_allow_list)).filter(|list| !list.is_empty());
            let allowed = allowed.map_or_else(
                || "The key's allow list is now empty.".to_owned(),
                |list| format!("The key allows {list}."),
            );
            Some(format!("The call came from {}. {allowed}", log.source_ip))
        }
        Code::InsufficientScope if !scope.is_empty() => Some(missing_scope(scope, key)),
        Code::NotSubscribed => {
            Some(format!("Your organisation had no plan for the product `{}`.", log.product))
        }
        Code::RateLimited => limits(&log.limits),
        Code::QuotaExceeded => {
            let (quota, left) = (log.quota?, log.quota_remaining?);
            let month = log.created_at.month_name();
            let used = quota - left.min(quota);
            Some(format!(
                "{} of {} of {month} (UTC) {} used; {} left.",
                count(used),
                plural(quota, "included unit", "included units"),
                if used == 1 { "was" } else { "were" },
                plural(left, "was", "were")
            ))
        }
        _ => None,
    }
}

fn disabled(at: Timestamp, key: &KeyStatus) -> String {
    match key.disabled_at {
        Some(since) if since <= at => format!("The key has been disabled since {}.", since.long()),
        Some(since) => format!(
            "The key was disabled at that time. It was enabled afterwards and disabled again on {}.",
            since.long()
        ),
        None => "The key was disabled at that time. It has been enabled since.".to_owned(),
    }
}

fn revoked(at: Timestamp, key: &KeyStatus) -> String {
    let successor = key
        .key
        .rotated_to
        .as_ref()
        .map(|id| format!(" The key {id} replaced it."))
        .unwrap_or_default();
    match (key.revoked_at, key.key.retires_at) {
        (Some(when), _) if when <= at => {
            format!("The key was revoked on {}.{successor}", when.long())
        }
        (_, Some(end)) => {
            format!("The key was rotated, and its overlap ended on {}.{successor}", end.long())
        }
        _ => format!("The key is revoked.{successor}"),
    }
}

fn missing_scope(scope: &str, key: Option<&KeyStatus>) -> String {
    let Some(key) = key else { return format!("The operation needs the scope `{scope}`.") };
    if key.key.scopes.iter().any(|own| own.covers(scope)) {
        return format!(
            "The operation needs the scope `{scope}`. The key lacked it at that time and has it now."
        );
    }
    let own: Vec<String> = key.key.scopes.iter().map(|scope| format!("`{scope}`")).collect();
    format!("The operation needs the scope `{scope}`. The key has {}.", list(&own))
}

/// The exceeded limits.
fn limits(limits: &[LimitLeft]) -> Option<String> {
    let used_up = limits.iter().filter(|limit| limit.remaining == 0).map(|limit| {
        let seconds = limit.window_seconds.into();
        let window =
            if seconds == 1 { "second".to_owned() } else { plural(seconds, "second", "seconds") };
        format!("`{}` ({} per {window})", limit.policy, plural(limit.limit.into(), "call", "calls"))
    });
    let used_up: Vec<String> = used_up.collect();
    (!used_up.is_empty())
        .then(|| format!("These rate limits were exceeded: {}.", used_up.join(", ")))
}

fn list(items: &[String]) -> String {
    let more = items.len().saturating_sub(LISTED);
    let mut text = items.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_types::environment::Environment;
    use tollgate_types::key::KeyView;
    use tollgate_types::log::{AnsweredBy, Ended};

    const AT: Timestamp = Timestamp(1_763_760_778_042);

    fn log(code: Code) -> RequestLog {
        RequestLog {
            id: "req_01h455vb4pex5vsknk084sn02q".to_owned(),
            environment: Environment::Live,
            key_id: "key_01h455vb4pex5vsknk084sn02q".to_owned(),
            product: "logistics".to_owned(),
            operation: "createShipment".to_owned(),
            method: "POST".to_owned(),
            path: "/api/logistics/shipments".to_owned(),
            status: code.status(),
            code: code.as_str().to_owned(),
            detail: String::new(),
            units: 0,
            billed_units: 0,
            price: "0".to_owned(),
            quota: Some(5_000),
            quota_remaining: Some(3),
            limits: vec![
                LimitLeft { policy: "key".to_owned(), limit: 20, window_seconds: 1, remaining: 0 },
                LimitLeft {
                    policy: "org".to_owned(),
                    limit: 100,
                    window_seconds: 60,
                    remaining: 4,
                },
            ],
            answered_by: AnsweredBy::Gateway,
            latency_us: 0,
            checks_us: 0,
            handler_us: 0,
            request_bytes: 0,
            response_bytes: 0,
            ended: Ended::Complete,
            duration_us: 0,
            source_ip: "192.0.2.1".to_owned(),
            user_agent: String::new(),
            client_request_id: String::new(),
            created_at: AT,
        }
    }

    fn key() -> KeyStatus {
        let view = KeyView {
            ip_allow_list: vec!["203.0.113.0/24".to_owned()],
            expires_at: Some(AT.plus(-1)),
            ..KeyView::new(
                7.into(),
                "Checkout",
                Environment::Live,
                "tg_live_4eC39HqLyjWD",
                vec!["logistics:read".parse().unwrap()],
                Timestamp(0),
            )
        };
        KeyStatus { key: view, disabled_at: None, revoked_at: None }
    }

    fn of(code: Code, key: &KeyStatus) -> String {
        explain_error(&log(code), "logistics:write", Some(key)).unwrap().reason
    }

    #[test]
    fn each_refusal_names_what_refused_it() {
        let before = Some(AT.plus(-1_000));
        let disabled = KeyStatus { disabled_at: before, ..key() };
        assert_eq!(
            of(Code::DisabledKey, &disabled),
            "The key has been disabled since 21 Nov 2025, 21:32:57 UTC."
        );
        let again = KeyStatus { disabled_at: Some(AT.plus(1_000)), ..key() };
        assert!(
            of(Code::DisabledKey, &again).ends_with("disabled again on 21 Nov 2025, 21:32:59 UTC.")
        );
        assert!(of(Code::DisabledKey, &key()).ends_with("It has been enabled since."));
        let revoked = KeyStatus { revoked_at: before, ..key() };
        assert_eq!(
            of(Code::RevokedKey, &revoked),
            "The key was revoked on 21 Nov 2025, 21:32:57 UTC."
        );
        let mut rotated = key();
        (rotated.key.retires_at, rotated.key.rotated_to) = (before, Some(8.into()));
        assert!(
            of(Code::RevokedKey, &rotated)
                .starts_with("The key was rotated, and its overlap ended on 21 Nov 2025")
        );
        assert!(of(Code::RevokedKey, &rotated).contains("key_0"), "names the key that replaced it");
        assert_eq!(of(Code::ExpiredKey, &key()), "The key expired on 21 Nov 2025, 21:32:58 UTC.");
        assert_eq!(
            of(Code::IpNotAllowed, &key()),
            "The call came from 192.0.2.1. The key allows 203.0.113.0/24."
        );
        assert_eq!(
            of(Code::InsufficientScope, &key()),
            "The operation needs the scope `logistics:write`. The key has `logistics:read`."
        );
        let mut widened = key();
        widened.key.scopes.push("logistics:write".parse().unwrap());
        assert!(of(Code::InsufficientScope, &widened).ends_with("has it now."));
        assert_eq!(
            of(Code::RateLimited, &key()),
            "These rate limits were exceeded: `key` (20 calls per second)."
        );
        assert_eq!(
            of(Code::QuotaExceeded, &key()),
            "4,997 of 5,000 included units of November 2025 (UTC) were used; 3 were left."
        );
        assert_eq!(
            of(Code::NotSubscribed, &key()),
            "Your organisation had no plan for the product `logistics`."
        );
    }

    #[test]
    fn every_code_has_a_reason_also_where_nothing_is_known_of_the_key() {
        for code in Code::ALL {
            let error = explain_error(&log(*code), "", None).unwrap();
            assert!(
                error.reason.ends_with('.') && !error.title.is_empty() && !error.remedy.is_empty(),
                "{}",
                code.as_str()
            );
            assert_eq!(error.docs, format!("/docs/errors/{}", code.as_str()));
        }
        assert_eq!(
            explain_error(&RequestLog { code: String::new(), ..log(Code::Internal) }, "", None),
            None
        );
    }
}
