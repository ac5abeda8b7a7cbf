//! Customers of an organisation, separate for each environment.

mod cache;
mod store;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use tollgate_types::customer::Customer;
use tollgate_types::environment::Environment;
use tollgate_types::error::FieldError;
use tollgate_types::event::EventType;
use tollgate_types::id::CustomerId;
use tollgate_types::page::Page;
use tollgate_types::patch::present;
use tollgate_types::time::Timestamp;

pub use cache::CustomerCache;

use crate::access::{Permit, ReadCustomers, WriteCustomers};
use crate::db::{Change, Db};
use crate::webhooks::events::{self, About};
use crate::{Error, Result, random};

const MAX_METADATA: usize = 50;

/// A customer to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// Name of the customer, 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, example = "Ada Lovelace")]
    name: String,
    /// E-mail address of the customer, up to 254 characters. Absent or null: none.
    #[serde(default)]
    #[schema(max_length = 254, format = Email, example = "ada@example.com")]
    email: Option<String>,
    /// Your description of the customer, up to 1,000 characters. Absent or null: none.
    #[serde(default)]
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// Your own key-value pairs: up to 50 pairs, keys of 1 to 40 characters, values of up to 500
    /// characters. Default: empty.
    #[serde(default)]
    #[schema(example = json!({"plan": "gold"}))]
    metadata: BTreeMap<String, String>,
}

/// Changes to a customer. Absent fields keep their values.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CustomerUpdate {
    /// New name, 1 to 200 characters. Absent or null: unchanged.
    #[schema(min_length = 1, max_length = 200, example = "Ada King")]
    name: Option<String>,
    /// New e-mail address, up to 254 characters. Null removes it. Absent: unchanged.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 254, format = Email)]
    email: Option<Option<String>>,
    /// New description, up to 1,000 characters. Null removes it. Absent: unchanged.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 1000)]
    description: Option<Option<String>>,
    /// New metadata, which replaces all existing pairs: up to 50 pairs, keys of 1 to 40 characters,
    /// values of up to 500 characters. An empty object removes all pairs. Absent or null:
    /// unchanged.
    metadata: Option<BTreeMap<String, String>>,
}

pub async fn create(
    db: &Db,
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
    let mut tx = db.begin().await?;
    store::insert(&mut tx, &permit.org, &customer).await?;
    events::record(
        &mut tx,
        About::act(permit, environment),
        EventType::CustomerCreated,
        &customer,
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(customer)
}

pub async fn list(
    db: &Db,
    permit: &Permit<ReadCustomers>,
    environment: Environment,
    cursor: Option<&CustomerId>,
    limit: i64,
) -> Result<Page<Customer>> {
    let customers = store::list(db, &permit.org, environment, cursor, limit + 1).await?;
    Ok(Page::from_rows(customers, limit, |customer| customer.id.to_string()))
}

/// A customer as JSON, from the cache if it is certainly current.
pub async fn get_json(
    db: &Db,
    cache: &CustomerCache,
    permit: &Permit<ReadCustomers>,
    environment: Environment,
    id: &CustomerId,
) -> Result<Bytes> {
    if let Some(json) = cache.get(id, &permit.org, environment) {
        return Ok(json);
    }
    // Boxed: rarely needed state must not make the future of every call larger, because futures are
    // copied.
    Box::pin(read_json(db, cache, permit, environment, id)).await
}

async fn read_json(
    db: &Db,
    cache: &CustomerCache,
    permit: &Permit<ReadCustomers>,
    environment: Environment,
    id: &CustomerId,
) -> Result<Bytes> {
    let epoch = cache.epoch();
    let found = store::find(db, &permit.org, environment, id).await?;
    let customer = found.ok_or_else(|| Error::not_found("customer"))?;
    let json = Bytes::from(serde_json::to_vec(&customer)?);
    cache.keep(epoch, id, &permit.org, environment, &json);
    Ok(json)
}

pub async fn update(
    db: &Db,
    permit: &Permit<WriteCustomers>,
    environment: Environment,
    id: &CustomerId,
    update: CustomerUpdate,
    now: Timestamp,
) -> Result<Customer> {
    let mut tx = db.begin().await?;
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
    events::record(
        &mut tx,
        About::act(permit, environment),
        EventType::CustomerUpdated,
        &customer,
        now,
    )
    .await?;
    tx.announce(Change::Customer(id.to_string()));
    tx.commit().await?;
    Ok(customer)
}

pub async fn delete(
    db: &Db,
    permit: &Permit<WriteCustomers>,
    environment: Environment,
    id: &CustomerId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let found = store::find_for_update(&mut tx, &permit.org, environment, id).await?;
    let customer = found.ok_or_else(|| Error::not_found("customer"))?;
    store::delete(&mut tx, &permit.org, environment, id).await?;
    events::record(
        &mut tx,
        About::act(permit, environment),
        EventType::CustomerDeleted,
        &customer,
        now,
    )
    .await?;
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
    require(
        (1..=200).contains(&length(&customer.name)),
        "name",
        "invalid_length",
        "The name must have 1 to 200 characters.",
    );
    if let Some(email) = &customer.email {
        let is_address = length(email) <= 254 && email.parse::<lettre::Address>().is_ok();
        require(is_address, "email", "invalid_format", "That is not an e-mail address.");
    }
    if let Some(description) = &customer.description {
        require(
            length(description) <= 1000,
            "description",
            "invalid_length",
            "The description may have at most 1000 characters.",
        );
    }
    require(
        customer.metadata.len() <= MAX_METADATA,
        "metadata",
        "too_many",
        "The metadata may have at most 50 pairs.",
    );
    for (key, value) in customer.metadata.iter().take(MAX_METADATA) {
        let fits = (1..=40).contains(&length(key)) && length(value) <= 500;
        require(
            fits,
            &format!("metadata.{key}"),
            "invalid_length",
            "Metadata keys must have 1 to 40 characters, and values at most 500.",
        );
    }
    // PostgreSQL cannot store the character U+0000.
    let texts = [Some(&customer.name), customer.email.as_ref(), customer.description.as_ref()]
        .into_iter()
        .flatten();
    let pairs = customer.metadata.iter().flat_map(|(key, value)| [key, value]);
    require(
        !texts.chain(pairs).any(|text| text.contains('\0')),
        "",
        "invalid_character",
        "Texts must not contain the character U+0000.",
    );
    if errors.is_empty() { Ok(()) } else { Err(Error::fields(errors)) }
}
