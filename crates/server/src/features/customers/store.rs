//! SQL for customers. Every finder takes the organisation and the environment.

use sqlx::{query, query_as};
use tollgate_types::customer::Customer;
use tollgate_types::environment::Environment;
use tollgate_types::id::{CustomerId, OrgId};
use tollgate_types::time::Timestamp;

use crate::Result;
use crate::db::{Db, Tx, in_tx, on};

#[derive(sqlx::FromRow)]
struct CustomerRow {
    id: String,
    environment: String,
    name: String,
    email: Option<String>,
    description: Option<String>,
    metadata: String,
    created_at: i64,
    updated_at: i64,
}

/// The columns that are read.
macro_rules! customer {
    ($of:literal) => {
        $crate::db::columns!($of: id, environment, name, email, description, metadata, created_at, updated_at)
    };
}

impl CustomerRow {
    fn read(self) -> Result<Customer> {
        Ok(Customer {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            environment: self.environment.parse().map_err(anyhow::Error::from)?,
            name: self.name,
            email: self.email,
            description: self.description,
            metadata: serde_json::from_str(&self.metadata)?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        })
    }
}

pub async fn insert(tx: &mut Tx, org: &OrgId, customer: &Customer) -> Result<()> {
    let metadata = serde_json::to_string(&customer.metadata)?;
    in_tx!(tx, |c| {
        query(
        "insert into customers (id, org_id, environment, name, email, description, metadata, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    )
    .bind(customer.id.as_str())
    .bind(org.as_str())
    .bind(customer.environment.as_str())
    .bind(&customer.name)
    .bind(&customer.email)
    .bind(&customer.description)
    .bind(&metadata)
    .bind(customer.created_at.0)
    .bind(customer.updated_at.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub async fn list(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    before: Option<&CustomerId>,
    limit: i64,
) -> Result<Vec<Customer>> {
    let rows: Vec<CustomerRow> = on!(db, |c| {
        query_as(concat!(
            "select ",
            customer!("customers"),
            " from customers where org_id = $1 and environment = $2 and (cast($3 as text) is null or id < $3) order by id desc limit $4"
        ))
        .bind(org.as_str())
        .bind(environment.as_str())
        .bind(before.map(CustomerId::as_str))
        .bind(limit)
        .fetch_all(c)
        .await
    })?;
    rows.into_iter().map(CustomerRow::read).collect()
}

pub async fn find(
    db: &Db,
    org: &OrgId,
    environment: Environment,
    id: &CustomerId,
) -> Result<Option<Customer>> {
    let row: Option<CustomerRow> = on!(db, |c| query_as(concat!(
        "select ",
        customer!("customers"),
        " from customers where org_id = $1 and environment = $2 and id = $3"
    ))
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(id.as_str())
    .fetch_optional(c)
    .await)?;
    row.map(CustomerRow::read).transpose()
}

/// Like [`find`], inside a transaction that will change the row: touching it locks it.
pub async fn find_for_update(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    id: &CustomerId,
) -> Result<Option<Customer>> {
    let row: Option<CustomerRow> = in_tx!(tx, |c| {
        query_as(concat!(
        "update customers set updated_at = updated_at where org_id = $1 and environment = $2 and id = $3 returning ",
        customer!("customers")
    ))
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(id.as_str())
    .fetch_optional(c)
    .await
    })?;
    row.map(CustomerRow::read).transpose()
}

pub async fn update(tx: &mut Tx, org: &OrgId, customer: &Customer) -> Result<()> {
    let metadata = serde_json::to_string(&customer.metadata)?;
    in_tx!(tx, |c| {
        query(
        "update customers set name = $4, email = $5, description = $6, metadata = $7, updated_at = $8
         where org_id = $1 and environment = $2 and id = $3"
    )
    .bind(org.as_str())
    .bind(customer.environment.as_str())
    .bind(customer.id.as_str())
    .bind(&customer.name)
    .bind(&customer.email)
    .bind(&customer.description)
    .bind(&metadata)
    .bind(customer.updated_at.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Deletes the customer, if there is one.
pub async fn delete(
    tx: &mut Tx,
    org: &OrgId,
    environment: Environment,
    id: &CustomerId,
) -> Result<()> {
    in_tx!(tx, |c| query(
        "delete from customers where org_id = $1 and environment = $2 and id = $3"
    )
    .bind(org.as_str())
    .bind(environment.as_str())
    .bind(id.as_str())
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
