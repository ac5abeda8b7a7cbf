//! The fake Stripe itself.
