//! What somebody may give to a key. A key that acts gives no more than it has itself: not in scopes, not
//! in time, and not by shaking off what bounds it.

use super::Bounds;
use super::store::{self, KeyRow};
use crate::server::access::{ActorKind, ManageKeys, Permit};
use crate::server::db::Db;
use crate::server::{Error, Result, accounts};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::{KeyId, UserId};
use crate::types::time::Timestamp;

pub struct Granter<'a> {
    permit: &'a Permit<ManageKeys>,
    /// Of the key that acts.
    bounds: Bounds,
    /// Whose spending a key that it makes adds to, where its own is capped: else it could make keys to get round it.
    pub spend_id: Option<String>,
    /// When the key that acts ends.
    ends_at: Option<Timestamp>,
    is_verified: bool,
}

impl<'a> Granter<'a> {
    /// To be asked for before a transaction begins: it reads.
    ///
    /// # Errors
    /// `forbidden` if the key that acts is over: it may have ended since it was let in.
    pub async fn of(db: &Db, permit: &'a Permit<ManageKeys>, now: Timestamp) -> Result<Self> {
        let mut granter = Self { permit, bounds: Bounds::default(), spend_id: None, ends_at: permit.ends_at, is_verified: true };
        match permit.actor.kind {
            ActorKind::User => {
                let user: UserId = permit.actor.id.parse().map_err(anyhow::Error::from)?;
                granter.is_verified = accounts::is_verified(db, &user).await?;
            }
            ActorKind::Key => {
                let id: KeyId = permit.actor.id.parse().map_err(anyhow::Error::from)?;
                let own = store::find(db, &permit.org, permit.environment, &id).await?.ok_or_else(|| Error::not_found("key"))?;
                let state = own.state(now);
                if state.is_over() {
                    return Err(Error::new(
                        Code::Forbidden,
                        format!("The key that acts is {}, so it gives nothing to others.", state.as_str()),
                    ));
                }
                granter.bounds = own.bounds()?;
                granter.spend_id = own.spend_cap.map(|_| own.spend_id().to_owned());
                granter.ends_at = [granter.ends_at, own.lifecycle().ends_at()].into_iter().flatten().min();
            }
            ActorKind::CommandLine | ActorKind::Anonymous | ActorKind::AdminToken | ActorKind::Portal => {}
        }
        Ok(granter)
    }

    /// Whether this holder may make `key` as it stands.
    ///
    /// # Errors
    /// `wrong_environment`, `insufficient_scope` or `forbidden`, with what is lacking.
    pub fn check(&self, key: &KeyRow) -> Result<()> {
        let environment = key.environment()?;
        if let Some(own) = self.permit.environment.filter(|own| *own != environment) {
            return Err(Error::new(Code::WrongEnvironment, format!("A {own} key cannot make one for {environment}.")));
        }
        if let Some(scope) = key.scopes()?.iter().find(|scope| !self.permit.can_grant(scope, environment)) {
            return Err(Error::new(Code::InsufficientScope, format!("A key cannot grant what it lacks: `{scope}`.")));
        }
        let expires_at = key.expires_at.map(Timestamp);
        if self.ends_at.is_some_and(|own| expires_at.is_none_or(|at| at > own)) {
            let detail = "A key cannot make one that outlives it: give `expires_at`, no later than its own end.";
            return Err(Error::new(Code::Forbidden, detail));
        }
        if let Some(bound) = key.bounds()?.looser_than(&self.bounds) {
            let detail = format!("A key cannot make one that is less bound than itself: give `{bound}`, no looser than its own.");
            return Err(Error::new(Code::Forbidden, detail));
        }
        if environment == Environment::Live && !self.is_verified {
            let detail = "Verify your e-mail address before you create a live key. Sandbox keys work at once.";
            return Err(Error::new(Code::Forbidden, detail));
        }
        Ok(())
    }
}
