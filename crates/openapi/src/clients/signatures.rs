//! Operations with the types of their arguments and results.

use super::calls::Call;
use super::model::{At, Models, Side, Type};
use super::names::pascal;
use super::replies::{Content, Reply, accept, errors, replies};
use crate::samples::Encoding;
use crate::spec::{Parameter, Spec};

pub struct Signature<'a> {
    pub call: Call<'a>,
    pub in_path: Vec<Argument<'a>>,
    pub in_query: Vec<Argument<'a>>,
    pub in_headers: Vec<Argument<'a>>,
    /// `None` if there is no body, or if it is sent as it is.
    pub body: Option<Type<'a>>,
    /// What is returned, the default first.
    pub results: Vec<Returned<'a>>,
    /// The value of `Accept` for the default.
    pub accept: String,
    /// Status (`404`, `4XX` or `default`), and the body of the error.
    pub errors: Vec<(&'a str, Type<'a>)>,
}

pub struct Argument<'a> {
    pub parameter: &'a Parameter,
    pub kind: Type<'a>,
}

/// The result if one of some media types is accepted.
pub struct Returned<'a> {
    pub names: Vec<String>,
    pub kinds: Vec<Type<'a>>,
    pub can_be_empty: bool,
}

/// All operations, in the order of the document.
pub fn signatures<'a>(spec: &'a Spec, models: &mut Models<'a>) -> Vec<Signature<'a>> {
    spec.operations
        .iter()
        .map(|operation| {
            let (call, name) = (Call::of(operation), pascal(&operation.id, "Call"));
            let mut group = |parameters: &[&'a Parameter]| -> Vec<Argument<'a>> {
                let argument = |parameter: &&'a Parameter| {
                    let name = format!("{name}{}", pascal(&parameter.name, "Value"));
                    let at = At::named(name, Side::Request);
                    Argument { parameter, kind: models.convert(&parameter.schema, &at) }
                };
                parameters.iter().map(argument).collect()
            };
            let (in_path, in_query) = (group(&call.in_path), group(&call.in_query));
            let in_headers = group(&call.in_headers);
            let body = call.body.as_ref().filter(|body| body.encoding != Encoding::Raw);
            let body = body.map(|body| {
                let at = At::named(format!("{name}Body"), Side::Request);
                models.convert(&body.media.schema, &at)
            });
            let replies = replies(operation);
            let accept = accept(operation, &replies);
            let results = replies.into_iter().map(|reply| returned(reply, &name, models)).collect();
            let errors = errors(operation).into_iter().map(|(status, media)| {
                // A status is not the start of this name, so it needs no letter before it.
                let status_name = pascal(status, "").trim_start_matches('n').to_owned();
                let name = format!("{name}Error{status_name}");
                (status, models.convert(&media.schema, &At::named(name, Side::Response)))
            });
            let errors = errors.collect();
            Signature { call, in_path, in_query, in_headers, body, results, accept, errors }
        })
        .collect()
}

fn returned<'a>(reply: Reply<'a>, name: &str, models: &mut Models<'a>) -> Returned<'a> {
    let kind = |content| match content {
        Content::Json(media) => {
            let at = At::named(format!("{name}Result"), Side::Response);
            models.convert(&media.schema, &at)
        }
        Content::Text => Type::Text,
        Content::Bytes => Type::Bytes,
    };
    let kinds = reply.contents.into_iter().map(kind).collect();
    Returned { names: reply.names, kinds, can_be_empty: reply.can_be_empty }
}
