//! The built-in sandbox: responses that are generated from a document's examples and schemas.

mod answer;
pub mod generate;
mod resource;
mod seed;
mod state;

#[cfg(test)]
mod tests;

pub use answer::{
    Call, DELAY_HEADER, MAX_DELAY, MockAnswer, MockFault, STATUS_HEADER, answer, delay,
};
pub use seed::Seed;
pub use state::Store;
