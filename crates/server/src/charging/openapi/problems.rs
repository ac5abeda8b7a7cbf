//! Error responses: one for each status, with the codes that it can have. Operations with the same
//! codes share them.

use std::collections::BTreeMap;

use serde_json::json;
use tollgate_types::code::Code;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Components, Content, Ref, RefOr, Response};

use super::codes::{Api, Traits, possible};
use super::headers;

/// The error responses of an operation with these codes, by status. They are added to the
/// components and referred to.
pub fn responses(
    api: Api,
    codes: &[Code],
    base_url: &str,
    components: &mut Components,
) -> Vec<(String, RefOr<Response>)> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.status()).or_default().push(*code);
    }
    let refer = |(status, codes): (u16, Vec<Code>)| {
        let name = name(api, status, &codes);
        let response = response(api, &codes, base_url, components);
        components.responses.entry(name.clone()).or_insert(RefOr::T(response));
        (status.to_string(), RefOr::Ref(Ref::from_response_name(name)))
    };
    by_status.into_iter().map(refer).collect()
}

/// `Error429`, or `Error429_quota_exceeded` with the codes that not every operation has.
fn name(api: Api, status: u16, codes: &[Code]) -> String {
    let usual = possible(api, Traits::LEAST, &[]);
    let further = codes.iter().filter(|code| !usual.contains(code));
    further.fold(format!("Error{status}"), |name, code| format!("{name}_{}", code.as_str()))
}

/// The response with one of these codes.
pub(super) fn response(
    api: Api,
    codes: &[Code],
    base_url: &str,
    components: &mut Components,
) -> Response {
    let describe = |code: &Code| format!("`{}`: {}.", code.as_str(), code.docs().title);
    let code = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(codes.iter().map(|code| code.as_str())));
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name("Problem"))
        .item(ObjectBuilder::new().schema_type(Type::Object).property("code", code));
    let mut content = Content::new(Some(schema));
    content.example = codes.first().map(|code| {
        json!({
            "type": format!("{base_url}/docs/errors/{}", code.as_str()),
            "title": code.docs().title,
            "status": code.status(),
            "code": code.as_str(),
            "detail": code.docs().meaning,
            "request_id": "req_01h2xcejqtf2nbrexx3vqjhp41",
        })
    });
    let mut response = Response::new(codes.iter().map(describe).collect::<Vec<_>>().join(" "));
    response.content.insert("application/problem+json".to_owned(), RefOr::T(content));
    response.headers = headers::of_problem(api, codes, components).into_iter().collect();
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_with_the_same_codes_share_a_response() {
        let mut components = Components::default();
        let mut of = |codes: &[Code]| {
            responses(Api::Own, codes, "https://portal.example.com", &mut components)
        };
        let (first, again) = (of(&[Code::RateLimited, Code::NotFound]), of(&[Code::NotFound]));
        assert!(again[0] == first[0] && first[1].0 == "429");
        of(&[Code::RateLimited, Code::QuotaExceeded]);
        let names: Vec<&String> = components.responses.keys().collect();
        assert_eq!(names, ["Error404_not_found", "Error429", "Error429_quota_exceeded"]);
    }
}
