//! What the mails about endpoints say.

use super::store::endpoints::EndpointRow;
use crate::components::environment::env_href;
use crate::server::Result;
use crate::server::config::Config;
use crate::server::mail::Letter;
use crate::types::webhook::DisabledReason;

pub fn disabled<'a>(config: &Config, to: &'a str, row: &EndpointRow, reason: DisabledReason) -> Result<Letter<'a>> {
    let (url, environment, why) = (&row.url, &row.environment, reason.about());
    let path = env_href(&format!("/dashboard/webhooks/{}", row.id), row.environment()?);
    let page = format!("{}{path}", config.base_url());
    let body = format!(
        "Hello,\n\n\
         we deliver no more events to your {environment} webhook endpoint\n\n{url}\n\n\
         because {why}.\n\n\
         What is pending is held back, and goes on when you enable the endpoint. Events of the time in between can be recovered \
         there, too:\n\n{page}\n"
    );
    Ok(Letter { to, subject: "A webhook endpoint was disabled".into(), body })
}
