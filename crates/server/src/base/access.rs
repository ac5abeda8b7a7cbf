//! Who acts, and what they may do. Functions of a feature take a [`Permit`] for the permission that
//! they need, so calling one without a check does not compile. Permits come from a session or from
//! an API key, and carry the tenant.

mod networks;

use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

pub use networks::check_network;

use tollgate_types::code::Code;
use tollgate_types::environment::Environment;
use tollgate_types::id::{OrgId, RequestId};
use tollgate_types::role::Role;
use tollgate_types::scope::Scope;
use tollgate_types::time::Timestamp;

use crate::config::Config;
use crate::{Error, Result};

/// The actor of an action, for the audit trail.
#[derive(Clone, Debug)]
pub struct Actor {
    pub kind: ActorKind,
    /// A user id, a key id, or empty.
    pub id: Arc<str>,
    /// `None` for the command line.
    pub source_ip: Option<IpAddr>,
    /// `None` for the command line.
    pub request_id: Option<RequestId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    User,
    Key,
    CommandLine,
    /// A person without an account who reports something.
    Anonymous,
    /// A token of the admin API.
    AdminToken,
    /// The portal itself, in the background.
    Portal,
}

impl ActorKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Key => "key",
            Self::CommandLine => "command_line",
            Self::Anonymous => "anonymous",
            Self::AdminToken => "admin_token",
            Self::Portal => "portal",
        }
    }
}

impl Actor {
    /// Empty if the action was not caused by a request.
    pub fn request_id(&self) -> &str {
        self.request_id.as_ref().map_or("", RequestId::as_str)
    }

    pub fn command_line() -> Self {
        Self { kind: ActorKind::CommandLine, id: "".into(), source_ip: None, request_id: None }
    }

    /// An action without a caller, or caused by the payment provider.
    pub(crate) fn portal() -> Self {
        Self { kind: ActorKind::Portal, id: "".into(), source_ip: None, request_id: None }
    }
}

/// Proof that `actor` is an operator of this portal: a signed-in operator, an admin token, or the
/// command line.
pub struct Operator {
    pub actor: Actor,
}

impl Operator {
    /// A signed-in person.
    ///
    /// # Errors
    /// `forbidden` for everybody but operators; `ip_not_allowed` outside of the networks that they
    /// may use.
    pub(crate) fn person(is_operator: bool, config: &Config, actor: Actor) -> Result<Self> {
        if !is_operator {
            let detail = "Only the portal's operators can do this. `tollgate user create --operator` creates one.";
            return Err(Error::new(Code::Forbidden, detail));
        }
        check_network(config, actor.source_ip)?;
        Ok(Self { actor })
    }

    /// The holder of the admin token with this id, whose text has been compared.
    ///
    /// # Errors
    /// `ip_not_allowed` outside of the networks that operators may use.
    pub(crate) fn token_holder(
        token: &str,
        config: &Config,
        source_ip: IpAddr,
        request_id: RequestId,
    ) -> Result<Self> {
        check_network(config, Some(source_ip))?;
        let actor = Actor {
            kind: ActorKind::AdminToken,
            id: token.into(),
            source_ip: Some(source_ip),
            request_id: Some(request_id),
        };
        Ok(Self { actor })
    }

    pub fn command_line() -> Self {
        Self { actor: Actor::command_line() }
    }

    /// For background work that an operator has configured.
    pub(crate) fn portal() -> Self {
        Self { actor: Actor::portal() }
    }
}

/// A permission: granted by a member's role or by a key's scope.
pub trait Permission: Send + Sync + 'static {
    /// The scope that an API key needs; `None` if no key can have the permission.
    const SCOPE: Option<&'static str>;

    fn allows(role: Role) -> bool;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $scope:expr, $allows:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl Permission for $name {
            const SCOPE: Option<&'static str> = $scope;

            fn allows(role: Role) -> bool {
                let allows: fn(Role) -> bool = $allows;
                allows(role)
            }
        }
    )*};
}

permissions! {
    /// Read what any member may read.
    ReadOrg = None, |_| true;
    ReadKeys = Some("keys:read"), |_| true;
    ManageKeys = Some("keys:write"), Role::can_manage_keys;
    ReadLogs = Some("logs:read"), Role::can_read_logs;
    ReadUsage = Some("usage:read"), |_| true;
    ReadCustomers = Some("customers:read"), Role::can_read_logs;
    WriteCustomers = Some("customers:write"), Role::can_manage_keys;
    ReadEvents = Some("events:read"), Role::can_read_logs;
    WriteEvents = Some("events:write"), Role::can_manage_keys;
    ReadWebhooks = Some("webhooks:read"), Role::can_read_logs;
    ManageWebhooks = Some("webhooks:write"), Role::can_manage_keys;
    /// Plans, spend caps and invoices.
    ManagePlan = None, Role::can_manage_plan;
    ManageTeam = None, Role::can_manage_team;
    ReadAudit = None, Role::can_manage_team;
}

/// Proof that `actor` may do `P` in `org`.
pub struct Permit<P> {
    pub org: OrgId,
    pub actor: Actor,
    /// The environment of a key; `None` for people, who choose one.
    pub environment: Option<Environment>,
    /// When the calling key expires; `None` for people and keys without expiry.
    pub ends_at: Option<Timestamp>,
    grants: Grants,
    permission: PhantomData<P>,
}

/// What the holder of a permit can pass on to a new key.
#[derive(Clone, Debug)]
enum Grants {
    /// All permissions of the organisation.
    All,
    /// The permissions of a key: only its own.
    Only(Arc<[Scope]>),
}

impl<P: Permission> Permit<P> {
    /// For a member with this role, if the role allows `P`.
    pub fn for_member(org: OrgId, role: Role, actor: Actor) -> Option<Self> {
        P::allows(role).then_some(Self {
            org,
            actor,
            environment: None,
            ends_at: None,
            grants: Grants::All,
            permission: PhantomData,
        })
    }

    /// For a key with these scopes, if one of them covers `P`.
    pub fn for_key(
        org: OrgId,
        environment: Environment,
        scopes: &Arc<[Scope]>,
        ends_at: Option<Timestamp>,
        actor: Actor,
    ) -> Option<Self> {
        let wanted = P::SCOPE?;
        scopes.iter().any(|scope| scope.covers(wanted)).then(|| Self {
            org,
            actor,
            environment: Some(environment),
            ends_at,
            grants: Grants::Only(Arc::clone(scopes)),
            permission: PhantomData,
        })
    }

    /// For a user of the command line.
    pub fn for_command_line(org: OrgId) -> Self {
        Self {
            org,
            actor: Actor::command_line(),
            environment: None,
            ends_at: None,
            grants: Grants::All,
            permission: PhantomData,
        }
    }

    /// Whether this holder may grant `scope` to a key in `environment`.
    pub fn can_grant(&self, scope: &Scope, environment: Environment) -> bool {
        self.environment.is_none_or(|own| own == environment)
            && match &self.grants {
                Grants::All => true,
                Grants::Only(own) => own.iter().any(|held| held.covers(scope.as_str())),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org() -> OrgId {
        super::super::random::id()
    }

    #[test]
    fn a_viewer_gets_no_permit_to_manage_keys_and_a_developer_does() {
        assert!(
            Permit::<ManageKeys>::for_member(org(), Role::Viewer, Actor::command_line()).is_none()
        );
        assert!(
            Permit::<ManageKeys>::for_member(org(), Role::Developer, Actor::command_line())
                .is_some()
        );
    }

    #[test]
    fn a_key_cannot_grant_what_it_lacks_nor_leave_its_environment() {
        let scopes: Arc<[Scope]> =
            ["keys:write".parse().unwrap(), "customers:*".parse().unwrap()].into();
        let permit = Permit::<ManageKeys>::for_key(
            org(),
            Environment::Sandbox,
            &scopes,
            None,
            Actor::command_line(),
        )
        .unwrap();
        assert!(permit.can_grant(&"customers:read".parse().unwrap(), Environment::Sandbox));
        assert!(!permit.can_grant(&"logs:read".parse().unwrap(), Environment::Sandbox));
        assert!(!permit.can_grant(&"customers:read".parse().unwrap(), Environment::Live));
    }

    #[test]
    fn no_key_ever_gets_a_permit_to_manage_the_team() {
        let scopes: Arc<[Scope]> = ["keys:*".parse().unwrap()].into();
        assert!(
            Permit::<ManageTeam>::for_key(
                org(),
                Environment::Live,
                &scopes,
                None,
                Actor::command_line()
            )
            .is_none()
        );
    }
}
