//! The network side of Tollgate. It knows neither keys nor products: its users decide what to
//! respond, where calls go and how a failure is described.

pub mod connections;
pub mod network;
pub mod outbound;
pub mod upstream;
