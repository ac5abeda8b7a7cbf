//! What a caller may grant to a key. A calling key grants no more than it has: no further scopes,
//! no later expiry, and no looser bounds.

use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::id::{KeyId, UserId};
use tollgate_types::key::KeyState;
use tollgate_types::time::Timestamp;

use super::Settings;
use super::store::{self, KeyRow};
use crate::access::{ActorKind, ManageKeys, Permit};
use crate::db::Db;
use crate::{Error, Result, accounts};

pub struct Granter<'a> {
    permit: &'a Permit<ManageKeys>,
    /// The settings of the calling key.
    settings: Settings,
    /// The key whose spending a new key's calls add to, if the calling key is capped: otherwise it
    /// could create keys to avoid its cap.
    pub spend_id: Option<String>,
    /// The expiry of the calling key.
    ends_at: Option<Timestamp>,
    is_verified: bool,
}

impl<'a> Granter<'a> {
    /// Call it before a transaction begins: it reads.
    ///
    /// # Errors
    /// `forbidden` if the calling key is no longer active: it may have ended during the request.
    pub async fn of(db: &Db, permit: &'a Permit<ManageKeys>, now: Timestamp) -> Result<Self> {
        let mut granter = Self {
            permit,
            settings: Settings::default(),
            spend_id: None,
            ends_at: permit.ends_at,
            is_verified: true,
        };
        match permit.actor.kind {
            ActorKind::User => {
                let user: UserId = permit.actor.id.parse().map_err(anyhow::Error::from)?;
                granter.is_verified = accounts::is_verified(db, &user).await?;
            }
            ActorKind::Key => {
                let id: KeyId = permit.actor.id.parse().map_err(anyhow::Error::from)?;
                let own = store::find(db, &permit.org, permit.environment, &id)
                    .await?
                    .ok_or_else(|| Error::not_found("key"))?;
                let state = own.state(now);
                if state.is_over() || state == KeyState::Disabled {
                    return Err(Error::new(
                        Code::Forbidden,
                        format!(
                            "The calling key is {}, so it cannot create or change keys.",
                            state.as_str()
                        ),
                    ));
                }
                granter.settings = own.settings()?;
                granter.spend_id = own.spend_cap.map(|_| own.spend_id().to_owned());
                granter.ends_at =
                    [granter.ends_at, own.lifecycle().ends_at()].into_iter().flatten().min();
            }
            ActorKind::CommandLine
            | ActorKind::Anonymous
            | ActorKind::AdminToken
            | ActorKind::Portal => {}
        }
        Ok(granter)
    }

    /// Whether this caller may enable, rotate or change an existing key: only if they could have
    /// created it. Disabling or revoking a key needs less, because it grants nothing.
    ///
    /// # Errors
    /// As [`check`](Self::check); also `forbidden` if the calling key has a spend cap and the other
    /// key's spending does not count against it.
    pub fn check_existing(&self, key: &KeyRow) -> Result<()> {
        self.check(key)?;
        if self.spend_id.as_deref().is_some_and(|own| own != key.spend_id()) {
            let detail = "The calling key has a spend cap, and the other key's spending does not count towards it. Use a key without a cap.";
            return Err(Error::new(Code::Forbidden, detail));
        }
        Ok(())
    }

    /// Whether this caller may create `key`.
    ///
    /// # Errors
    /// `wrong_environment`, `insufficient_scope` or `forbidden`, with what is missing.
    pub fn check(&self, key: &KeyRow) -> Result<()> {
        let environment = key.environment()?;
        if let Some(own) = self.permit.environment.filter(|own| *own != environment) {
            return Err(Error::new(
                Code::WrongEnvironment,
                format!("A {own} key cannot create a key for {environment}."),
            ));
        }
        if let Some(scope) =
            key.scopes()?.iter().find(|scope| !self.permit.can_grant(scope, environment))
        {
            return Err(Error::new(
                Code::InsufficientScope,
                format!("A key cannot grant a scope that it does not have: `{scope}`."),
            ));
        }
        let expires_at = key.expires_at.map(Timestamp);
        if self.ends_at.is_some_and(|own| expires_at.is_none_or(|at| at > own)) {
            let detail = "A key cannot create a key that expires later than itself: send `expires_at`, no later than its own expiry.";
            return Err(Error::new(Code::Forbidden, detail));
        }
        if let Some(bound) = key.settings()?.looser_than(&self.settings) {
            let detail = format!(
                "A key cannot create a key with looser limits than its own: send `{bound}`, at most as loose as its own."
            );
            return Err(Error::new(Code::Forbidden, detail));
        }
        if environment == Environment::Live && !self.is_verified {
            let detail = "Verify your e-mail address before you create a live key. Sandbox keys work without it.";
            return Err(Error::new(Code::Forbidden, detail));
        }
        Ok(())
    }
}
