//! Runs the fake Stripe for a local trial: `cargo run --example fake_stripe --features ssr --
//! --help`.

#[path = "stripe.rs"]
mod stripe;

use clap::Parser;

/// A fake Stripe for tests and local trials. Its pages are under /c and /p, its controls under
/// /_control.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:12111")]
    listen: String,
    /// URL of its pages for browsers, if it differs from the address.
    #[arg(long)]
    public_url: Option<String>,
    /// The secret key that it accepts.
    #[arg(long, env = "STRIPE_SECRET_KEY", default_value = "sk_test_fake", hide_env_values = true)]
    key: String,
    /// URL that receives webhooks.
    #[arg(long)]
    webhook: Option<String>,
    /// Secret that signs webhooks.
    #[arg(
        long,
        env = "STRIPE_WEBHOOK_SECRET",
        default_value = "whsec_fake",
        hide_env_values = true
    )]
    webhook_secret: String,
    /// Start at this time (seconds since 1970) and stand still until the clock is moved.
    #[arg(long)]
    clock: Option<i64>,
    /// Seed for ids and faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Finalise renewal invoices after this many seconds.
    #[arg(long, default_value_t = 3600)]
    finalize_after: i64,
    /// Offer plan switches in the portal even if Stripe's portal does not.
    #[arg(long)]
    portal_switches_metered: bool,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let options = Options::parse();
    let config = stripe::Config {
        secret_key: options.key,
        public_url: options.public_url,
        webhook: options.webhook.map(|url| (url, options.webhook_secret)),
        clock: options.clock,
        seed: options.seed,
        finalize_after: options.finalize_after,
        portal_switches_metered: options.portal_switches_metered,
        ..stripe::Config::default()
    };
    let listener = tokio::net::TcpListener::bind(&options.listen).await?;
    let fake = stripe::serve(listener, config).await?;
    println!("fake Stripe on {}", fake.base_url());
    tokio::signal::ctrl_c().await
}
