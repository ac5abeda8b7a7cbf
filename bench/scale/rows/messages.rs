//! Notices, mails and the audit log.

use tollgate::types::id::{AuditId, MailId, NoticeId};

use super::{Rows, Tables, row, table};
use crate::world::{World, id};

impl World {
    pub fn messages_tables(&self) -> Tables<'_> {
        vec![
            (
                table(
                    "notices",
                    "id, org_id, kind, subject, title, body, link, created_at, read_at",
                ),
                self.notices(),
            ),
            (
                table("mails", "id, recipient, subject, body, created_at, attempts, sent_at"),
                self.mails(),
            ),
            (
                table(
                    "audit_entries",
                    "id, org_id, actor_kind, actor_id, action, target_id, source_ip, request_id, created_at",
                ),
                self.audit(),
            ),
        ]
    }

    fn notices(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            let at = self.at(i, self.orgs, 170);
            let read = (i % 2 == 0).then_some(at.0);
            let org = self.org(i).to_string();
            row![
                NoticeId::from(id(at, 24, i)).to_string(),
                org,
                "breaking_change",
                "orders@1",
                "A new version",
                "Text",
                "/apis",
                at.0,
                read
            ]
        }))
    }

    fn mails(&self) -> Rows<'_> {
        let n = 3 * self.orgs;
        Box::new((0..n).map(move |i| {
            let at = self.at(i, n, 29);
            let recipient = format!("person{}@example.com", i % self.orgs);
            row![
                MailId::from(id(at, 27, i)).to_string(),
                recipient,
                "Your usage",
                "Hello",
                at.0,
                1_i64,
                at.0
            ]
        }))
    }

    fn audit(&self) -> Rows<'_> {
        let n = 5 * self.orgs;
        Box::new((0..n).map(move |i| {
            let (org, at) = (self.owner(28, i, 3), self.at(i, n, 300));
            let id = AuditId::from(id(at, 28, i)).to_string();
            let target = self.key_of(org, i).to_string();
            row![
                id,
                self.org(org).to_string(),
                "user",
                self.user(org).to_string(),
                "key.created",
                target,
                "203.0.113.7",
                "",
                at.0
            ]
        }))
    }
}
