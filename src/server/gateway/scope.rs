//! Whether the key may call this operation.

use super::Call;
use crate::server::{Error, Result};
use crate::types::code::Code;

pub fn check(call: &Call) -> Result<()> {
    let (Some(key), Some(operation)) = (&call.key, &call.operation) else { return Ok(()) };
    if key.scopes.iter().any(|scope| scope.covers(&operation.scope)) {
        return Ok(());
    }
    Err(Error::new(
        Code::InsufficientScope,
        format!("The key {} lacks the scope `{}`. Create a key that has it.", key.prefix, operation.scope),
    ))
}
