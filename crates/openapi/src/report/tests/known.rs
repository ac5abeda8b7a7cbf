//! Checks of real documents that fail. An entry that passes fails the test, so the table shrinks.

/// Each reason with its checks: `document operation check`.
pub const KNOWN: &[(&str, &[&str])] = &[
    (
        "a union, nested value or required field of a parameter is written in another form than read",
        &[
            "epa-echo.json.gz getEchoRestServicesGetFacilities full request",
            "epa-echo.json.gz getEchoRestServicesGetFacilityInfo full request",
        ],
    ),
    (
        "no value is found for the schema, which contradicts itself by strict rules",
        &[
            "nexmo-reports.json.gz get-records mock",
            "shipengine.yaml.gz calculate_rates sample",
            "shipengine.yaml.gz calculate_rates minimal request",
            "shipengine.yaml.gz calculate_rates full request",
            "shipengine.yaml.gz estimate_rates sample",
            "shipengine.yaml.gz estimate_rates minimal request",
            "shipengine.yaml.gz estimate_rates full request",
            "shipengine.yaml.gz get_rate_by_id mock",
            "shipengine.yaml.gz update_shipment mock",
            "shipengine.yaml.gz list_shipment_rates mock",
        ],
    ),
    (
        "a path parameter with `content` of any media type is written as JSON",
        &[
            "telnyx.json.gz getMdrRequest sample",
            "telnyx.json.gz getMdrRequest minimal request",
            "telnyx.json.gz getMdrRequest full request",
            "telnyx.json.gz deleteMdrRequest sample",
            "telnyx.json.gz deleteMdrRequest minimal request",
            "telnyx.json.gz deleteMdrRequest full request",
            "telnyx.json.gz getUsageReport sample",
            "telnyx.json.gz getUsageReport minimal request",
            "telnyx.json.gz getUsageReport full request",
            "telnyx.json.gz deleteUsageReport sample",
            "telnyx.json.gz deleteUsageReport minimal request",
            "telnyx.json.gz deleteUsageReport full request",
            "telnyx.json.gz getRequest sample",
            "telnyx.json.gz getRequest minimal request",
            "telnyx.json.gz getRequest full request",
            "telnyx.json.gz deleteRequest sample",
            "telnyx.json.gz deleteRequest minimal request",
            "telnyx.json.gz deleteRequest full request",
        ],
    ),
];
