//! The fake Stripe itself: it must be as strict as Stripe, and calculate correctly.

#[path = "../../examples/fake_stripe/stripe.rs"]
mod stripe;

mod arithmetic;
mod billing;
mod changes;
mod faults;
mod pages;
mod requests;
mod usage;
mod webhooks;
mod world;
