//! The codes with which a call of an operation can be refused.

use tollgate_openapi::spec::{self, Billable};
use tollgate_types::code::Code;
use utoipa::openapi::path::Operation;

/// The API that an operation belongs to, which determines the steps of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// `/v1`, behind the gateway.
    Own,
    /// A product, behind the gateway.
    Product,
    /// `/admin/api/v1`, whose calls are not metered.
    Admin,
}

/// What of an operation decides which codes its calls can get.
#[derive(Clone, Copy)]
pub struct Traits {
    /// Whether it only reads.
    pub reads: bool,
    pub has_id: bool,
    pub has_body: bool,
    pub is_billed: bool,
    pub requires_idempotency_key: bool,
}

impl Traits {
    /// The operation with the fewest codes.
    pub const LEAST: Self = Self {
        reads: true,
        has_id: false,
        has_body: false,
        is_billed: false,
        requires_idempotency_key: false,
    };

    /// Of an operation of one of the portal's own documents.
    pub fn of(path: &str, reads: bool, operation: &Operation) -> Self {
        let is = |name: &str, value: &str| {
            operation
                .extensions
                .as_ref()
                .and_then(|all| all.get(name))
                .is_some_and(|set| set == value)
        };
        Self {
            reads,
            has_id: path.contains('{'),
            has_body: operation.request_body.is_some(),
            is_billed: !is("x-tollgate-billable", "never"),
            requires_idempotency_key: is("x-tollgate-idempotency", "required"),
        }
    }
}

impl From<&spec::Operation> for Traits {
    fn from(operation: &spec::Operation) -> Self {
        Self {
            reads: operation.reads(),
            has_id: operation.path.contains('{'),
            has_body: operation.body.is_some(),
            is_billed: operation.price.billable != Billable::Never,
            requires_idempotency_key: operation.requires_idempotency_key,
        }
    }
}

/// All codes that calls of an operation can get, in the order of [`Code::ALL`]: those of the steps
/// of a call, and `further` ones.
pub fn possible(api: Api, operation: Traits, further: &[Code]) -> Vec<Code> {
    Code::ALL
        .iter()
        .copied()
        .filter(|code| follows(*code, api, operation) || further.contains(code))
        .collect()
}

/// Whether a code follows from the API and the kind of operation.
fn follows(code: Code, api: Api, operation: Traits) -> bool {
    let (is_metered, is_product) = (api != Api::Admin, api == Api::Product);
    let changes = !operation.reads;
    match code {
        Code::InvalidRequest
        | Code::MissingKey
        | Code::InvalidKey
        | Code::IpNotAllowed
        | Code::UriTooLong
        | Code::HeadersTooLarge
        | Code::RateLimited
        | Code::Internal
        | Code::Unavailable => true,
        Code::AmbiguousCredentials
        | Code::ExpiredKey
        | Code::RevokedKey
        | Code::DisabledKey
        | Code::InsufficientScope => is_metered,
        Code::PaymentRequired | Code::SpendCapReached | Code::QuotaExceeded => {
            is_metered && operation.is_billed
        }
        Code::NotFound => is_product || operation.has_id,
        // The gateway and the admin API also read the body of a call with an `Idempotency-Key`,
        // whatever the operation expects.
        Code::BodyTooLarge => changes || operation.has_body,
        Code::UnsupportedMediaType => operation.has_body,
        Code::ValidationFailed => is_product || operation.has_body,
        Code::IdempotencyKeyMissing => is_metered && operation.requires_idempotency_key,
        // A repetition whose first response was not stored is a conflict.
        Code::Conflict | Code::IdempotencyInFlight | Code::IdempotencyMismatch => changes,
        Code::IdempotencyUnknown => changes && is_product,
        Code::NotSubscribed | Code::UpstreamFailed | Code::UpstreamTimeout => is_product,
        // Rows name these; no operation of a document has the last two.
        Code::WrongEnvironment | Code::Forbidden | Code::MethodNotAllowed | Code::NotSignedIn => {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(api: Api, operation: Traits, code: Code) -> bool {
        possible(api, operation, &[]).contains(&code)
    }

    #[test]
    fn only_billed_operations_can_meet_a_quota_a_cap_or_an_overdue_payment() {
        let billed = Traits { is_billed: true, ..Traits::LEAST };
        for code in [Code::QuotaExceeded, Code::SpendCapReached, Code::PaymentRequired] {
            assert!(has(Api::Own, billed, code) && has(Api::Product, billed, code));
            assert!(!has(Api::Own, Traits::LEAST, code) && !has(Api::Admin, billed, code));
        }
    }

    #[test]
    fn only_calls_that_change_something_have_idempotency_keys() {
        let changes = Traits { reads: false, ..Traits::LEAST };
        for code in [Code::IdempotencyInFlight, Code::IdempotencyMismatch] {
            assert!(
                has(Api::Own, changes, code)
                    && has(Api::Admin, changes, code)
                    && !has(Api::Own, Traits::LEAST, code)
            );
        }
        assert!(
            has(Api::Product, changes, Code::IdempotencyUnknown)
                && !has(Api::Own, changes, Code::IdempotencyUnknown)
        );
    }

    #[test]
    fn further_codes_are_ordered_among_the_others_and_named_once() {
        let codes = possible(Api::Own, Traits::LEAST, &[Code::RateLimited, Code::Forbidden]);
        let statuses: Vec<u16> = codes.iter().map(|code| code.status()).collect();
        let at = |wanted| codes.iter().position(|code| *code == wanted);
        assert!(
            at(Code::Forbidden) > at(Code::IpNotAllowed)
                && at(Code::Forbidden) < at(Code::RateLimited),
            "{statuses:?}"
        );
        assert_eq!(codes.iter().filter(|code| **code == Code::RateLimited).count(), 1);
    }
}
