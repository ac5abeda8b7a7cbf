//! Members of the organisation and open invitations.

mod invitations;
mod members;

use leptos::prelude::*;

use self::invitations::{InviteForm, OpenInvitations};
use self::members::Members;
use crate::actions::team::{ChangeRole, Invite, RemoveMember, RevokeInvitation, load_team};
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, succeeded, successes};
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::session::use_session;
use crate::components::submit::Done;
use crate::types::account::{MemberView, Team};

/// The actions on this page. The forms are outside of the loaded part, so that reloading it after
/// one was sent does not remove its result.
#[derive(Clone, Copy)]
pub struct TeamActions {
    pub invite: ServerAction<Invite>,
    pub revoke: ServerAction<RevokeInvitation>,
    pub change_role: ServerAction<ChangeRole>,
    pub remove: ServerAction<RemoveMember>,
    /// The member about to be removed.
    pub removing: RwSignal<Option<MemberView>>,
}

/// Members, invitations, and the form to invite.
#[component]
pub fn TeamPage() -> impl IntoView {
    let session = use_session();
    let actions = TeamActions {
        invite: ServerAction::new(),
        revoke: ServerAction::new(),
        change_role: ServerAction::new(),
        remove: ServerAction::new(),
        removing: RwSignal::new(None),
    };
    let (invited, revoked) = (successes(actions.invite), successes(actions.revoke));
    let (changed, removed) = (successes(actions.change_role), successes(actions.remove));
    let team = Resource::new(
        move || (invited.get(), revoked.get(), changed.get(), removed.get()),
        |_| load_team(),
    );
    // One's own role and membership are shown in the frame, too.
    Effect::new(move |before: Option<()>| {
        changed.track();
        removed.track();
        if before.is_some() {
            session.refetch();
        }
    });
    view! {
        <PageHead title="Team" lead="The members of this organisation and their roles." />
        <FormAlert error=error_of(actions.change_role) />
        <FormAlert error=error_of(actions.remove) />
        <FormAlert error=error_of(actions.revoke) />
        // Not in the rows, which are replaced when they were changed.
        <div class="has-[span:not(:empty)]:mb-3">
            <Done when=succeeded(actions.change_role) text="The role was changed." />
            <Done when=succeeded(actions.remove) text="The member was removed." />
            <Done when=succeeded(actions.revoke) text="The invitation was revoked." />
        </div>
        {loaded(
            move || async move { team.await },
            move || team.refetch(),
            move |Team { members, invitations, can_manage }| {
                view! {
                    <Members members can_manage actions />
                    <OpenInvitations invitations can_manage actions />
                    {can_manage.then(|| view! { <InviteForm actions /> })}
                }
            },
        )}
        <members::RemoveDialog actions />
    }
}
