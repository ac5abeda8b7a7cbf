//! Sends queued mails. Several instances share the work by claiming: a claim moves a mail's next
//! attempt into the future, so no other instance takes it, and the claim expires if this process
//! dies. A crash between sending and recording sends a mail twice, with the same `Message-ID`.

use std::time::Duration;

use anyhow::Context;
use lettre::message::header::ContentType;
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Message, Tokio1Executor};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::MailConfig;
use crate::db::Db;
use crate::mail::{self, DueMail};
use crate::{App, Result};

/// How soon a queued mail is noticed.
const POLL: Duration = Duration::from_secs(1);
/// The maximum time per mail, so that it does not delay the others; a batch stays well within its
/// claim.
const TIMEOUT: Duration = Duration::from_secs(20);

type Smtp = AsyncSmtpTransport<Tokio1Executor>;

/// Runs until `stop`; a mail in progress is completed first.
pub async fn run(app: App, stop: CancellationToken) {
    let smtp = match connect(&app.config.mail) {
        Ok(Some(smtp)) => smtp,
        Ok(None) => return stop.cancelled().await,
        Err(cause) => {
            tracing::error!(%cause, "mail cannot be sent: SMTP_URL is not valid");
            return stop.cancelled().await;
        }
    };
    while !stop.is_cancelled() {
        let full = match send_due(&app.db, &app.clock, &app.config.mail, &smtp, &stop).await {
            Ok(claimed) => claimed == mail::BATCH,
            Err(cause) => {
                tracing::warn!(%cause, "cannot look for mails to send");
                false
            }
        };
        if !full {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}

fn connect(config: &MailConfig) -> Result<Option<Smtp>> {
    let Some(url) = &config.smtp_url else { return Ok(None) };
    // The cause may contain the URL, which has a password.
    let builder = Smtp::from_url(url.expose())
        .map_err(|_| anyhow::anyhow!("not a URL that the mail library accepts"))?;
    Ok(Some(builder.timeout(Some(TIMEOUT)).build()))
}

/// The number of claimed mails.
async fn send_due(
    db: &Db,
    clock: &Clock,
    config: &MailConfig,
    smtp: &Smtp,
    stop: &CancellationToken,
) -> Result<i64> {
    let due = mail::claim_due(db, clock.now()).await?;
    let claimed = i64::try_from(due.len()).unwrap_or(mail::BATCH);
    for mail in due {
        // The rest is tried again when the claim expires.
        if stop.is_cancelled() {
            break;
        }
        let sent = tokio::time::timeout(TIMEOUT, send(config, smtp, &mail)).await;
        let failure = match sent {
            Ok(Ok(())) => None,
            Ok(Err(cause)) => Some(format!("{cause:#}")),
            Err(_) => Some(format!("no response within {} s", TIMEOUT.as_secs())),
        };
        match failure {
            None => mail::mark_sent(db, &mail, clock.now()).await?,
            // The cause is stored with the mail and not logged: it may name the recipient.
            Some(cause) => {
                let again = mail::mark_failed(db, &mail, &cause, clock.now()).await?;
                tracing::warn!(mail = %mail.id, attempt = mail.attempts, again, "a mail could not be sent");
            }
        }
    }
    Ok(claimed)
}

async fn send(config: &MailConfig, smtp: &Smtp, mail: &DueMail) -> anyhow::Result<()> {
    smtp.send(message(config, mail)?).await?;
    Ok(())
}

fn message(config: &MailConfig, mail: &DueMail) -> anyhow::Result<Message> {
    let from = config.mail_from.clone();
    let id = format!("<{}@{}>", mail.id, from.email.domain());
    let to = mail.recipient.parse().context("the recipient is not a mail address")?;
    let message = Message::builder()
        .from(from)
        .to(to)
        .subject(&mail.subject)
        .message_id(Some(id))
        .header(ContentType::TEXT_PLAIN);
    Ok(message.body(mail.body.clone())?)
}

#[cfg(test)]
mod tests;
