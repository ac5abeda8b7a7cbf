//! What everything needs: settings, time, randomness, errors, databases, what instances share, and
//! who may do what.

pub mod access;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod in_time;
pub mod names;
pub mod offload;
pub mod private;
pub mod problem;
pub mod random;
pub mod sealer;
pub mod shared;
pub mod telemetry;
