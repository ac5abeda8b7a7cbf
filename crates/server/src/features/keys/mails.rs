//! The texts of mails about keys.

use tollgate_types::link::env_href;
use tollgate_types::number::plural;
use tollgate_types::time::Timestamp;

use super::store::KeyRow;
use crate::Result;
use crate::config::Config;
use crate::mail::Mail;

/// A letter without its recipient.
pub struct Text {
    subject: String,
    body: String,
}

impl Text {
    pub fn to<'a>(&self, to: &'a str) -> Mail<'a> {
        Mail { to, subject: self.subject.clone(), body: self.body.clone() }
    }
}

pub fn expiring(config: &Config, key: &KeyRow, days: i64) -> Result<Text> {
    let (name, prefix, environment) = (&key.name, &key.prefix, &key.environment);
    let (page, at) = (page(config, key)?, Timestamp(key.expires_at.unwrap_or_default()).long());
    let within = plural(days.unsigned_abs(), "day", "days");
    let body = format!(
        "Hello,\n\n\
         the {environment} key {name} ({prefix}_…) expires on {at}. After that, every call with it is refused.\n\n\
         Create a new key before then and replace this one wherever it is used. The page of the key shows when it was last used:\n\n{page}\n"
    );
    Ok(Text { subject: format!("A key expires within {within}"), body })
}

/// Without the place where the key was found, which a stranger chose: our mails must not contain
/// their links.
pub fn leaked(config: &Config, key: &KeyRow) -> Result<Text> {
    let (name, prefix, environment) = (&key.name, &key.prefix, &key.environment);
    let page = page(config, key)?;
    let body = format!(
        "Hello,\n\n\
         we received a report that contains your complete {environment} key {name} ({prefix}_…). Anyone who has the key can make calls in your name.\n\n\
         The key still works, because we do not disable keys based on an unverified report. Rotate or revoke it:\n\n{page}\n\n\
         The audit page shows where the reporter found it.\n"
    );
    Ok(Text { subject: "One of your keys has leaked".into(), body })
}

fn page(config: &Config, key: &KeyRow) -> Result<String> {
    Ok(format!(
        "{}{}",
        config.base_url(),
        env_href(&format!("/dashboard/keys/{}", key.id), key.environment()?)
    ))
}
