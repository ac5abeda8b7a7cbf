//! A portal in which every user-provided text is an injection attempt.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::access::{ManageKeys, Operator, Permit};
use tollgate::server::keys;
use tollgate::server::products::{self, Registration};
use tollgate::types::environment::Environment;
use tollgate::types::key::NewKey;

use super::VARIANTS;
use crate::admin_tokens::operator;
use crate::support::{Portal, Receiver, Reply, TestDb, Visitor, eventually};
use crate::webhooks;

pub async fn portal(db: &TestDb) -> Portal {
    webhooks::portal(db).await
}

/// A document whose every text is one of the variants.
fn document(payload: &str) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": payload, "version": payload, "description": payload, "summary": payload,
            "contact": { "name": payload, "url": "javascript:alert(1)", "email": payload }, "license": { "name": payload, "url": "javascript:alert(1)" },
            "termsOfService": "javascript:alert(1)",
        },
        "externalDocs": { "url": "javascript:alert(1)", "description": payload },
        "tags": [{ "name": payload, "description": payload, "externalDocs": { "url": "javascript:alert(1)", "description": payload } }],
        "paths": { "/things/{id}": { "post": {
            "operationId": format!("send{payload}"), "summary": payload, "description": payload, "tags": [payload],
            "deprecated": true, "externalDocs": { "url": "javascript:alert(1)", "description": payload },
            "parameters": [
                { "name": "id", "in": "path", "required": true, "description": payload, "schema": { "type": "string" }, "example": payload },
                { "name": payload, "in": "query", "description": payload, "schema": { "type": "string", "enum": [payload, "b"], "default": payload } },
                { "name": "X-Text", "in": "header", "description": payload, "schema": { "type": "string", "format": payload, "title": payload } },
            ],
            "requestBody": { "description": payload, "required": true, "content": {
                "application/json": { "schema": { "$ref": "#/components/schemas/Thing" }, "example": { "name": payload, payload: { "a": payload } } },
                "application/xml": { "schema": { "type": "string" }, "example": payload },
                "text/plain": { "schema": { "type": "string" }, "example": payload },
            } },
            "responses": {
                "201": { "description": payload, "headers": { "X-Made": { "description": payload, "schema": { "type": "string" } } },
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" }, "examples": { "one": { "summary": payload, "value": { "name": payload } } } } } },
                "422": { "description": payload, "content": { "text/html": { "schema": { "type": "string" }, "example": payload } } },
            },
        } }, "/pages": { "post": {
            "operationId": "addPage",
            "requestBody": { "content": { "application/xml": { "schema": { "type": "string" }, "example": payload } } },
            "responses": { "201": { "description": payload } },
        } }, "/notes": { "post": {
            "operationId": "addNote",
            "requestBody": { "content": { "text/plain": { "schema": { "type": "string" }, "example": payload } } },
            "responses": { "201": { "description": payload } },
        } } },
        "components": { "schemas": { "Thing": { "type": "object", "title": payload, "description": payload, "required": [payload], "properties": {
            "name": { "type": "string", "description": payload, "title": payload, "enum": [payload], "default": payload, "examples": [payload], "const": payload },
            payload: { "type": "object", "description": payload, "additionalProperties": { "type": "string", "description": payload } },
        } } } },
    })
}

/// Two versions each, so that there is something to compare.
async fn products(portal: &Portal) {
    for (place, payload) in VARIANTS.iter().enumerate() {
        let mut older = document(payload);
        for version in 0..2 {
            let wanted = Registration {
                document: Some(older.to_string().into_bytes()),
                base_url: Some("https://upstream.example".into()),
                category: Some((*payload).to_owned()),
                tags: Some(vec![(*payload).to_owned()]),
                ..Registration::default()
            };
            let id = format!("evil-{place}").parse().expect("an id");
            products::publish(
                &portal.app.db,
                &portal.app.config,
                &Operator::command_line(),
                &id,
                wanted,
                portal.now(),
            )
            .await
            .expect("registers");
            older["info"]["version"] = json!(format!("{version}{payload}"));
            older["paths"]["/things/{id}"]["post"]["parameters"][1]["required"] = json!(true);
        }
    }
}

/// The texts of an organisation: keys, customers, calls, endpoints, deliveries, events, plans and
/// tokens.
pub async fn filled<'a>(portal: &'a Portal, db: &TestDb) -> Visitor<'a> {
    products(portal).await;
    let mut visitor = operator(portal, db).await;
    // Only people with a verified address may have webhooks sent, or invite others.
    db.execute("update users set email_verified_at = created_at").await;
    let id = Visitor::value(&visitor.submit("me", &[]).await)["org"]["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("an id");
    let org = portal.with_keys(id).await;
    let receiver = Receiver::start().await;
    receiver.reply(Reply::Text(500, VARIANTS.concat()));
    for payload in VARIANTS {
        visitor.submit("rename_org", &[("name", payload)]).await;
        visitor.submit("update_profile", &[("name", payload)]).await;
        visitor
            .submit(
                "invite",
                &[("email", &format!("ada+{}@example.com", payload.len())), ("role", "viewer")],
            )
            .await;
        let permit = Permit::<ManageKeys>::for_command_line(org.id.clone());
        let new = NewKey {
            name: payload.into(),
            environment: Environment::Sandbox,
            scopes: vec!["customers:read".into()],
            ..NewKey::default()
        };
        keys::create_key(&portal.app.db, &permit, new, portal.now()).await.expect("a key");
        let customer =
            json!({ "name": payload, "description": payload, "metadata": { "a": payload } });
        assert_eq!(portal.post(&org.sandbox, "/v1/customers", &customer).await.status, 201);
        let endpoint = json!({ "url": format!("{}?{}", receiver.url, super::encoded(payload)), "description": payload, "headers": { "X-A": "b" } });
        assert_eq!(portal.post(&org.sandbox, "/v1/webhook-endpoints", &endpoint).await.status, 201);
        let event =
            json!({ "type": "invoice.approved", "data": { "a": payload, payload: [payload] } });
        assert_eq!(portal.post(&org.sandbox, "/v1/events", &event).await.status, 201);
        let call = portal
            .request(Method::GET, &format!("/v1/customers/{0}?{0}={0}", super::encoded(payload)));
        portal.send(call.bearer_auth(&org.sandbox.key).header("user-agent", payload)).await;
        let plan = [
            ("product", "evil-0"),
            ("name", payload),
            ("currency", "usd"),
            ("price", "4.99"),
            ("included", "1000"),
        ];
        visitor.submit("admin_create_plan", &plan).await;
    }
    eventually("a delivery whose answer is kept", || async {
        let tried = db.texts("select id from webhook_deliveries where attempts > 0").await;
        (!tried.is_empty()).then_some(())
    })
    .await;
    let log = eventually("a call in the log", || async {
        let page = portal.send(visitor.request("/dashboard/logs")).await;
        page.text.contains("/dashboard/logs/req_").then_some(())
    });
    log.await;
    visitor
}
