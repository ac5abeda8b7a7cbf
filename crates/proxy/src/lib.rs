//! The network side of Tollgate. It knows neither keys nor products: whoever uses it says what is
//! answered, where calls go and how a failure is worded.

pub mod connections;
pub mod network;
pub mod outbound;
pub mod upstream;
