//! What people's browsers talk to: the table of all routes, sessions and cookies, forms without
//! scripts, downloads, live updates.

pub mod csrf;
pub mod router;
pub mod serve;
pub mod session;
mod site;

pub use site::Site;
