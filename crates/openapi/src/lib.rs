//! OpenAPI documents: reading them, and everything that is generated from them. The package has no
//! database, HTTP server or pages; its functions take and return bytes and values.
//!
//! ```text
//! spec            read, check, normalise, compare versions, find operations
//!  ├─ schemas     check values at a bounded cost
//!  │   ├─ wire       parameters and forms as text, written and read
//!  │   ├─ validate   calls against the document
//!  │   ├─ mock       responses without a server
//!  │   └─ samples    calls as programs
//!  ├─ outline     schemas as trees
//!  ├─ facts       servers, security, links, examples … as lists
//!  ├─ clients     packages for npm and pip
//!  ├─ docs_page   parts of pages as data, with safe HTML
//!  ├─ docs_text   pages as Markdown (with markdown, outline, facts and samples)
//!  └─ report      what of all this works for a document
//! ```

#![forbid(unsafe_code)]

pub mod clients;
pub mod docs_page;
pub mod docs_text;
pub mod facts;
#[cfg(test)]
mod fuzz;
mod json;
pub mod markdown;
pub mod mock;
pub mod outline;
pub mod report;
pub mod samples;
pub mod schemas;
pub mod spec;
pub mod validate;
pub mod wire;
