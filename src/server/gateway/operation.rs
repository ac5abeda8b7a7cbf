//! Which operation is called: 404 and 405 from the OpenAPI document.

use super::Call;
use super::operations::NoMatch;
use crate::server::error::Problem;
use crate::server::{App, Error, Result};
use crate::types::code::Code;

pub fn find(app: &App, call: &mut Call) -> Result<()> {
    match app.operations.find(&call.method, call.path()) {
        Ok(operation) => {
            call.operation = Some(operation);
            Ok(())
        }
        Err(NoMatch::Path) => Err(Error::new(Code::NotFound, "There is no such path. The API reference lists all of them.")),
        Err(NoMatch::Method(allow)) => {
            let detail = format!("This path has no {}. It has: {allow}.", call.method);
            Err(Error::Problem(Box::new(Problem {
                code: Code::MethodNotAllowed,
                detail,
                errors: Vec::new(),
                retry_after: None,
                allow: Some(allow),
            })))
        }
    }
}
