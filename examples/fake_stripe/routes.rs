//! All endpoints with their parameters.

use super::http::Endpoint;
use super::{
    account, catalog, changes, checkout, customers, events, invoices, meters, portal, preview,
    schedules, subscriptions,
};

/// The endpoint of a method and path, and the id in the path.
pub fn find(method: &str, path: &str) -> Option<(Endpoint, String)> {
    let parts: Vec<&str> = path.trim_start_matches('/').trim_end_matches('/').split('/').collect();
    let (root, rest) = parts.split_first()?;
    let (endpoint, id): (Endpoint, &str) = match (*root, method, rest) {
        ("v1", "GET", ["account"]) => ((account::NONE, account::own), ""),
        ("v1", "GET", ["accounts", id]) => ((account::NONE, account::by_id), id),

        ("v1", "POST", ["customers"]) => ((customers::WRITE, customers::create), ""),
        ("v1", "GET", ["customers"]) => ((customers::LIST, customers::list), ""),
        ("v1", "GET", ["customers", id]) => ((account::NONE, account::customer), id),
        ("v1", "POST", ["customers", id]) => ((customers::WRITE, customers::update), id),
        ("v1", "DELETE", ["customers", id]) => ((account::NONE, customers::delete), id),
        ("v1", "GET", ["payment_methods"]) => ((customers::LIST_CARDS, customers::list_cards), ""),
        ("v1", "GET", ["payment_methods", id]) => ((account::NONE, account::payment_method), id),

        ("v1", "POST", ["products"]) => ((catalog::CREATE_PRODUCT, catalog::create_product), ""),
        ("v1", "GET", ["products"]) => ((catalog::LIST_PRODUCTS, catalog::list_products), ""),
        ("v1", "GET", ["products", id]) => ((account::NONE, account::product), id),
        ("v1", "POST", ["products", id]) => {
            ((catalog::UPDATE_PRODUCT, catalog::update_product), id)
        }
        ("v1", "POST", ["prices"]) => ((catalog::CREATE_PRICE, catalog::create_price), ""),
        ("v1", "GET", ["prices"]) => ((catalog::LIST_PRICES, catalog::list_prices), ""),
        ("v1", "GET", ["prices", id]) => ((account::NONE, account::price), id),
        ("v1", "POST", ["prices", id]) => ((catalog::UPDATE_PRICE, catalog::update_price), id),

        ("v1", "POST", ["billing", "meters"]) => ((meters::CREATE, meters::create), ""),
        ("v1", "GET", ["billing", "meters"]) => ((meters::LIST, meters::list), ""),
        ("v1", "GET", ["billing", "meters", id]) => ((account::NONE, account::meter), id),
        ("v1", "POST", ["billing", "meters", id]) => ((meters::UPDATE, meters::update), id),
        ("v1", "POST", ["billing", "meters", id, "deactivate"]) => {
            ((account::NONE, meters::deactivate), id)
        }
        ("v1", "POST", ["billing", "meters", id, "reactivate"]) => {
            ((account::NONE, meters::reactivate), id)
        }
        ("v1", "GET", ["billing", "meters", id, "event_summaries"]) => {
            ((meters::SUMMARIES, meters::summaries), id)
        }
        ("v1", "POST", ["billing", "meter_events"]) => ((meters::EVENT, meters::event), ""),
        ("v1", "POST", ["billing", "meter_event_adjustments"]) => {
            ((meters::ADJUST, meters::adjust), "")
        }

        ("v1", "POST", ["checkout", "sessions"]) => ((checkout::CREATE, checkout::create), ""),
        ("v1", "GET", ["checkout", "sessions"]) => ((checkout::LIST, checkout::list), ""),
        ("v1", "GET", ["checkout", "sessions", id]) => {
            ((account::NONE, account::checkout_session), id)
        }
        ("v1", "GET", ["checkout", "sessions", id, "line_items"]) => {
            ((invoices::LINES, checkout::line_items), id)
        }
        ("v1", "POST", ["checkout", "sessions", id, "expire"]) => {
            ((account::NONE, checkout::expire), id)
        }
        ("v1", "POST", ["billing_portal", "sessions"]) => ((portal::CREATE, portal::create), ""),
        ("v1", "POST", ["billing_portal", "configurations"]) => {
            ((portal::CONFIGURE, portal::create_configuration), "")
        }
        ("v1", "GET", ["billing_portal", "configurations"]) => {
            ((portal::LIST, portal::list_configurations), "")
        }
        ("v1", "GET", ["billing_portal", "configurations", id]) => {
            ((account::NONE, account::portal_configuration), id)
        }
        ("v1", "POST", ["billing_portal", "configurations", id]) => {
            ((portal::CONFIGURE, portal::update_configuration), id)
        }

        ("v1", "POST", ["subscriptions"]) => ((subscriptions::CREATE, subscriptions::create), ""),
        ("v1", "GET", ["subscriptions"]) => ((subscriptions::LIST, subscriptions::list), ""),
        ("v1", "GET", ["subscriptions", id]) => ((account::NONE, account::subscription), id),
        ("v1", "POST", ["subscriptions", id]) => ((subscriptions::UPDATE, changes::update), id),
        ("v1", "DELETE", ["subscriptions", id]) => {
            ((subscriptions::CANCEL, subscriptions::cancel), id)
        }
        ("v1", "POST", ["subscription_schedules"]) => ((schedules::CREATE, schedules::create), ""),
        ("v1", "GET", ["subscription_schedules"]) => ((schedules::LIST, schedules::list), ""),
        ("v1", "GET", ["subscription_schedules", id]) => ((account::NONE, account::schedule), id),
        ("v1", "POST", ["subscription_schedules", id]) => {
            ((schedules::UPDATE, schedules::update), id)
        }
        ("v1", "POST", ["subscription_schedules", id, "release"]) => {
            ((schedules::RELEASE, schedules::release), id)
        }

        ("v1", "GET", ["invoices"]) => ((invoices::LIST, invoices::list), ""),
        ("v1", "POST", ["invoices", "create_preview"]) => ((preview::PARAMS, preview::create), ""),
        ("v1", "GET", ["invoices", id]) => ((account::NONE, account::invoice), id),
        ("v1", "GET", ["invoices", id, "lines"]) => ((invoices::LINES, invoices::lines), id),
        ("v1", "POST", ["invoices", id, "finalize"]) => {
            ((invoices::FINALIZE, invoices::finalize), id)
        }
        ("v1", "POST", ["invoices", id, "pay"]) => ((invoices::PAY, invoices::pay), id),
        ("v1", "GET", ["invoiceitems"]) => ((invoices::LIST_ITEMS, invoices::list_items), ""),

        ("v1", "GET", ["events"]) => ((events::LIST, events::list), ""),
        ("v1", "GET", ["events", id]) => ((account::NONE, account::event), id),
        ("v2", "GET", ["core", "events", id]) => ((account::NONE, account::thin_event), id),
        ("v1", "POST", ["webhook_endpoints"]) => {
            ((events::CREATE_ENDPOINT, events::create_endpoint), "")
        }
        ("v1", "GET", ["webhook_endpoints"]) => {
            ((events::LIST_ENDPOINTS, events::list_endpoints), "")
        }
        ("v1", "GET", ["webhook_endpoints", id]) => {
            ((account::NONE, account::webhook_endpoint), id)
        }
        ("v1", "POST", ["webhook_endpoints", id]) => {
            ((events::UPDATE_ENDPOINT, events::update_endpoint), id)
        }
        ("v1", "DELETE", ["webhook_endpoints", id]) => {
            ((account::NONE, events::delete_endpoint), id)
        }
        _ => return None,
    };
    Some((endpoint, id.to_owned()))
}
