//! Who is signed in, loaded once for the whole dashboard.

use leptos::prelude::*;

use crate::actions::auth::load_me;
use crate::types::account::Me;
use crate::types::code::Code;
use crate::types::error::UiError;
use crate::types::id::OrgId;
use crate::types::role::Role;

/// A handle on the signed-in person, shared by context.
#[derive(Clone, Copy)]
pub struct Session(Resource<Result<Option<Me>, UiError>>);

impl Session {
    /// Starts loading and shares the handle with everything below.
    pub fn provide() -> Self {
        let session = Self(Resource::new(|| (), |()| load_me()));
        provide_context(session);
        session
    }

    /// The signed-in person; `not_signed_in` without a session.
    pub async fn me(self) -> Result<Me, UiError> {
        self.0.await?.ok_or_else(|| UiError::new(Code::NotSignedIn, "You are not signed in. Log in to go on."))
    }

    /// The organisation acted for, as far as it is known by now. For event handlers.
    pub fn org_id_now(self) -> Option<OrgId> {
        let me = self.0.get_untracked()?.ok()??;
        me.org.map(|org| org.id)
    }

    /// The organisation acted for, once it is known. For effects.
    pub fn org_id(self) -> Option<OrgId> {
        let me = self.0.get()?.ok()??;
        me.org.map(|org| org.id)
    }

    /// Loads again, after something about the person or the organisation changed.
    pub fn refetch(self) {
        self.0.refetch();
    }
}

/// Shows its children to members whose role allows what they are for. The server refuses it to others
/// in any case; this spares them the way.
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

/// The session of the dashboard this is part of.
pub fn use_session() -> Session {
    expect_context()
}
