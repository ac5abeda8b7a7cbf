//! Calls to products that are refused for what the organisation has of them.

use tollgate::server::access::{Actor, Operator};
use tollgate::server::plans;
use tollgate::server::products::{self, Registration};
use tollgate::types::environment::Environment;

use crate::quota::plan;
use crate::support::{Answer, Portal};

const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "servers": [{"url": "http://127.0.0.1:9"}],
    "paths": {"/items": {"get": {"operationId": "listItems", "responses": {"200": {"description": "Items"}}}}}}"#;

pub async fn not_subscribed(portal: &Portal) -> Vec<Answer> {
    let id = "shop".parse().unwrap();
    let wanted = Registration { document: Some(DOCUMENT.into()), ..Registration::default() };
    products::register(&portal.app.db, &Operator::command_line(), &id, wanted, portal.now()).await.unwrap();
    let gold = plans::NewPlan { product: "shop".into(), ..plan("Gold", 10, None) };
    plans::create(&portal.app.db, gold, &Actor::command_line(), portal.now()).await.unwrap();
    let org = portal.org("Acme").await.id;
    let live = portal.key(&org, Environment::Live, &["shop:read"]).await;
    vec![portal.get(&live, "/api/shop/items").await]
}
