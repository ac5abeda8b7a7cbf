use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use clap::Args;
use url::Url;

#[derive(Clone, Debug, Args)]
pub struct MailConfig {
    /// The mail server: smtps://user:password@host or, in trusted networks, smtp://host. Without
    /// it, no mail is sent.
    #[arg(long, global = true, env = "SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SmtpUrl>,

    /// Show unsent mail at /dev/outbox, for trials on this machine: mail contains links that open
    /// accounts. Works only if TOLLGATE_ADDR and TOLLGATE_BASE_URL point to this machine and
    /// SMTP_URL is not set.
    #[arg(long, global = true, env = "TOLLGATE_DEV_OUTBOX", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub dev_outbox: bool,

    /// The sender of mails.
    #[arg(
        long,
        global = true,
        env = "TOLLGATE_MAIL_FROM",
        default_value = "Tollgate <tollgate@localhost>"
    )]
    pub mail_from: lettre::message::Mailbox,
}

/// An `smtp://` or `smtps://` URL, which may hold a password.
#[derive(Clone)]
pub struct SmtpUrl(String);

impl SmtpUrl {
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Checks that mail can be sent with this URL; the reason does not repeat the URL.
    pub fn check(&self) -> Result<(), &'static str> {
        match self.0.parse::<Url>() {
            Ok(url) if matches!(url.scheme(), "smtp" | "smtps") && url.host().is_some() => Ok(()),
            _ => Err("SMTP_URL must begin with smtp:// or smtps:// and a host"),
        }
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Accepts any text, because a parser error would print it with the password. [`SmtpUrl::check`]
/// validates it.
impl FromStr for SmtpUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}
