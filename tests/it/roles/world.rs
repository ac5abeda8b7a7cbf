//! Two organisations, all kinds of callers, and one object of each kind in organisation A.

mod objects;

use serde_json::Value;
use tollgate::server::access::Actor;
use tollgate::server::accounts;
use tollgate::server::notices::{self, Notice};
use tollgate::types::environment::Environment;
use tollgate::types::id::{OrgId, UserId};
use tollgate::types::role::Role;

use crate::admin_tokens::operator;
use crate::support::{PASSWORD, Portal, TestDb, Visitor};

pub use self::objects::{Catalogue, Objects, admin_token};
use self::objects::{DOCUMENT, missing_id};

/// Rate limits that the tests never reach.
const OPEN: [&str; 12] = [
    "--limit-key",
    "1000000/1",
    "--limit-org",
    "1000000/1",
    "--limit-ip",
    "1000000/1",
    "--limit-operation",
    "1000000/1",
    "--limit-failed-auth",
    "1000000/1",
    "--limit-login",
    "1000000/1",
];

pub async fn portal(db: &TestDb) -> Portal {
    Portal::with_flags(db, &OPEN).await
}

/// Somebody who sends a form.
pub struct Caller {
    pub name: &'static str,
    /// None if not signed in.
    pub cookie: Option<String>,
    /// Role in organisation A. None for other people, who own another organisation.
    pub role: Option<Role>,
    pub is_verified: bool,
    pub is_operator: bool,
}

/// Values of the table's placeholders.
pub type Values = Vec<(&'static str, String)>;

/// Placeholders of ids of objects that belong to organisation A.
pub const OF_A: [&str; 11] = [
    "org",
    "member",
    "invitation",
    "notice",
    "plan",
    "key",
    "live_key",
    "endpoint",
    "event",
    "delivery",
    "log",
];

pub struct World {
    pub callers: Vec<Caller>,
    pub values: Values,
}

impl World {
    pub async fn new(portal: &Portal, db: &TestDb) -> Self {
        let mut owner = Visitor::verified(portal, "olga").await;
        let me = Visitor::value(&owner.submit("me", &[]).await);
        let org: OrgId = text(&me["org"]["id"]).parse().expect("an id");
        let mut callers = vec![Caller {
            name: "anonymous",
            cookie: None,
            role: None,
            is_verified: false,
            is_operator: false,
        }];
        for (name, role) in [
            ("vera", Role::Viewer),
            ("bill", Role::Billing),
            ("dora", Role::Developer),
            ("adam", Role::Admin),
        ] {
            callers.push(caller(
                role.as_str(),
                invited(portal, &mut owner, name, role).await,
                Some(role),
                true,
            ));
        }
        let unverified = unverified(portal, &org).await;
        callers.push(caller(
            "an admin without a verified address",
            unverified,
            Some(Role::Admin),
            false,
        ));
        callers.push(caller(
            "the owner of another organisation",
            Visitor::verified(portal, "bob").await,
            None,
            true,
        ));
        let operator = operator(portal, db).await;
        db.execute("update users set email_verified_at = created_at where is_operator").await;
        callers.push(Caller { is_operator: true, ..caller("an operator", operator, None, true) });

        let a = portal.with_keys(org.clone()).await;
        let [sandbox, live] = [
            Objects::new(portal, &a, Environment::Sandbox).await,
            Objects::new(portal, &a, Environment::Live).await,
        ];
        let catalogue = Catalogue::new(portal, &org).await;
        let invite = [("email", "grace@example.com"), ("role", "viewer")];
        assert_eq!(owner.submit("invite", &invite).await.status, 200);
        let values = vec![
            ("org", org.to_string()),
            ("member", text(&me["user_id"])),
            ("session", text(&Visitor::value(&owner.submit("list_sessions", &[]).await)[0]["id"])),
            (
                "invitation",
                one(db, "select id from invitations where email = 'grace@example.com'").await,
            ),
            ("token", owner.mailed_token("grace@example.com").await),
            ("notice", notice(portal, db, &org).await),
            ("plan", catalogue.plan),
            ("product", catalogue.product),
            ("admin_token", catalogue.admin_token),
            ("key", sandbox.key),
            ("live_key", live.key),
            ("endpoint", sandbox.endpoint),
            ("event", sandbox.event),
            ("delivery", sandbox.delivery),
            ("log", sandbox.log),
            // Valid fields, so that a form that is not refused has an effect.
            ("name", "Robot".into()),
            ("email", "newcomer@example.com".into()),
            ("url", "https://receiver.example/new".into()),
            ("cap", "12".into()),
            ("new_product", "birds".into()),
            ("document", DOCUMENT.into()),
        ];
        callers.push(caller("owner", owner, Some(Role::Owner), true));
        Self { callers, values }
    }

    /// Ids of objects that do not exist, and invalid fields, so that an allowed form changes
    /// nothing.
    pub fn missing() -> Values {
        let ids = [
            ("org", "org"),
            ("member", "usr"),
            ("session", "ses"),
            ("invitation", "inv"),
            ("notice", "not"),
            ("plan", "plan"),
            ("admin_token", "adm"),
            ("key", "key"),
            ("live_key", "key"),
            ("endpoint", "ep"),
            ("event", "evt"),
            ("delivery", "dlv"),
            ("log", "req"),
        ];
        let fields = [
            ("token", "x"),
            ("product", "nothing"),
            ("name", ""),
            ("email", "nobody"),
            ("url", "nothing"),
            ("cap", "much"),
            ("new_product", ""),
            ("document", "no document"),
        ];
        let ids = ids.map(|(name, prefix)| (name, missing_id(prefix)));
        ids.into_iter().chain(fields.map(|(name, value)| (name, value.to_owned()))).collect()
    }
}

fn caller(
    name: &'static str,
    visitor: Visitor<'_>,
    role: Option<Role>,
    is_verified: bool,
) -> Caller {
    Caller { name, cookie: visitor.cookie, role, is_verified, is_operator: false }
}

/// A person who joins the owner's organisation by invitation, which also verifies the address.
async fn invited<'a>(
    portal: &'a Portal,
    owner: &mut Visitor<'_>,
    name: &str,
    role: Role,
) -> Visitor<'a> {
    let email = format!("{name}@example.com");
    assert_eq!(
        owner.submit("invite", &[("email", &email), ("role", role.as_str())]).await.status,
        200
    );
    let token = owner.mailed_token(&email).await;
    let mut visitor = Visitor::new(portal);
    let fields = [
        ("name", name),
        ("email", &email),
        ("password", PASSWORD),
        ("org_name", ""),
        ("invitation", &token),
    ];
    let response = visitor.submit("sign_up", &fields).await;
    assert_eq!(response.status, 200, "{}", response.text);
    visitor
}

/// An admin of the organisation whose address is not verified, so not invited.
async fn unverified<'a>(portal: &'a Portal, org: &OrgId) -> Visitor<'a> {
    let mut visitor = Visitor::signed_up(portal, "una").await;
    let me = Visitor::value(&visitor.submit("me", &[]).await);
    let user: UserId = text(&me["user_id"]).parse().expect("an id");
    let joined = accounts::add_member(
        &portal.app.db,
        org,
        &user,
        Role::Admin,
        &Actor::command_line(),
        portal.now(),
    )
    .await;
    joined.expect("a member");
    assert_eq!(visitor.submit("switch_org", &[("org_id", org.as_str())]).await.status, 200);
    visitor
}

async fn notice(portal: &Portal, db: &TestDb, org: &OrgId) -> String {
    let notice = Notice {
        kind: "test",
        subject: "test",
        title: "A notice".into(),
        body: "Text".into(),
        link: "/dashboard".into(),
    };
    let mut tx = portal.app.db.begin().await.expect("begins");
    notices::write(&mut tx, org, &notice, portal.now()).await.expect("writes");
    tx.commit().await.expect("commits");
    one(db, "select id from notices").await
}

/// Everything that a call could change. Columns that background jobs write, such as those of
/// delivery attempts, are left out.
pub async fn snapshot(db: &TestDb) -> Vec<String> {
    const QUERIES: [&str; 17] = [
        "select 'user ' || id || ' ' || name || ' ' || email || ' ' || password_hash from users order by id",
        "select 'organisation ' || id || ' ' || name from orgs order by id",
        "select 'member ' || org_id || ' ' || user_id || ' ' || role from members order by org_id, user_id",
        "select 'invitation ' || id || ' ' || coalesce(cast(accepted_at as text), cast(revoked_at as text), 'open') from invitations order by id",
        "select 'session ' || id || ' ' || coalesce(org_id, '') from sessions order by id",
        "select 'link ' || user_id || ' ' || purpose || ' ' || coalesce(cast(used_at as text), 'unused') from one_time_tokens order by user_id, purpose",
        "select 'key ' || id || ' ' || name || ' ' || scopes || ' ' || coalesce(cast(disabled_at as text), '-') || ' ' || coalesce(cast(revoked_at as text), '-') || ' ' || coalesce(rotated_to, '-') from keys order by id",
        "select 'customer ' || id || ' ' || name from customers order by id",
        "select 'event ' || id from events order by id",
        "select 'endpoint ' || id || ' ' || url || ' ' || state || ' ' || coalesce(cast(old_secret_until as text), '-') from webhook_endpoints order by id",
        "select 'delivery ' || id from webhook_deliveries order by id",
        "select 'mail ' || id || ' ' || recipient from mails order by id",
        "select 'notice ' || id || ' ' || coalesce(cast(read_at as text), 'unread') from notices order by id",
        "select 'product ' || id || ' ' || name || ' ' || coalesce(cast(retires_at as text), '-') from products order by id",
        "select 'plan ' || id || ' ' || coalesce(cast(archived_at as text), 'offered') from plans order by id",
        "select 'token ' || id || ' ' || coalesce(cast(revoked_at as text), 'works') from admin_tokens order by id",
        // Also shows changes of tables that are not listed.
        "select 'entry ' || id || ' ' || action || ' ' || target_id from audit_entries order by id",
    ];
    let mut all = Vec::new();
    for query in QUERIES {
        all.extend(db.texts(query).await);
    }
    all
}

async fn one(db: &TestDb, query: &'static str) -> String {
    db.texts(query).await.pop().expect("one")
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}
