//! The built-in sandbox: responses that are generated from a document's examples and schemas.

pub mod generate;
mod resource;
mod response;
mod seed;
mod state;

#[cfg(test)]
mod tests;

pub use response::{
    Call, DELAY_HEADER, MAX_DELAY, MockFault, MockResponse, NOTE_HEADER, STATUS_HEADER, delay,
    respond,
};
pub use seed::Seed;
pub use state::Store;
