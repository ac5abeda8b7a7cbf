//! Whether the key may call this operation.

use tollgate_types::code::Code;

use super::Call;
use crate::{Error, Result};

pub fn check(call: &Call) -> Result<()> {
    let (Some(key), Some(operation)) = (&call.key, &call.operation) else { return Ok(()) };
    let mut enough = [Some(&operation.scope), operation.own_scope.as_ref()].into_iter().flatten();
    if key.scopes.iter().any(|scope| enough.clone().any(|wanted| scope.covers(wanted))) {
        return Ok(());
    }
    let names = enough.by_ref().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(" or ");
    Err(Error::new(
        Code::InsufficientScope,
        format!("The key {} lacks the scope {names}. Create a key that has it.", key.prefix),
    ))
}
