//! The facts of a whole document.

use serde_json::Value;
use tollgate_types::docs::{Fact, Facts};

use super::{Describe, MAX_ABOUT, documentation, fact, security, servers, text};
use crate::spec::Spec;

/// The summary, contact, licence, terms, documentation, servers and security of the document.
pub fn document(spec: &Spec, describe: Describe) -> Vec<Facts> {
    let info = spec.root.get("info").unwrap_or(&Value::Null);
    let mut facts: Vec<Fact> = Vec::new();
    let summary = text(info, "summary");
    if !summary.is_empty() {
        facts.push(fact("Summary", String::new(), describe(&summary, MAX_ABOUT)));
    }
    facts.extend(documentation(&spec.root));
    if let Some(contact) = info.get("contact") {
        let (name, url, mail) =
            (text(contact, "name"), text(contact, "url"), text(contact, "email"));
        let label = if name.is_empty() { url.clone() } else { name };
        if !label.is_empty() {
            facts.push(Fact { href: super::web(&url), ..fact("Contact", label, String::new()) });
        }
        if !mail.is_empty() {
            let href = is_mail(&mail).then(|| format!("mailto:{mail}"));
            facts.push(Fact { href, ..fact("E-mail", mail, String::new()) });
        }
    }
    if let Some(license) = info.get("license") {
        let (name, id, url) =
            (text(license, "name"), text(license, "identifier"), text(license, "url"));
        let words = match (name.is_empty(), id.is_empty() || id == name) {
            (false, false) => format!("{name} ({id})"),
            (true, _) => id,
            (false, true) => name,
        };
        let words = if words.is_empty() { url.clone() } else { words };
        if !words.is_empty() {
            facts.push(Fact { href: super::web(&url), ..fact("Licence", words, String::new()) });
        }
    }
    let terms = text(info, "termsOfService");
    if !terms.is_empty() {
        facts.push(fact("Terms of service", terms, String::new()));
    }
    let about = (!facts.is_empty()).then(|| Facts {
        title: "About this API".to_owned(),
        note: String::new(),
        facts,
    });
    let sections = [about, servers(spec.root.get("servers"), describe), security(spec, describe)];
    sections.into_iter().flatten().collect()
}

/// Plain enough to be an address in a link.
fn is_mail(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@.+-_".contains(&byte);
    text.contains('@') && text.bytes().all(is_plain)
}
