//! Pages: one file per page, in folders like the URLs.

pub mod admin;
pub mod apis;
pub mod dashboard;
pub mod dev;
pub mod docs;
pub mod home;
pub mod invitations;
pub mod login;
pub mod not_found;
pub mod plain;
pub mod reset;
pub mod reset_password;
pub mod search;
pub mod secret;
pub mod sent_before;
pub mod session_over;
pub mod signup;
pub mod verify_email;
