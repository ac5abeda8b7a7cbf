//! The way of a metered call, and its documentation.

pub mod app;
pub mod docs;
pub mod explain;
pub mod gateway;
