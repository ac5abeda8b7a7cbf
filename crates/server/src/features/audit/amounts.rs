//! The amounts of money in an entry's values: stored in minor units, shown as everywhere else.

use serde_json::Value;
use tollgate_types::money::{Currency, UnitPrice};

/// Values that are amounts in minor units.
const AMOUNTS: [&str; 2] = ["spend_cap", "monthly_price"];

/// `values`, a JSON object, with its amounts as `50.00 USD`: in its own `currency` if it has one,
/// otherwise in this one. The values are unchanged if they are no object.
pub fn readable(values: String, currency: Currency) -> String {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(&values) else { return values };
    let own = fields.get("currency").and_then(|code| Currency::stored(code.as_str()?).ok());
    let currency = own.unwrap_or(currency);
    for name in AMOUNTS {
        if let Some(field) = fields.get_mut(name)
            && let Some(amount) = field.as_u64()
        {
            *field = currency.amount(amount).into();
        }
    }
    let tiers = fields.get_mut("prices").and_then(Value::as_array_mut).into_iter().flatten();
    for price in tiers.filter_map(|tier| tier.get_mut("unit_price")) {
        if let Some(exact) = price.as_str().and_then(|text| text.parse::<UnitPrice>().ok()) {
            *price = currency.unit_price(exact).into();
        }
    }
    Value::Object(fields).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_in_their_currency_and_everything_else_as_it_is() {
        let (usd, yen): (Currency, Currency) = ("usd".parse().unwrap(), "jpy".parse().unwrap());
        for (values, currency, shown) in [
            (r#"{"name":"a","spend_cap":5000}"#, usd, r#"{"name":"a","spend_cap":"50.00 USD"}"#),
            (r#"{"spend_cap":5000}"#, yen, r#"{"spend_cap":"5000 JPY"}"#),
            (
                r#"{"spend_cap":null,"rate_limit":{"calls":5,"seconds":1}}"#,
                usd,
                r#"{"spend_cap":null,"rate_limit":{"calls":5,"seconds":1}}"#,
            ),
            (
                r#"{"currency":"eur","monthly_price":4900,"prices":[{"up_to":10,"unit_price":"0"},{"up_to":null,"unit_price":"0.2"}]}"#,
                usd,
                r#"{"currency":"eur","monthly_price":"49.00 EUR","prices":[{"up_to":10,"unit_price":"0 EUR"},{"up_to":null,"unit_price":"0.002 EUR"}]}"#,
            ),
            ("[1]", usd, "[1]"),
            ("not JSON", usd, "not JSON"),
        ] {
            assert_eq!(readable(values.to_owned(), currency), shown);
        }
    }
}
