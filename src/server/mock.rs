//! The built-in sandbox: answers made from a document's examples and schemas.

pub mod generate;
mod seed;

pub use seed::Seed;

#[cfg(test)]
mod tests;
