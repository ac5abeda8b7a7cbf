use clap::Args;
use tollgate_types::time::DAY;
use url::Url;

use super::Secret;

#[derive(Clone, Debug, Args)]
pub struct BillingConfig {
    /// The secret or restricted key of a Stripe account; without it, plan changes take effect
    /// immediately and nobody is charged.
    #[arg(long, global = true, env = "STRIPE_SECRET_KEY", hide_env_values = true)]
    pub stripe_secret_key: Option<Secret>,

    /// The signing secret (whsec_…) of the Stripe webhook endpoint that sends events to
    /// /webhooks/stripe.
    #[arg(long, global = true, env = "STRIPE_WEBHOOK_SECRET", hide_env_values = true)]
    pub stripe_webhook_secret: Option<Secret>,

    /// The base URL of Stripe's API, without v1; change it only for tests.
    #[arg(long, global = true, env = "STRIPE_API_BASE", default_value = "https://api.stripe.com/")]
    pub stripe_api_base: Url,

    /// Days that live calls keep working after a failed payment.
    #[arg(long, global = true, env = "TOLLGATE_GRACE_DAYS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=90))]
    pub grace_days: u32,
}

impl BillingConfig {
    /// [`grace_days`](Self::grace_days) in milliseconds.
    pub fn grace(&self) -> i64 {
        i64::from(self.grace_days) * DAY
    }
}
