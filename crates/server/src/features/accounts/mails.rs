//! The texts of the mails: short, and always with what to do if the recipient did not cause it.

use tollgate_types::role::Role;

use crate::accounts::sessions::Token;
use crate::config::Config;
use crate::mail::Mail;

pub fn verify_email<'a>(config: &Config, to: &'a str, name: &str, token: &Token) -> Mail<'a> {
    let link = link(config, "verify-email", token);
    let body = format!(
        "Hello {name},\n\n\
         please confirm that this is your address by opening this link:\n\n{link}\n\n\
         It works once, within 24 hours.\n\n\
         If you did not sign up, ignore this mail.\n"
    );
    Mail { to, subject: "Confirm your address".into(), body }
}

pub fn reset_password<'a>(config: &Config, to: &'a str, name: &str, token: &Token) -> Mail<'a> {
    let link = link(config, "reset-password", token);
    let body = format!(
        "Hello {name},\n\n\
         to choose a new password, open this link:\n\n{link}\n\n\
         It works once, within an hour.\n\n\
         If you did not ask for this, ignore this mail: your password does not change.\n"
    );
    Mail { to, subject: "Choose a new password".into(), body }
}

pub fn password_changed<'a>(config: &Config, to: &'a str) -> Mail<'a> {
    let portal = config.base_url();
    let body = format!(
        "Hello,\n\n\
         the password of your account at {portal} was changed, and all other sessions were ended.\n\n\
         If that was not you, choose a new password now: {portal}/reset\n"
    );
    Mail { to, subject: "Your password was changed".into(), body }
}

pub fn invitation<'a>(
    config: &Config,
    to: &'a str,
    org: &str,
    invited_by: &str,
    role: Role,
    token: &Token,
) -> Mail<'a> {
    let link = link(config, "invitations", token);
    let body = format!(
        "Hello,\n\n\
         {invited_by} invites you to join {org} as {role}. To accept, open this link:\n\n{link}\n\n\
         It works once, within seven days.\n\n\
         If you do not know {org}, ignore this mail: nothing happens.\n"
    );
    Mail { to, subject: format!("Join {org}"), body }
}

fn link(config: &Config, page: &str, token: &Token) -> String {
    format!("{}/{page}?token={}", config.base_url(), token.expose())
}
