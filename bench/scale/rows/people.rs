//! People and their organisations.

use tollgate::types::id::{InvitationId, SessionId};
use tollgate::types::time::DAY;

use super::{Rows, Tables, row, table};
use crate::world::{GIANT, World, id, mix};

impl World {
    pub fn people_tables(&self) -> Tables<'_> {
        vec![
            (
                table(
                    "users",
                    "id, email, name, password_hash, email_verified_at, created_at, updated_at",
                ),
                self.users(),
            ),
            (table("orgs", "id, name, created_at, updated_at"), self.orgs()),
            (table("members", "org_id, user_id, role, created_at"), self.members()),
            (
                table(
                    "sessions",
                    "id, token_hash, user_id, org_id, source_ip, user_agent, created_at, last_seen_at, expires_at",
                ),
                self.sessions(),
            ),
            (
                table(
                    "invitations",
                    "id, org_id, email, role, token_hash, invited_by, created_at, expires_at",
                ),
                self.invitations(),
            ),
            (
                table("one_time_tokens", "token_hash, user_id, purpose, created_at, expires_at"),
                self.tokens(),
            ),
        ]
    }

    fn users(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            let at = self.joined(i).0;
            row![
                self.user(i).to_string(),
                format!("person{i}@example.com"),
                format!("Person {i}"),
                "no password",
                at,
                at,
                at
            ]
        }))
    }

    fn orgs(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            row![
                self.org(i).to_string(),
                format!("Company {i}"),
                self.joined(i).0,
                self.joined(i).0
            ]
        }))
    }

    /// One owner for each organisation. The giant also has a thousandth of all people.
    fn members(&self) -> Rows<'_> {
        let member = |org: u64, user: u64, role: &str| {
            row![self.org(org).to_string(), self.user(user).to_string(), role, self.joined(org).0]
        };
        let owners = (0..self.orgs).map(move |i| member(i, i, "owner"));
        Box::new(owners.chain((1..self.orgs / 1_000).map(move |i| member(GIANT, i, "developer"))))
    }

    fn token(kind: u64, i: u64) -> Vec<u8> {
        (0..4).flat_map(|part| mix(kind + part, i).to_be_bytes()).collect()
    }

    fn sessions(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            let at = self.at(i, self.orgs, 13);
            row![
                SessionId::from(id(at, 25, i)).to_string(),
                Self::token(40, i),
                self.user(i).to_string(),
                self.org(i).to_string(),
                "203.0.113.7",
                "Firefox",
                at.0,
                at.0,
                at.plus(30 * DAY).0
            ]
        }))
    }

    fn invitations(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            let at = self.at(i, self.orgs, 30);
            row![
                InvitationId::from(id(at, 26, i)).to_string(),
                self.org(i).to_string(),
                format!("guest{i}@example.com"),
                "developer",
                Self::token(44, i),
                self.user(i).to_string(),
                at.0,
                at.plus(7 * DAY).0
            ]
        }))
    }

    fn tokens(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            row![
                Self::token(48, i),
                self.user(i).to_string(),
                "verify_email",
                self.now.0,
                self.now.plus(DAY).0
            ]
        }))
    }
}
