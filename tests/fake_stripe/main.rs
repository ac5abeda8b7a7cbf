//! The fake Stripe itself: that it is as strict as Stripe, and that it reckons right.

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
