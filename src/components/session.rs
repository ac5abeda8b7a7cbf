//! Who is signed in, loaded once for the whole dashboard.

use leptos::prelude::*;

use super::loaded::loaded;
use crate::actions::auth::load_me;
use crate::actions::error::UiError;
use crate::types::account::Me;
use crate::types::code::Code;
use crate::types::id::OrgId;
use crate::types::role::Role;

/// A handle on the signed-in person, shared by context.
#[derive(Clone, Copy)]
pub struct Session(Resource<Result<Option<Me>, UiError>>);

impl Session {
    /// Starts loading and provides the handle to everything below.
    pub fn provide() -> Self {
        let session = Self(Resource::new(|| (), |()| load_me()));
        provide_context(session);
        session
    }

    /// The signed-in person; `not_signed_in` without a session.
    pub async fn me(self) -> Result<Me, UiError> {
        self.0.await?.ok_or_else(|| {
            UiError::new(Code::NotSignedIn, "You are not signed in. Log in to continue.")
        })
    }

    /// The current organisation, if it is already known. For event handlers.
    pub fn org_id_now(self) -> Option<OrgId> {
        let me = self.0.get_untracked()?.ok()??;
        me.org.map(|org| org.id)
    }

    /// The current organisation, once it is known. For effects.
    pub fn org_id(self) -> Option<OrgId> {
        let me = self.0.get()?.ok()??;
        me.org.map(|org| org.id)
    }

    /// Reloads after a change of the person or the organisation.
    pub fn refetch(self) {
        self.0.refetch();
    }
}

/// Shows its children to members with a sufficient role. The server refuses others in any case;
/// this hides what they cannot use.
#[component]
pub fn ForRole(can: fn(Role) -> bool, children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    let children = StoredValue::new(children);
    let shown = move || {
        Suspend::new(async move {
            let role = session.me().await.ok().and_then(|me| me.org).map(|org| org.role);
            role.is_some_and(can).then(|| children.with_value(|children| children()))
        })
    };
    view! { <Transition>{shown}</Transition> }
}

/// A page for members with a sufficient role. Others see the reason, and the page has the status
/// 403.
#[component]
pub fn PageForRole(can: fn(Role) -> bool, children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    loaded(
        move || async move {
            let org = session.me().await?.org;
            match org {
                Some(org) if !can(org.role) => {
                    let message = format!(
                        "Your role in {}, {}, does not allow this. Ask an owner or admin of the organisation.",
                        org.name, org.role
                    );
                    Err(UiError::new(Code::Forbidden, message))
                }
                // Without an organisation, the person is redirected to create one.
                _ => Ok(()),
            }
        },
        move || session.refetch(),
        move |()| children(),
    )
}

/// The session of the surrounding dashboard.
pub fn use_session() -> Session {
    expect_context()
}
