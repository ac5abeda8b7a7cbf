//! The table: every server function and every route of [`tollgate::web::router`], with a valid form
//! and who may send it. Placeholders in braces are filled in by [`super::world`].

use tollgate::types::role::Role;

use super::world::Caller;

/// The name of a server function, or the method and path of a route; its body; and who may send it.
pub struct Row(pub &'static str, pub &'static str, pub Who);

/// Who may do something. Roles are those in the organisation of the session.
#[derive(Clone, Copy)]
pub enum Who {
    Everybody,
    SignedIn,
    /// Members whose role allows it.
    Role(fn(Role) -> bool),
    /// Members whose role allows it and whose address is verified.
    Verified(fn(Role) -> bool),
    Operator,
    /// The person to whom the object belongs: in the table, the owner of organisation A.
    Own,
    /// The person to whom the invitation was sent, who is none of the callers.
    Invited,
}

impl Who {
    /// The status with which a caller must be refused. None if they are allowed, also because the
    /// form names no objects of A and so concerns the caller's own organisation.
    pub fn refusal(self, caller: &Caller, names_objects: bool) -> Option<u16> {
        let for_role = |allows: fn(Role) -> bool, is_ready: bool| match caller.role {
            None => names_objects.then_some(404),
            Some(role) => (!allows(role) || !is_ready).then_some(403),
        };
        if caller.cookie.is_none() {
            return (!matches!(self, Self::Everybody)).then_some(401);
        }
        match self {
            Self::Everybody => None,
            Self::SignedIn => (caller.role.is_none() && names_objects).then_some(404),
            Self::Role(allows) => for_role(allows, true),
            Self::Verified(allows) => for_role(allows, caller.is_verified),
            Self::Operator => (!caller.is_operator).then_some(403),
            Self::Own => (caller.role != Some(Role::Owner)).then_some(404),
            Self::Invited => Some(403),
        }
    }

    /// Whether the caller may do this with objects of their own.
    pub fn allows(self, caller: &Caller) -> bool {
        // Callers who are not members of A are owners of another organisation.
        let role = caller.role.unwrap_or(Role::Owner);
        match self {
            Self::Everybody => true,
            _ if caller.cookie.is_none() => false,
            Self::SignedIn | Self::Own | Self::Invited => true,
            Self::Role(allows) => allows(role),
            Self::Verified(allows) => allows(role) && caller.is_verified,
            Self::Operator => caller.is_operator,
        }
    }
}

const fn any(_: Role) -> bool {
    true
}

const fn is_owner(role: Role) -> bool {
    matches!(role, Role::Owner)
}

const EVERYBODY: Who = Who::Everybody;
const SIGNED_IN: Who = Who::SignedIn;
const OPERATOR: Who = Who::Operator;
const MEMBER: Who = Who::Role(any);
const LOGS: Who = Who::Role(Role::can_read_logs);
const KEYS: Who = Who::Role(Role::can_manage_keys);
const PLAN: Who = Who::Role(Role::can_manage_plan);
const TEAM: Who = Who::Role(Role::can_manage_team);
/// For live keys, and for requests to hosts of the caller's choice.
const VERIFIED_KEYS: Who = Who::Verified(Role::can_manage_keys);
const VERIFIED_TEAM: Who = Who::Verified(Role::can_manage_team);

/// All server functions. `log_out` must be the last, because it ends the caller's session.
pub const FUNCTIONS: &[Row] = &[
    // Public pages.
    Row("list_products", "query=pets", EVERYBODY),
    Row("get_product", "id=pets", EVERYBODY),
    Row("get_operation", "product=pets&operation=listPets", EVERYBODY),
    Row("get_product_schema", "product=pets&name=Pet", EVERYBODY),
    Row("get_product_webhook", "product=pets&name=pet.moved", EVERYBODY),
    Row("search", "query=pets", EVERYBODY),
    Row(
        "print_call",
        r#"{"call":{"method":"GET","url":"/v1/customers","headers":[],"body":null}}"#,
        EVERYBODY,
    ),
    Row("list_scopes", "", EVERYBODY),
    Row("upstream_docs", "", EVERYBODY),
    Row("webhook_docs", "", EVERYBODY),
    // Exists in development only.
    Row("outbox", "", EVERYBODY),
    // Accounts. A token from a mail is a permission by itself.
    Row("me", "", EVERYBODY),
    Row("sign_up", "name=&email=nobody&password=short&org_name=&invitation=", EVERYBODY),
    Row("log_in", "email=nobody%40example.com&password=wrong&next=", EVERYBODY),
    Row("request_password_reset", "email=nobody", EVERYBODY),
    Row("reset_password", "token=x&password=short", EVERYBODY),
    Row("verify_email", "token=x", EVERYBODY),
    Row("preview_invitation", "token=x", EVERYBODY),
    Row("accept_invitation", "token={token}", Who::Invited),
    Row("resend_verification", "", SIGNED_IN),
    Row("update_profile", "name={name}", SIGNED_IN),
    Row("change_password", "current=wrong&new=short", SIGNED_IN),
    Row("list_sessions", "", SIGNED_IN),
    Row("revoke_session", "id={session}", Who::Own),
    Row("revoke_other_sessions", "", SIGNED_IN),
    // Organisations and their members.
    Row("create_org", "name={name}", SIGNED_IN),
    Row("switch_org", "org_id={org}", SIGNED_IN),
    Row("rename_org", "name={name}", TEAM),
    Row("list_audit", "", TEAM),
    Row("team", "", MEMBER),
    Row("invite", "email={email}&role=viewer", VERIFIED_TEAM),
    Row("invite", "email={email}&role=owner", Who::Verified(is_owner)),
    Row("revoke_invitation", "id={invitation}", TEAM),
    Row("change_role", "user_id={member}&role=viewer", TEAM),
    Row("remove_member", "user_id={member}", TEAM),
    // The member is an owner: only owners may change or remove one.
    Row("change_role", "user_id={member}&role=admin", Who::Role(is_owner)),
    Row("remove_member", "user_id={member}", Who::Role(is_owner)),
    // Usage, plans and payment.
    Row("overview", "environment=live", MEMBER),
    Row("plan", "product=platform", MEMBER),
    Row("billing", "product=platform", MEMBER),
    Row("offers", "product=platform", MEMBER),
    Row("billed", "product=platform", MEMBER),
    // Empty without a session: all pages load it.
    Row("list_refusals", "", EVERYBODY),
    Row("list_notices", "", MEMBER),
    Row("dismiss_notice", "id={notice}", KEYS),
    Row("set_spend_cap", "cap={cap}&confirm=yes", PLAN),
    Row("preview_plan", "plan_id={plan}", PLAN),
    Row("choose_plan", "plan_id={plan}&confirm=yes", PLAN),
    Row("billing_portal", "", PLAN),
    Row("cancel_plan", "product=platform", PLAN),
    Row("resume_plan", "product=platform", PLAN),
    // Keys.
    Row("list_keys", "environment=sandbox", MEMBER),
    Row("get_key", "id={key}", MEMBER),
    Row("key_scope_use", "id={key}", MEMBER),
    Row("key_recent_calls", "id={key}", MEMBER),
    // These two contain request logs.
    Row("key_handover", "id={key}", LOGS),
    Row("last_calls", "key={key}", LOGS),
    Row("create_key", "name={name}&environment=sandbox&scopes%5B%5D=customers%3Aread", KEYS),
    Row("create_key", "name={name}&environment=live&scopes%5B%5D=customers%3Aread", VERIFIED_KEYS),
    Row("rotate_key", "id={key}&overlap=now", KEYS),
    Row("rotate_key", "id={live_key}&overlap=now", VERIFIED_KEYS),
    Row("update_key", "id={key}&name=Renamed", KEYS),
    Row("update_key", "id={live_key}&name=Renamed", VERIFIED_KEYS),
    Row("narrow_key", "id={key}&scopes%5B%5D=customers%3Aread", KEYS),
    Row("narrow_key", "id={live_key}&scopes%5B%5D=customers%3Aread", VERIFIED_KEYS),
    Row("enable_key", "id={key}", KEYS),
    Row("enable_key", "id={live_key}", VERIFIED_KEYS),
    // Stopping a key needs no verified address.
    Row("disable_key", "id={live_key}", KEYS),
    Row("revoke_key", "id={live_key}", KEYS),
    // Request logs and events.
    Row("list_logs", "environment=sandbox", LOGS),
    Row("get_log", "id={log}", LOGS),
    Row("list_events", "environment=sandbox", LOGS),
    Row("get_event", "environment=sandbox&id={event}", LOGS),
    // Webhooks.
    Row("list_webhook_endpoints", "environment=sandbox", LOGS),
    Row("get_webhook_endpoint", "environment=sandbox&id={endpoint}", LOGS),
    Row("list_webhook_deliveries", "environment=sandbox", LOGS),
    Row("get_webhook_delivery", "environment=sandbox&id={delivery}", LOGS),
    Row("create_webhook_endpoint", "environment=sandbox&url={url}", VERIFIED_KEYS),
    Row(
        "update_webhook_endpoint",
        "environment=sandbox&id={endpoint}&url=https%3A%2F%2Freceiver.example%2Fother",
        VERIFIED_KEYS,
    ),
    Row("enable_webhook_endpoint", "environment=sandbox&id={endpoint}", VERIFIED_KEYS),
    Row("test_webhook_endpoint", "environment=sandbox&id={endpoint}", VERIFIED_KEYS),
    Row("check_webhook_receiver", "environment=sandbox&id={endpoint}", VERIFIED_KEYS),
    Row(
        "recover_webhook_endpoint",
        "environment=sandbox&id={endpoint}&since=2026-01-01T00%3A00%3A00Z",
        VERIFIED_KEYS,
    ),
    Row(
        "replay_webhook_endpoint",
        "environment=sandbox&id={endpoint}&since=2026-01-01T00%3A00%3A00Z&until=2100-01-01T00%3A00%3A00Z",
        VERIFIED_KEYS,
    ),
    Row("retry_webhook_delivery", "environment=sandbox&id={delivery}", VERIFIED_KEYS),
    // These send no requests, so they need no verified address.
    Row("disable_webhook_endpoint", "environment=sandbox&id={endpoint}", KEYS),
    Row("delete_webhook_endpoint", "environment=sandbox&id={endpoint}", KEYS),
    Row("rotate_webhook_secret", "environment=sandbox&id={endpoint}&overlap_hours=1", KEYS),
    // Uses only the pasted text.
    Row("diagnose_webhook_signature", "secret=x&headers=&body=", SIGNED_IN),
    // Pages of operators.
    Row("admin_products", "", OPERATOR),
    Row("admin_product", "id={product}", OPERATOR),
    Row(
        "admin_update_product",
        "id={product}&name=Renamed&status=active&base_url=https%3A%2F%2Fpets.example.com&validation=off\
         &connect_timeout_ms=1000&timeout_ms=1000",
        OPERATOR,
    ),
    Row("admin_refetch_product", "id={product}", OPERATOR),
    Row("admin_signing_secrets", "id={product}", OPERATOR),
    Row("admin_rotate_signing_secret", "id={product}&overlap=now", OPERATOR),
    Row("admin_retire_product", "id={product}&on=2100-01-31", OPERATOR),
    Row("admin_remove_product", "id={product}&typed={product}", OPERATOR),
    Row("admin_product_diff", "id={product}", OPERATOR),
    Row("admin_plans", "product={product}", OPERATOR),
    Row("admin_create_plan", "product={product}&name=Robot&included=10&confirm=yes", OPERATOR),
    Row("admin_archive_plan", "plan_id={plan}", OPERATOR),
    Row("admin_revenue", "", OPERATOR),
    Row("admin_drift", "", OPERATOR),
    Row(
        "admin_try_price",
        "draft%5Bplan%5D={plan}&draft%5Bprice%5D=1&draft%5Bincluded%5D=10&draft%5Boverage%5D=&draft%5Bmonth%5D=",
        OPERATOR,
    ),
    Row("admin_tokens", "", OPERATOR),
    Row("admin_audit", "", OPERATOR),
    Row("admin_revoke_token", "id={admin_token}", OPERATOR),
    Row("log_out", "", EVERYBODY),
];

/// The boundary of multipart forms.
pub const EDGE: &str = "edge";

/// All routes of the router's source. A form that also has a server function has the same rule.
pub const ROUTES: &[Row] = &[
    Row("GET /dashboard/live", "", MEMBER),
    Row(
        "POST /dashboard/keys/new",
        "name={name}&environment=sandbox&scopes%5B%5D=customers%3Aread",
        KEYS,
    ),
    Row(
        "POST /dashboard/keys/new",
        "name={name}&environment=live&scopes%5B%5D=customers%3Aread",
        VERIFIED_KEYS,
    ),
    Row("POST /dashboard/keys/{key}/rotate", "environment=sandbox&overlap=now", KEYS),
    Row("POST /dashboard/keys/{live_key}/rotate", "environment=live&overlap=now", VERIFIED_KEYS),
    Row("POST /dashboard/webhooks/new", "environment=sandbox&url={url}", VERIFIED_KEYS),
    Row("POST /dashboard/webhooks/debug", "secret=x&headers=&body=", SIGNED_IN),
    Row("POST /dashboard/webhooks/{endpoint}/rotate", "environment=sandbox&overlap_hours=1", KEYS),
    Row("POST /dashboard/webhooks/{endpoint}/check", "environment=sandbox", VERIFIED_KEYS),
    Row(
        "POST /admin/products/new",
        "--edge\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n{new_product}\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"document\"\r\n\r\n{document}\r\n--edge--\r\n",
        OPERATOR,
    ),
    Row(
        "POST /admin/products/{product}/document",
        "--edge\r\nContent-Disposition: form-data; name=\"document\"\r\n\r\n{document}\r\n--edge--\r\n",
        OPERATOR,
    ),
    Row("POST /admin/tokens", "name={name}", OPERATOR),
    // For programs: Stripe signs its requests, and anybody may report a key.
    Row("POST /webhooks/stripe", "{}", EVERYBODY),
    Row("POST /leaked-keys", "{}", EVERYBODY),
];
