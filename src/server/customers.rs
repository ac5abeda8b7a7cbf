//! Customers of an organisation, apart for each environment.

mod cache;
mod store;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;

pub use cache::CustomerCache;

use super::access::{Permit, ReadCustomers, WriteCustomers};
use super::db::Change;
use super::events::{self, About};
use super::{App, Error, Result, random};
use crate::types::customer::Customer;
use crate::types::environment::Environment;
use crate::types::error::FieldError;
use crate::types::event::EventType;
use crate::types::id::CustomerId;
use crate::types::page::Page;
use crate::types::patch::present;
use crate::types::time::Timestamp;

const MAX_METADATA: usize = 50;

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, example = "Ada Lovelace")]
    name: String,
    #[serde(default)]
    #[schema(max_length = 254, format = Email, example = "ada@example.com")]
    email: Option<String>,
    /// Up to 1000 characters.
    #[serde(default)]
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// Up to 50 pairs of your own; keys up to 40 characters, values up to 500.
    #[serde(default)]
    #[schema(example = json!({"plan": "gold"}))]
    metadata: BTreeMap<String, String>,
}

/// What is to be changed. Absent fields stay; null empties.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CustomerUpdate {
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, example = "Ada King")]
    name: Option<String>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 254, format = Email)]
    email: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 1000)]
    description: Option<Option<String>>,
    /// Takes the place of all metadata there is.
    metadata: Option<BTreeMap<String, String>>,
}

pub async fn create(
    app: &App,
    permit: &Permit<WriteCustomers>,
    environment: Environment,
    new: NewCustomer,
    now: Timestamp,
) -> Result<Customer> {
    let customer = Customer {
        id: random::id(),
        environment,
        name: new.name.trim().to_owned(),
        email: new.email,
        description: new.description,
        metadata: new.metadata,
        created_at: now,
        updated_at: now,
    };
    check(&customer)?;
    let mut tx = app.db.begin().await?;
    store::insert(&mut tx, &permit.org, &customer).await?;
    events::record(&mut tx, About::act(permit, environment), EventType::CustomerCreated, &customer, now).await?;
    tx.commit().await?;
    Ok(customer)
}

pub async fn list(
    app: &App,
    permit: &Permit<ReadCustomers>,
    environment: Environment,
    cursor: Option<&CustomerId>,
    limit: i64,
) -> Result<Page<Customer>> {
    let customers = store::list(&app.db, &permit.org, environment, cursor, limit + 1).await?;
    Ok(Page::from_rows(customers, limit, |customer| customer.id.to_string()))
}

/// A customer as JSON, from memory where that is certain to be true.
pub async fn get_json(app: &App, permit: &Permit<ReadCustomers>, environment: Environment, id: &CustomerId) -> Result<Bytes> {
    if let Some(json) = app.customers.get(id, &permit.org, environment) {
        return Ok(json);
    }
    // Boxed, as what is seldom needed must not make every call's future larger: they are copied.
    Box::pin(read_json(app, permit, environment, id)).await
}

async fn read_json(app: &App, permit: &Permit<ReadCustomers>, environment: Environment, id: &CustomerId) -> Result<Bytes> {
    let epoch = app.customers.epoch();
    let found = store::find(&app.db, &permit.org, environment, id).await?;
    let customer = found.ok_or_else(|| Error::not_found("customer"))?;
    let json = Bytes::from(serde_json::to_vec(&customer)?);
    app.customers.keep(epoch, id, &permit.org, environment, &json);
    Ok(json)
}

pub async fn update(
    app: &App,
    permit: &Permit<WriteCustomers>,
    environment: Environment,
    id: &CustomerId,
    update: CustomerUpdate,
    now: Timestamp,
) -> Result<Customer> {
    let mut tx = app.db.begin().await?;
    let found = store::find_for_update(&mut tx, &permit.org, environment, id).await?;
    let mut customer = found.ok_or_else(|| Error::not_found("customer"))?;
    if let Some(name) = update.name {
        customer.name = name.trim().to_owned();
    }
    if let Some(email) = update.email {
        customer.email = email;
    }
    if let Some(description) = update.description {
        customer.description = description;
    }
    if let Some(metadata) = update.metadata {
        customer.metadata = metadata;
    }
    customer.updated_at = now;
    check(&customer)?;
    store::update(&mut tx, &permit.org, &customer).await?;
    events::record(&mut tx, About::act(permit, environment), EventType::CustomerUpdated, &customer, now).await?;
    tx.announce(Change::Customer(id.to_string()));
    tx.commit().await?;
    Ok(customer)
}

pub async fn delete(app: &App, permit: &Permit<WriteCustomers>, environment: Environment, id: &CustomerId, now: Timestamp) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let found = store::find_for_update(&mut tx, &permit.org, environment, id).await?;
    let customer = found.ok_or_else(|| Error::not_found("customer"))?;
    store::delete(&mut tx, &permit.org, environment, id).await?;
    events::record(&mut tx, About::act(permit, environment), EventType::CustomerDeleted, &customer, now).await?;
    tx.announce(Change::Customer(id.to_string()));
    tx.commit().await
}

fn check(customer: &Customer) -> Result<()> {
    let mut errors = Vec::new();
    let mut require = |holds: bool, location: &str, code: &str, message: &str| {
        if !holds {
            errors.push(FieldError::new(format!("body.{location}"), code, message));
        }
    };
    let length = |text: &str| text.chars().count();
    require((1..=200).contains(&length(&customer.name)), "name", "invalid_length", "The name must have 1 to 200 characters.");
    if let Some(email) = &customer.email {
        let is_address = length(email) <= 254 && email.parse::<lettre::Address>().is_ok();
        require(is_address, "email", "invalid_format", "That is not an e-mail address.");
    }
    if let Some(description) = &customer.description {
        require(length(description) <= 1000, "description", "invalid_length", "The description may have 1000 characters.");
    }
    require(customer.metadata.len() <= MAX_METADATA, "metadata", "too_many", "At most 50 pairs of metadata.");
    for (key, value) in customer.metadata.iter().take(MAX_METADATA) {
        let fits = (1..=40).contains(&length(key)) && length(value) <= 500;
        require(fits, &format!("metadata.{key}"), "invalid_length", "Keys have 1 to 40 characters, values at most 500.");
    }
    // PostgreSQL cannot store the character zero.
    let texts = [Some(&customer.name), customer.email.as_ref(), customer.description.as_ref()].into_iter().flatten();
    let pairs = customer.metadata.iter().flat_map(|(key, value)| [key, value]);
    require(!texts.chain(pairs).any(|text| text.contains('\0')), "", "invalid_character", "Texts must not contain the character U+0000.");
    if errors.is_empty() { Ok(()) } else { Err(Error::fields(errors)) }
}
