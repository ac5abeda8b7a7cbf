//! Pages that exist in development only.

pub mod outbox;
