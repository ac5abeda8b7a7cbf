//! What the mails about keys say.

use super::store::KeyRow;
use crate::components::environment::env_href;
use crate::server::Result;
use crate::server::config::Config;
use crate::server::mail::Letter;
use crate::types::time::Timestamp;

/// A letter before it is known to whom.
pub struct Text {
    subject: String,
    body: String,
}

impl Text {
    pub fn to<'a>(&self, to: &'a str) -> Letter<'a> {
        Letter { to, subject: self.subject.clone(), body: self.body.clone() }
    }
}

pub fn expiring(config: &Config, key: &KeyRow, days: i64) -> Result<Text> {
    let (name, prefix, environment) = (&key.name, &key.prefix, &key.environment);
    let (page, at) = (page(config, key)?, Timestamp(key.expires_at.unwrap_or_default()).long());
    let within = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let body = format!(
        "Hello,\n\n\
         the {environment} key {name} ({prefix}_…) expires on {at} UTC. From then on, every call with it is refused.\n\n\
         Create a new key in time, and put it where this one is used. The key's page shows when it was last used:\n\n{page}\n"
    );
    Ok(Text { subject: format!("A key expires within {within}"), body })
}

/// Without the place where the key was found, which a stranger chose: a mail of ours must not carry his links.
pub fn leaked(config: &Config, key: &KeyRow) -> Result<Text> {
    let (name, prefix, environment) = (&key.name, &key.prefix, &key.environment);
    let page = page(config, key)?;
    let body = format!(
        "Hello,\n\n\
         somebody sent us the {environment} key {name} ({prefix}_…), whole. Whoever has it can call in your name.\n\n\
         The key still works: we do not switch keys off on a stranger's word. Rotate it, or revoke it:\n\n{page}\n\n\
         The audit page says where it was found, as we were told.\n"
    );
    Ok(Text { subject: "One of your keys has leaked".into(), body })
}

fn page(config: &Config, key: &KeyRow) -> Result<String> {
    Ok(format!("{}{}", config.base_url(), env_href(&format!("/dashboard/keys/{}", key.id), key.environment()?)))
}
