//! Server functions: typed calls from a page to the server. Each is a public HTTP endpoint under
//! `/_fn/`, so each authorises its caller; each body is one call into a feature of `server::`.

pub mod admin;
pub mod audit;
pub mod auth;
pub mod billing;
pub mod deliveries;
pub mod dev;
pub mod docs;
pub mod error;
pub mod events;
pub mod keys;
pub mod logs;
pub mod notices;
pub mod orgs;
pub mod plan;
pub mod products;
pub mod revenue;
pub mod settings;
pub mod team;
pub mod usage;
pub mod webhooks;
