//! Wire types that the server and the browser share. Input is parsed into them at the edge, so no
//! other code handles bare strings for ids, times or environments. The feature `ssr` adds what only
//! a server needs: database rows, schemas of an OpenAPI document, and arguments of commands.

#![forbid(unsafe_code)]

pub mod account;
pub mod admin;
pub mod billing;
pub mod bounds;
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
pub mod link;
pub mod log;
pub mod money;
pub mod notice;
pub mod number;
pub mod page;
pub mod patch;
pub mod plan;
pub mod product;
pub mod raw_json;
pub mod refusal;
pub mod role;
pub mod rotation;
pub mod scope;
pub mod time;
pub mod usage;
pub mod webhook;
pub mod webhook_check;
