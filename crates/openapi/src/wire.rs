//! How values are written as text in requests, and how the text is read back: parameters, fields of
//! forms, and parts. The validator reads, samples and the mock write, so that they agree.
//!
//! Written: the styles of OpenAPI 3.1 ("Style Values", RFC 6570), with nested values in brackets.
//! Read: the same, and other common forms of nested values (`a[]`, `a[0]`, JSON).

mod brackets;
mod content;
mod fault;
mod form;
mod multipart;
mod pairs;
mod query;
mod reader;
mod segment;
mod shape;
mod text;
mod write;
mod writing;

#[cfg(test)]
mod tests;

pub use content::{essence, is_json};
pub use fault::{DOUBLED, Fault};
pub use form::{FORM, MULTIPART, form};
pub use multipart::{Part, parts};
pub use pairs::Pairs;
pub use query::{Given, in_query};
pub use reader::Reader;
pub use segment::segment;
pub use shape::{Kinds, kinds_of};
pub use text::{encoded, percent_encoding_of, plain};
pub use write::{Text, fields, in_header, in_path, query, styled};
pub use writing::Writing;
