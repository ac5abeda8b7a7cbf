//! Wire types that the server and the browser share. Parsed at the edge, so that nothing inside
//! passes around bare strings for ids, times or environments.

pub mod account;
pub mod admin;
pub mod billing;
pub mod change;
pub mod code;
pub mod customer;
pub mod delivery;
pub mod docs;
pub mod environment;
pub mod error;
pub mod event;
pub mod id;
pub mod key;
pub mod key_use;
pub mod log;
pub mod money;
pub mod notice;
pub mod page;
pub mod patch;
pub mod plan;
pub mod product;
pub mod role;
pub mod rotation;
pub mod scope;
pub mod time;
pub mod usage;
pub mod webhook;
pub mod webhook_check;
