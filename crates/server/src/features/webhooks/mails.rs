//! The texts of mails about endpoints.

use tollgate_types::link::env_href;
use tollgate_types::webhook::DisabledReason;

use super::store::endpoints::EndpointRow;
use crate::Result;
use crate::config::Config;
use crate::mail::Mail;

pub fn disabled<'a>(
    config: &Config,
    to: &'a str,
    row: &EndpointRow,
    reason: DisabledReason,
) -> Result<Mail<'a>> {
    let (url, environment, why) = (&row.url, &row.environment, reason.about());
    let path = env_href(&format!("/dashboard/webhooks/{}", row.id), row.environment()?);
    let page = format!("{}{path}", config.base_url());
    let body = format!(
        "Hello,\n\n\
         we stopped delivering events to your {environment} webhook endpoint\n\n{url}\n\n\
         because {why}.\n\n\
         Pending deliveries resume when you enable the endpoint. You can also recover the events that it missed \
         on its page:\n\n{page}\n"
    );
    Ok(Mail { to, subject: "A webhook endpoint was disabled".into(), body })
}
