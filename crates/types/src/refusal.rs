//! Why live calls of an organisation are refused, for all of its keys.

use serde::{Deserialize, Serialize};

use super::link::encode;
use super::money::Currency;
use super::number::{count, plural};
use super::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCause {
    /// A payment failed, and the days of grace have passed.
    PaymentOverdue,
    /// The plan stops at its included units, which are used up.
    QuotaUsedUp,
    /// The organisation's spend cap is reached.
    SpendCapReached,
}

impl RefusalCause {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentOverdue => "payment_overdue",
            Self::QuotaUsedUp => "quota_used_up",
            Self::SpendCapReached => "spend_cap_reached",
        }
    }

    /// The status of the refused calls.
    pub const fn status(self) -> u16 {
        match self {
            Self::QuotaUsedUp => 429,
            Self::PaymentOverdue | Self::SpendCapReached => 402,
        }
    }
}

/// Why live calls of one product are refused at the moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub cause: RefusalCause,
    pub product: String,
    /// The plan's name.
    pub plan: String,
    /// Billed units of this month.
    pub used_units: u64,
    pub included_units: u64,
    /// This month's overage of all products, in minor units.
    pub spent: u64,
    /// In minor units.
    pub spend_cap: Option<u64>,
    pub currency: Currency,
    /// When live calls work again. None if somebody must act first.
    pub until: Option<Timestamp>,
}

/// In words, as pages, mails and the command line show it.
impl Refusal {
    /// `Live calls to logistics are refused`.
    pub fn title(&self) -> String {
        match self.cause {
            RefusalCause::SpendCapReached => {
                "Live calls are refused: the spend cap is reached".to_owned()
            }
            _ => format!("Live calls to {} are refused", self.product),
        }
    }

    /// Why, with which status, and until when.
    pub fn sentence(&self) -> String {
        let until =
            self.until.map_or_else(String::new, |until| format!(" until {} (UTC)", until.day()));
        let status = self.cause.status();
        match self.cause {
            RefusalCause::QuotaUsedUp => format!(
                "You have used {} this month. {} stops at {}: live calls are refused with {status}{until}.",
                plural(self.used_units, "unit", "units"),
                self.plan,
                count(self.included_units)
            ),
            RefusalCause::SpendCapReached => format!(
                "You have spent {} of your cap of {} this month. Live calls that would cost more are refused with {status}{until}.",
                self.currency.amount(self.spent),
                self.currency.amount(self.spend_cap.unwrap_or(0))
            ),
            RefusalCause::PaymentOverdue => {
                format!(
                    "A payment for {} is overdue. Live calls are refused with {status} until it is paid.",
                    self.plan
                )
            }
        }
    }

    /// The page for ending the refusal, and the label of its link.
    pub fn way_out(&self) -> (String, &'static str) {
        let page = |part| format!("/dashboard/billing?product={}#{part}", encode(&self.product));
        match self.cause {
            RefusalCause::QuotaUsedUp => (page("plans"), "Choose a larger plan"),
            RefusalCause::SpendCapReached => (page("cap-title"), "Raise the spend cap"),
            RefusalCause::PaymentOverdue => (page("plan"), "Pay the open invoice"),
        }
    }
}

/// Effect of a change of plan or cap on live calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consequence {
    pub refusal: Refusal,
    /// When it takes effect. None: immediately.
    pub from: Option<Timestamp>,
}

impl Consequence {
    /// The effect of a change on live calls, before it is made.
    pub fn sentence(&self) -> String {
        let Self { refusal, from } = self;
        let status = refusal.cause.status();
        let until =
            refusal.until.map_or_else(String::new, |until| format!(" until {} (UTC)", until.day()));
        match (refusal.cause, from) {
            (RefusalCause::QuotaUsedUp, None) => format!(
                "You have used {} this month. {} stops at {}: live calls will be refused with {status}{until}.",
                plural(refusal.used_units, "unit", "units"),
                refusal.plan,
                count(refusal.included_units)
            ),
            (RefusalCause::QuotaUsedUp, Some(from)) => format!(
                "You have used {} this month. {} stops at {} per month: from {} (UTC) on, live calls beyond that are refused with {status}.",
                plural(refusal.used_units, "unit", "units"),
                refusal.plan,
                plural(refusal.included_units, "unit", "units"),
                from.day()
            ),
            (RefusalCause::SpendCapReached, _) => format!(
                "You have spent {} this month, and the cap is {}: live calls that would cost more will be refused with {status}{until}.",
                refusal.currency.amount(refusal.spent),
                refusal.currency.amount(refusal.spend_cap.unwrap_or(0))
            ),
            (RefusalCause::PaymentOverdue, _) => refusal.sentence(),
        }
    }
}
