//! What must still hold when a task's transactions commit. A transaction is the one place where an effect
//! becomes real, so what is checked and written there cannot come apart from it, whatever crashes when.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::Tx;
use crate::server::Result;

pub trait Fence: Send + Sync {
    /// Writes into `tx` that it takes effect.
    ///
    /// # Errors
    /// If it must not: then `tx` is rolled back.
    fn pass<'a>(&'a self, tx: &'a mut Tx) -> BoxFuture<'a, Result<()>>;
}

tokio::task_local! {
    static FENCE: Arc<dyn Fence>;
}

/// Runs `work`, all of whose transactions pass `fence` as they commit. Tasks that it spawns are not fenced.
pub async fn behind<W: Future>(fence: Arc<dyn Fence>, work: W) -> W::Output {
    FENCE.scope(fence, work).await
}

pub(super) async fn pass(tx: &mut Tx) -> Result<()> {
    match FENCE.try_with(Arc::clone) {
        Ok(fence) => fence.pass(tx).await,
        Err(_) => Ok(()),
    }
}
