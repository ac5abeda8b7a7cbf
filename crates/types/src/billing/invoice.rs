//! Invoices.

use serde::{Deserialize, Serialize};

use crate::id::InvoiceId;
use crate::money::Currency;
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceState {
    Draft,
    Open,
    Paid,
    /// A payment failed.
    Failed,
    Void,
    /// Calculated without a payment provider.
    NotCharged,
}

impl InvoiceState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Void => "void",
            Self::NotCharged => "not_charged",
        }
    }

    /// Whether the payment provider can no longer change it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Paid | Self::Void)
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Open, Self::Paid, Self::Failed, Self::Void, Self::NotCharged]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// One line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    pub text: String,
    /// Units of usage. None for the monthly price.
    pub units: Option<u64>,
    /// Price per unit in minor units, with decimal places.
    pub unit_price: Option<String>,
    /// Amount in minor units. A credit is negative.
    pub amount: i64,
    pub from: Timestamp,
    pub to: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub id: InvoiceId,
    pub product: String,
    pub number: String,
    pub from: Timestamp,
    pub to: Timestamp,
    pub currency: Currency,
    pub total: i64,
    pub state: InvoiceState,
    pub lines: Vec<InvoiceLine>,
    /// Page of the invoice at the payment provider. Empty if there is none.
    pub page_url: String,
    pub pdf_url: String,
    pub created_at: Timestamp,
}
