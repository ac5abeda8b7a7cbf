//! Who collects payments, and what billing needs of a running server.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::Notify;

use super::client::Stripe;
use super::revenue::Sums;
use crate::config::BillingConfig;
use crate::{Base, Result};

/// What billing needs of a running server.
pub struct Billing<'a> {
    pub base: &'a Base,
    pub biller: &'a Biller,
    /// Monthly totals that take long to calculate.
    pub revenue: &'a Arc<Sums>,
    /// Notified when the payment provider has reported something.
    pub payment_events: &'a Notify,
}

impl Deref for Billing<'_> {
    type Target = Base;

    fn deref(&self) -> &Base {
        self.base
    }
}

/// Who collects payments; chosen once at the start.
#[derive(Clone)]
pub enum Biller {
    /// Nobody: plan changes take effect immediately, and invoices are calculated but not charged.
    Off,
    Stripe(Arc<Stripe>),
}

impl Biller {
    /// # Errors
    /// Fails if the key is not valid.
    pub fn open(config: &BillingConfig) -> Result<Self> {
        Ok(match &config.stripe_secret_key {
            None => Self::Off,
            Some(key) => Self::Stripe(Arc::new(Stripe::open(config, key)?)),
        })
    }

    pub fn stripe(&self) -> Option<&Stripe> {
        match self {
            Self::Off => None,
            Self::Stripe(stripe) => Some(stripe),
        }
    }
}
