//! The parameters of calls about subscriptions.

use super::super::params::{
    AFTER, BEFORE, ID, Kind, LIMIT, METADATA, Param, QUANTITY, TEXT, may, must,
};

pub const PRORATION: Kind = Kind::Enum(&["always_invoice", "create_prorations", "none"]);
pub const BILLING_MODE: Kind = Kind::Object(&[must("type", Kind::Enum(&["classic", "flexible"]))]);
/// The day (and time) of the month at which every cycle starts.
pub const ANCHOR: Kind = Kind::Object(&[
    must("day_of_month", Kind::Int(1, 31)),
    may("hour", Kind::Int(0, 23)),
    may("minute", Kind::Int(0, 59)),
    may("second", Kind::Int(0, 59)),
]);
const PAYMENT_SETTINGS: Kind = Kind::Object(&[
    may("payment_method_types", Kind::List(&Kind::Enum(&["card"]))),
    may("save_default_payment_method", Kind::Enum(&["off", "on_subscription"])),
]);
/// The fake calculates no taxes.
pub const NO_TAX: Kind = Kind::Object(&[must("enabled", Kind::Enum(&["false"]))]);
pub const TRIAL_SETTINGS: Kind = Kind::Object(&[must(
    "end_behavior",
    Kind::Object(&[must(
        "missing_payment_method",
        Kind::Enum(&["cancel", "create_invoice", "pause"]),
    )]),
)]);
const BEHAVIOR: Kind =
    Kind::Enum(&["allow_incomplete", "default_incomplete", "error_if_incomplete"]);
const NEW_ITEM: Kind = Kind::Object(&[must("price", ID), may("quantity", QUANTITY), METADATA]);
pub const CHANGED_ITEM: Kind = Kind::Object(&[
    may("id", ID),
    may("price", ID),
    may("quantity", QUANTITY),
    may("deleted", Kind::Bool),
    may("clear_usage", Kind::Bool),
    METADATA,
]);
const DETAILS: Kind = Kind::Object(&[
    may("comment", Kind::Clear(&TEXT)),
    may(
        "feedback",
        Kind::Clear(&Kind::Enum(&[
            "customer_service",
            "low_quality",
            "missing_features",
            "other",
            "switched_service",
            "too_complex",
            "too_expensive",
            "unused",
        ])),
    ),
]);

pub const CREATE: &[Param] = &[
    must("customer", ID),
    must("items", Kind::List(&NEW_ITEM)),
    may("automatic_tax", NO_TAX),
    may("billing_cycle_anchor", Kind::Time),
    may("billing_cycle_anchor_config", ANCHOR),
    may("billing_mode", BILLING_MODE),
    may("cancel_at_period_end", Kind::Bool),
    may("collection_method", Kind::Enum(&["charge_automatically"])),
    may("currency", Kind::Text(3)),
    may("default_payment_method", ID),
    may("description", Kind::Text(500)),
    METADATA,
    may("off_session", Kind::Bool),
    may("payment_behavior", BEHAVIOR),
    may("payment_settings", PAYMENT_SETTINGS),
    may("proration_behavior", PRORATION),
    may("trial_end", Kind::TimeOr(&["now"])),
    may("trial_period_days", Kind::Int(0, 730)),
    may("trial_settings", TRIAL_SETTINGS),
];
pub const UPDATE: &[Param] = &[
    may("billing_cycle_anchor", Kind::Enum(&["now", "unchanged"])),
    may("cancel_at", Kind::Clear(&Kind::Time)),
    may("cancel_at_period_end", Kind::Bool),
    may("cancellation_details", DETAILS),
    may("default_payment_method", ID),
    may("description", Kind::Clear(&Kind::Text(500))),
    may("items", Kind::List(&CHANGED_ITEM)),
    METADATA,
    may("off_session", Kind::Bool),
    may("payment_behavior", BEHAVIOR),
    may("proration_behavior", PRORATION),
    may("proration_date", Kind::Time),
    may("trial_end", Kind::TimeOr(&["now"])),
    may("trial_settings", TRIAL_SETTINGS),
];
pub const CANCEL: &[Param] = &[
    may("cancellation_details", DETAILS),
    may("invoice_now", Kind::Bool),
    may("prorate", Kind::Bool),
];
const STATUS: &[&str] = &[
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
];
pub const LIST: &[Param] = &[
    LIMIT,
    AFTER,
    BEFORE,
    may("created", Kind::Range),
    may("customer", ID),
    may("price", ID),
    may("status", Kind::Enum(STATUS)),
    may("collection_method", Kind::Enum(&["charge_automatically", "send_invoice"])),
];
