//! The security that a document declares for the API behind the gateway.

use serde_json::Value;
use tollgate_types::docs::{Fact, Facts};

use super::{Describe, MAX_ABOUT, fact, listed, named, text, web};
use crate::spec::Spec;

const NOTE: &str = "Send a key of this portal with each call. The API behind the gateway declares this security in its document.";

/// All security schemes of the document.
pub fn security(spec: &Spec, describe: Describe) -> Option<Facts> {
    let facts: Vec<Fact> = named(spec.root.pointer("/components/securitySchemes"))
        .filter_map(|(name, scheme)| Some(described(name, spec.resolve(scheme)?, describe)))
        .collect();
    (!facts.is_empty()).then(|| Facts {
        title: "Security of the API".to_owned(),
        note: NOTE.to_owned(),
        facts,
    })
}

/// The alternatives of one operation; `requirement` is the value of `security`.
pub fn of_operation(spec: &Spec, requirement: Option<&Value>, describe: Describe) -> Option<Facts> {
    let alternatives = listed(requirement).map(|alternative| {
        let schemes: Vec<String> = named(Some(alternative))
            .map(|(name, scopes)| {
                let scopes = listed(Some(scopes)).filter_map(Value::as_str).collect::<Vec<_>>();
                if scopes.is_empty() {
                    name.clone()
                } else {
                    format!("{name} with the scopes {}", scopes.join(", "))
                }
            })
            .collect();
        let about = named(Some(alternative)).filter_map(|(name, _)| {
            let at = crate::spec::join("/components/securitySchemes", name);
            let scheme = spec.resolve(spec.root.pointer(&at)?)?;
            Some(format!("`{name}`: {}", kind(scheme)))
        });
        let about = about.collect::<Vec<_>>().join(", ");
        let words = if schemes.is_empty() { "none".to_owned() } else { schemes.join(" and ") };
        let about = if about.is_empty() { about } else { describe(&about, MAX_ABOUT) };
        fact("Scheme", words, about)
    });
    let facts: Vec<Fact> = alternatives.collect();
    (!facts.is_empty()).then(|| Facts {
        title: "Security of the API".to_owned(),
        note: NOTE.to_owned(),
        facts,
    })
}

fn described(name: &str, scheme: &Value, describe: Describe) -> Fact {
    let mut about = vec![text(scheme, "description")];
    for (flow, value) in named(scheme.get("flows")) {
        let urls = ["authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl"]
            .iter()
            .map(|key| text(value, key))
            .filter(|url| !url.is_empty());
        about.push(format!("{}: {}", flow_name(flow), urls.collect::<Vec<_>>().join(", ")));
        let scopes = named(value.get("scopes"))
            .map(|(scope, words)| format!("- `{scope}`: {}", words.as_str().unwrap_or_default()));
        about.push(scopes.collect::<Vec<_>>().join("\n"));
    }
    about.retain(|part| !part.is_empty());
    let about = about.join("\n\n");
    Fact {
        href: web(&text(scheme, "openIdConnectUrl")),
        about: if about.is_empty() { about } else { describe(&about, MAX_ABOUT) },
        ..fact(name, kind(scheme), String::new())
    }
}

fn kind(scheme: &Value) -> String {
    let place = match text(scheme, "in").as_str() {
        "header" => "header",
        "cookie" => "cookie",
        _ => "query parameter",
    };
    match text(scheme, "type").as_str() {
        "apiKey" => format!("API key in the {place} {}", text(scheme, "name")),
        "http" => {
            let format = text(scheme, "bearerFormat");
            let format = if format.is_empty() { format } else { format!(" ({format})") };
            format!("HTTP {}{format}", text(scheme, "scheme"))
        }
        "oauth2" => "OAuth 2.0".to_owned(),
        "openIdConnect" => "OpenID Connect".to_owned(),
        "mutualTLS" => "mutual TLS".to_owned(),
        other => other.to_owned(),
    }
}

fn flow_name(flow: &str) -> &str {
    match flow {
        "clientCredentials" => "Client credentials",
        "authorizationCode" => "Authorization code",
        "deviceAuthorization" => "Device authorization",
        "implicit" => "Implicit",
        "password" => "Password",
        other => other,
    }
}
