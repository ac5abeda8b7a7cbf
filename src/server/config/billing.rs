use clap::Args;
use url::Url;

use super::Secret;
use crate::types::time::DAY;

#[derive(Clone, Debug, Args)]
pub struct BillingConfig {
    /// The secret or restricted key of a Stripe account; without it plans switch at once and nobody is charged.
    #[arg(long, global = true, env = "STRIPE_SECRET_KEY", hide_env_values = true)]
    pub stripe_secret_key: Option<Secret>,

    /// The signing secret (whsec_…) of the webhook endpoint in Stripe that leads to /webhooks/stripe.
    #[arg(long, global = true, env = "STRIPE_WEBHOOK_SECRET", hide_env_values = true)]
    pub stripe_webhook_secret: Option<Secret>,

    /// Where Stripe's API is, without v1; another one than Stripe's for tests.
    #[arg(long, global = true, env = "STRIPE_API_BASE", default_value = "https://api.stripe.com/")]
    pub stripe_api_base: Url,

    /// Days that live calls go on after a payment failed.
    #[arg(long, global = true, env = "TOLLGATE_GRACE_DAYS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=90))]
    pub grace_days: u32,
}

impl BillingConfig {
    /// [`grace_days`](Self::grace_days) in milliseconds.
    pub fn grace(&self) -> i64 {
        i64::from(self.grace_days) * DAY
    }
}
