//! Plans as Stripe has them: a Product for each plan of a product, with a licensed Price for the month and a metered,
//! graduated Price on the product's Billing Meter for the units. Each step first looks for what an earlier one made.

use std::collections::HashMap;

use stripe_billing::BillingMeterStatus;
use stripe_billing::billing_meter::{
    CreateBillingMeter, CreateBillingMeterCustomerMapping, CreateBillingMeterCustomerMappingType, CreateBillingMeterDefaultAggregation,
    CreateBillingMeterDefaultAggregationFormula, CreateBillingMeterValueSettings, ListBillingMeter,
};
use stripe_product::price::{
    CreatePrice, CreatePriceRecurring, CreatePriceRecurringInterval, CreatePriceRecurringUsageType, CreatePriceTiers, CreatePriceTiersUpTo,
    ListPrice,
};
use stripe_product::product::{CreateProduct, RetrieveProduct};
use stripe_shared::{PriceBillingScheme, PriceTiersMode};
use stripe_types::Currency;

use super::answers::{Found, Made, Meter, Price};
use super::client::{Fault, Stripe};
use super::objects::{self, METER, PRICE_MONTH, PRICE_UNITS, PRODUCT};
use super::store;
use crate::server::db::Db;
use crate::server::{Error, Result, plans};
use crate::types::money::Tier;
use crate::types::plan::Plan;
use crate::types::time::Timestamp;

/// Pages of meters that are looked through.
const PAGES: usize = 50;

/// Makes what is missing at Stripe, of all plans that can be or are subscribed to. A plan never changes, so what is there
/// stays.
pub async fn sync(db: &Db, stripe: &Stripe, now: Timestamp) -> Result<()> {
    let mut fault = None;
    for plan in plans::all(db).await?.iter().filter(|plan| plan.is_paid()) {
        // One plan that Stripe refuses keeps no other from being sold.
        if let Err(cause) = provide(db, stripe, plan, now).await {
            tracing::warn!(plan = %plan.id, %cause, "a plan cannot be made known to the payment provider");
            fault = Some(cause);
        }
    }
    fault.map_or(Ok(()), Err)
}

/// What a plan is sold by.
pub struct Sold {
    pub month: String,
    /// None where usage costs nothing.
    pub units: Option<String>,
}

/// The plan's prices, made now if they are missing.
pub async fn provide(db: &Db, stripe: &Stripe, plan: &Plan, now: Timestamp) -> Result<Sold> {
    let known = |kind| store::objects::find(db, kind, plan.id.as_str());
    let (month, units) = (known(PRICE_MONTH).await?, known(PRICE_UNITS).await?);
    if let Some(month) = month
        && units.is_some() == objects::is_metered(plan)
    {
        return Ok(Sold { month, units });
    }
    let product = product(stripe, plan).await?;
    let print = objects::plan_fingerprint(plan);
    store::objects::save(db, (PRODUCT, plan.id.as_str()), &product, &print, now).await?;
    let month = price(stripe, plan, &product, PRICE_MONTH, |request| licensed(request, plan)).await?;
    store::objects::save(db, (PRICE_MONTH, plan.id.as_str()), &month, &print, now).await?;
    let mut units = None;
    if objects::is_metered(plan) {
        let meter = meter(db, stripe, &plan.product, now).await?;
        let made = price(stripe, plan, &product, PRICE_UNITS, |request| metered(request, plan, &meter)).await?;
        store::objects::save(db, (PRICE_UNITS, plan.id.as_str()), &made, &print, now).await?;
        units = Some(made);
    }
    Ok(Sold { month, units })
}

async fn product(stripe: &Stripe, plan: &Plan) -> Result<String> {
    let id = objects::product_id(plan);
    match stripe.get::<Made>(&RetrieveProduct::new(id.as_str())).await {
        Ok(found) => return Ok(found.id),
        Err(fault) if fault.is_not_found() => {}
        Err(fault) => return Err(fault.into()),
    }
    let metadata = HashMap::from([(objects::API.to_owned(), plan.product.clone())]);
    let request = CreateProduct::new(format!("{} {}", plan.product, plan.name)).id(id.as_str()).metadata(metadata);
    match stripe.post::<Made>(&request, &format!("{id}.make")).await {
        Ok(made) => Ok(made.id),
        Err(fault) if fault.is_taken() => Ok(id),
        Err(fault) => Err(fault.into()),
    }
}

/// The price with the plan's lookup key, which Stripe gives to one only.
async fn price(
    stripe: &Stripe,
    plan: &Plan,
    product: &str,
    kind: &str,
    complete: impl FnOnce(CreatePrice) -> CreatePrice,
) -> Result<String> {
    let key = objects::lookup_key(plan, kind);
    let find = ListPrice::new().lookup_keys(vec![key.clone()]).limit(1);
    if let Some(found) = stripe.get::<Found<Price>>(&find).await?.data.into_iter().next() {
        return Ok(found.id);
    }
    let currency: Currency = plan.currency.as_str().parse().unwrap_or_default();
    let metadata = HashMap::from([(objects::PLAN.to_owned(), plan.id.to_string()), (objects::API.to_owned(), plan.product.clone())]);
    let request = complete(CreatePrice::new(currency).product(product).lookup_key(key.as_str()).metadata(metadata));
    match stripe.post::<Made>(&request, &format!("{key}.make")).await {
        Ok(made) => Ok(made.id),
        Err(fault) if fault.is_taken() => {
            let found = stripe.get::<Found<Price>>(&find).await?.data.into_iter().next();
            Ok(found.ok_or_else(|| Error::from(fault))?.id)
        }
        Err(fault) => Err(fault.into()),
    }
}

fn licensed(request: CreatePrice, plan: &Plan) -> CreatePrice {
    let every_month = CreatePriceRecurring::new(CreatePriceRecurringInterval::Month);
    request.nickname("Month").unit_amount(plan.monthly_price.cast_signed()).recurring(every_month)
}

/// Graduated; but for a plan of one tier, of which Stripe wants two at least, one price for all units.
fn metered(request: CreatePrice, plan: &Plan, meter: &str) -> CreatePrice {
    let mut recurring = CreatePriceRecurring::new(CreatePriceRecurringInterval::Month);
    recurring.meter = Some(meter.to_owned());
    recurring.usage_type = Some(CreatePriceRecurringUsageType::Metered);
    let request = request.nickname("Units").recurring(recurring);
    match plan.prices.tiers() {
        [only] => request.unit_amount_decimal(only.unit_price.to_string()),
        tiers => {
            let tiers: Vec<CreatePriceTiers> = tiers.iter().map(tier).collect();
            request.billing_scheme(PriceBillingScheme::Tiered).tiers_mode(PriceTiersMode::Graduated).tiers(tiers)
        }
    }
}

fn tier(tier: &Tier) -> CreatePriceTiers {
    let up_to = tier.up_to.map_or(CreatePriceTiersUpTo::Inf, |end| CreatePriceTiersUpTo::I64(end.cast_signed()));
    let mut made = CreatePriceTiers::new(up_to);
    made.unit_amount_decimal = Some(tier.unit_price.to_string());
    made
}

/// The meter that counts a product's units, by Stripe's customer and in whole numbers.
async fn meter(db: &Db, stripe: &Stripe, product: &str, now: Timestamp) -> Result<String> {
    if let Some(known) = store::objects::find(db, METER, product).await? {
        return Ok(known);
    }
    let event_name = objects::event_name(product);
    let found = match find_meter(stripe, &event_name).await? {
        Some(found) => found,
        None => {
            let sum = CreateBillingMeterDefaultAggregation::new(CreateBillingMeterDefaultAggregationFormula::Sum);
            let customer = CreateBillingMeterCustomerMapping::new(objects::CUSTOMER_KEY, CreateBillingMeterCustomerMappingType::ById);
            let request = CreateBillingMeter::new(sum, format!("Units of {product}"), event_name.as_str())
                .customer_mapping(customer)
                .value_settings(CreateBillingMeterValueSettings::new(objects::VALUE_KEY));
            match stripe.post::<Made>(&request, &format!("{event_name}.make")).await {
                Ok(made) => made.id,
                Err(fault @ Fault::Refused { .. }) => find_meter(stripe, &event_name).await?.ok_or_else(|| Error::from(fault))?,
                Err(fault) => return Err(fault.into()),
            }
        }
    };
    store::objects::save(db, (METER, product), &found, &event_name, now).await?;
    Ok(found)
}

async fn find_meter(stripe: &Stripe, event_name: &str) -> Result<Option<String>> {
    let mut request = ListBillingMeter::new().status(BillingMeterStatus::Active).limit(100);
    for _ in 0..PAGES {
        let page: Found<Meter> = stripe.get(&request).await?;
        if let Some(meter) = page.data.iter().find(|meter| meter.event_name == event_name) {
            return Ok(Some(meter.id.clone()));
        }
        let Some(last) = page.data.last().filter(|_| page.has_more) else { break };
        request = ListBillingMeter::new().status(BillingMeterStatus::Active).limit(100).starting_after(last.id.as_str());
    }
    Ok(None)
}
