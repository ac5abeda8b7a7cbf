use std::fmt;
use std::str::FromStr;

use clap::Args;
use url::Url;

#[derive(Clone, Debug, Args)]
pub struct MailConfig {
    /// The mail server: smtps://user:password@host or, in trusted networks, smtp://host. Without
    /// it, mail stays in the local outbox.
    #[arg(long, global = true, env = "SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SmtpUrl>,

    /// The sender of mails.
    #[arg(long, global = true, env = "TOLLGATE_MAIL_FROM", default_value = "Tollgate <tollgate@localhost>")]
    pub mail_from: lettre::message::Mailbox,
}

/// An `smtp://` or `smtps://` URL, which may hold a password.
#[derive(Clone)]
pub struct SmtpUrl(String);

impl SmtpUrl {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl FromStr for SmtpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url: Url = text.parse().map_err(|error| format!("not a URL: {error}"))?;
        if !matches!(url.scheme(), "smtp" | "smtps") || url.host().is_none() {
            return Err("must begin with smtp:// or smtps:// and a host".into());
        }
        Ok(Self(text.to_owned()))
    }
}
