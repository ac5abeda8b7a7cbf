//! All SQL of accounts, one file per table.

pub mod invitations;
pub mod links;
pub mod members;
pub mod orgs;
pub mod users;
