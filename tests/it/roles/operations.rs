//! Every operation of `/v1` and of the admin API, as their OpenAPI documents list them.

use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::{Value, json};
use tollgate::server::access::{ManageKeys, Operator, Permit};
use tollgate::server::admin;
use tollgate::server::keys::{self, KeyChange};
use tollgate::types::environment::Environment;
use tollgate::types::id::OrgId;
use tollgate::types::key::CreatedKey;
use tollgate::types::scope::PLATFORM;

use super::world::{self, Catalogue, Objects};
use super::{assert_none, is_allowed};
use crate::admin_tokens::operator;
use crate::support::{Portal, TestDb, TestResponse, Visitor, on_both};

/// Fields of a path item that are not operations.
const NO_METHODS: [&str; 4] = ["parameters", "summary", "description", "servers"];

struct Operation {
    id: String,
    method: Method,
    path: String,
    scopes: Vec<String>,
}

/// All operations of a document, each of which must require one of the security schemes, with the
/// same scopes.
async fn operations(portal: &Portal, document: &str, schemes: &[&str]) -> Vec<Operation> {
    let document = portal.send(portal.request(Method::GET, document)).await.json();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let item = item
            .as_object()
            .expect("operations")
            .iter()
            .filter(|(name, _)| !NO_METHODS.contains(&name.as_str()));
        for (method, operation) in item {
            let scopes = &operation["security"][0][schemes[0]];
            let alternatives: Vec<Value> =
                schemes.iter().map(|scheme| json!({ *scheme: scopes })).collect();
            assert_eq!(
                operation["security"],
                json!(alternatives),
                "{method} {path} does not require exactly one credential"
            );
            let scopes = scopes.as_array().expect("scopes");
            found.push(Operation {
                id: operation["operationId"].as_str().expect("an id").to_owned(),
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                scopes: scopes
                    .iter()
                    .map(|scope| scope.as_str().expect("a scope").to_owned())
                    .collect(),
            });
        }
    }
    found
}

enum Credential<'a> {
    None,
    Bearer(&'a str),
    Cookie(&'a str),
}

fn key(key: &CreatedKey) -> Credential<'_> {
    Credential::Bearer(&key.key)
}

impl Operation {
    fn has_id(&self) -> bool {
        self.path.contains('{')
    }

    /// The one scope that a key needs.
    #[track_caller]
    fn scope(&self) -> &str {
        let [scope] = &self.scopes[..] else {
            panic!("{} does not need exactly one scope: {:?}", self.id, self.scopes)
        };
        scope
    }

    /// The path with its id, which `id_after` returns for the part before it.
    fn path<'a>(&self, id_after: impl Fn(&str) -> Option<&'a str>) -> String {
        let path = self.path.replace("{revision}", "1");
        let Some((before, after)) = path.split_once("{id}") else {
            assert!(
                !path.contains('{'),
                "add the parameters of {path} to tests/it/roles/operations.rs"
            );
            return path;
        };
        let id = id_after(before)
            .unwrap_or_else(|| panic!("add the id after {before} to tests/it/roles/world.rs"));
        format!("{before}{id}{after}")
    }

    /// A body that is valid enough for the handler to look for the object.
    fn body(&self) -> Value {
        match self.id.as_str() {
            "recoverWebhookEndpoint" => json!({ "since": "2026-01-01T00:00:00Z" }),
            "replayWebhookEndpoint" => {
                json!({ "since": "2026-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z" })
            }
            _ => json!({}),
        }
    }

    async fn call(&self, portal: &Portal, credential: &Credential<'_>, path: &str) -> TestResponse {
        let mut request = portal.request(self.method.clone(), path);
        if self.method != Method::GET {
            request = request.json(&self.body());
        }
        let request = match credential {
            Credential::None => request,
            Credential::Bearer(token) => request.bearer_auth(token),
            Credential::Cookie(cookie) => request.header(COOKIE, *cookie),
        };
        portal.send(request).await
    }
}

/// A revoked or disabled key with every scope.
async fn ended_key(portal: &Portal, org: &OrgId, change: KeyChange) -> CreatedKey {
    let made = portal.key(org, Environment::Sandbox, &PLATFORM.map(|(scope, _)| scope)).await;
    let permit = Permit::<ManageKeys>::for_command_line(org.clone());
    keys::change_key(&portal.app.db, &permit, &made.view.id, change, portal.now())
        .await
        .expect("changes");
    made
}

/// For each scope, a key that has only this scope, or all other scopes.
async fn by_scope(
    portal: &Portal,
    org: &OrgId,
    has_it: bool,
) -> BTreeMap<&'static str, CreatedKey> {
    let mut made = BTreeMap::new();
    for (scope, _) in PLATFORM {
        let scopes: Vec<&str> = PLATFORM
            .iter()
            .map(|(known, _)| *known)
            .filter(|known| (*known == scope) == has_it)
            .collect();
        made.insert(scope, portal.key(org, Environment::Sandbox, &scopes).await);
    }
    made
}

async fn try_every_operation(db: &TestDb) {
    let portal = world::portal(db).await;
    let (a, b) = (portal.org("Acme").await, portal.org("Other").await);
    let sandbox = Objects::new(&portal, &a, Environment::Sandbox).await;
    let live = Objects::new(&portal, &a, Environment::Live).await;
    let (lacking, sufficient) =
        (by_scope(&portal, &a.id, false).await, by_scope(&portal, &a.id, true).await);
    let revoked = ended_key(&portal, &a.id, KeyChange::Revoke).await;
    let disabled = ended_key(&portal, &a.id, KeyChange::Disable).await;
    let operations = operations(&portal, "/v1/openapi.json", &["key", "key_header"]).await;
    assert!(operations.len() > 30, "{}", operations.len());
    let mut wrong = Vec::new();

    // Before the refused calls, because the request logs then contain their paths.
    for operation in
        operations.iter().filter(|operation| operation.method == Method::GET && !operation.has_id())
    {
        for (holder, strange) in
            [(&a.sandbox, &live), (&a.live, &sandbox), (&b.sandbox, &sandbox), (&b.live, &live)]
        {
            let response = operation.call(&portal, &key(holder), &operation.path).await;
            if response.status != 200 || strange.ids().iter().any(|id| response.text.contains(id)) {
                wrong.push(format!(
                    "{} lists objects that the key must not see: {} {}",
                    operation.id, response.status, response.text
                ));
            }
        }
    }

    let before = world::snapshot(db).await;
    for operation in &operations {
        let mut attempts = vec![
            ("no key", Credential::None, &sandbox, 401),
            ("a revoked key", key(&revoked), &sandbox, 401),
            ("a disabled key", key(&disabled), &sandbox, 401),
            ("a key without the scope", key(&lacking[operation.scope()]), &sandbox, 403),
        ];
        if operation.has_id() {
            attempts.extend([
                ("a sandbox key and a live id", key(&a.sandbox), &live, 404),
                ("a live key and a sandbox id", key(&a.live), &sandbox, 404),
                ("another organisation's sandbox key", key(&b.sandbox), &sandbox, 404),
                ("another organisation's live key", key(&b.live), &live, 404),
            ]);
        }
        for (what, credential, objects, status) in attempts {
            let path = operation.path(|before| objects.id_after(before));
            let response = operation.call(&portal, &credential, &path).await;
            if response.status != status {
                wrong.push(format!(
                    "{} with {what}: {} and not {status}: {}",
                    operation.id, response.status, response.text
                ));
            }
        }
    }
    assert_eq!(world::snapshot(db).await, before, "a refused call changed something; {wrong:?}");

    let missing = Objects::missing();
    for operation in &operations {
        let path = operation.path(|before| missing.id_after(before));
        let response = operation.call(&portal, &key(&sufficient[operation.scope()]), &path).await;
        if !is_allowed(response.status) {
            wrong.push(format!(
                "{} with a key with only its scope: {} {}",
                operation.id, response.status, response.text
            ));
        }
    }
    assert_none(&wrong);
}

async fn try_every_admin_operation(db: &TestDb) {
    let portal = world::portal(db).await;
    let org = portal.org("Acme").await;
    let catalogue = Catalogue::new(&portal, &org.id).await;
    let revoked = world::admin_token(&portal).await;
    let ended = admin::revoke_token(
        &portal.app.db,
        &Operator::command_line(),
        &revoked.view.id,
        portal.now(),
    )
    .await;
    assert!(ended.expect("revoked").revoked_at.is_some());
    let (owner, operator) =
        (Visitor::signed_up(&portal, "olga").await, operator(&portal, db).await);
    let [owner, operator] =
        [&owner, &operator].map(|visitor| visitor.cookie.as_deref().expect("a session"));
    let operations = operations(&portal, "/admin/api/v1/openapi.json", &["token"]).await;
    assert!(operations.len() > 15, "{}", operations.len());

    let before = world::snapshot(db).await;
    let mut wrong = Vec::new();
    for operation in &operations {
        for (what, credential) in [
            ("nothing", Credential::None),
            ("a key", key(&org.live)),
            ("a revoked token", Credential::Bearer(&revoked.token)),
            ("an owner's session", Credential::Cookie(owner)),
            ("an operator's session", Credential::Cookie(operator)),
        ] {
            let path = operation.path(|before| catalogue.id_after(before));
            let response = operation.call(&portal, &credential, &path).await;
            if response.status != 401 {
                wrong.push(format!(
                    "{} with {what}: {} {}",
                    operation.id, response.status, response.text
                ));
            }
        }
    }
    assert_eq!(world::snapshot(db).await, before, "a refused call changed something; {wrong:?}");

    let missing = Catalogue::missing();
    for operation in &operations {
        let path = operation.path(|before| missing.id_after(before));
        let response = operation.call(&portal, &Credential::Bearer(&catalogue.token), &path).await;
        if !is_allowed(response.status) {
            wrong.push(format!(
                "{} with a token: {} {}",
                operation.id, response.status, response.text
            ));
        }
    }
    assert_none(&wrong);
}

on_both! {
    async fn every_operation_needs_its_scope_and_finds_only_objects_of_the_keys_organisation_and_environment(db: TestDb) {
        try_every_operation(&db).await;
    }

    async fn every_operation_of_the_admin_api_needs_an_active_token(db: TestDb) {
        try_every_admin_operation(&db).await;
    }
}
