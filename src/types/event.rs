//! The events there are.

/// What an event tells of. Names are part of the public API and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    CustomerCreated,
    CustomerUpdated,
    CustomerDeleted,
    KeyCreated,
    KeyRotated,
    KeyRevoked,
    KeyExpiring,
    KeyLeaked,
    QuotaThresholdReached,
    SpendCapReached,
    SubscriptionUpdated,
    InvoicePaid,
    InvoicePaymentFailed,
}

impl EventType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CustomerCreated => "customer.created",
            Self::CustomerUpdated => "customer.updated",
            Self::CustomerDeleted => "customer.deleted",
            Self::KeyCreated => "key.created",
            Self::KeyRotated => "key.rotated",
            Self::KeyRevoked => "key.revoked",
            Self::KeyExpiring => "key.expiring",
            Self::KeyLeaked => "key.leaked",
            Self::QuotaThresholdReached => "quota.threshold_reached",
            Self::SpendCapReached => "spend_cap.reached",
            Self::SubscriptionUpdated => "subscription.updated",
            Self::InvoicePaid => "invoice.paid",
            Self::InvoicePaymentFailed => "invoice.payment_failed",
        }
    }
}
