//! REST APIs and background work.

pub mod admin;
pub mod api;
pub mod applier;
pub mod jobs;
pub mod start;
