//! Conditions that must hold when a task's transactions commit. An effect becomes real only in a
//! transaction, so what is checked and written there is consistent with it, even after a crash.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::Tx;
use crate::Result;

pub trait Fence: Send + Sync {
    /// Records in `tx` that it takes effect.
    ///
    /// # Errors
    /// Fails if it must not take effect: then `tx` is rolled back.
    fn pass<'a>(&'a self, tx: &'a mut Tx) -> BoxFuture<'a, Result<()>>;
}

tokio::task_local! {
    static FENCE: Arc<dyn Fence>;
}

/// Runs `work`, all of whose transactions pass `fence` when they commit. Tasks that it spawns are
/// not fenced.
pub async fn behind<W: Future>(fence: Arc<dyn Fence>, work: W) -> W::Output {
    FENCE.scope(fence, work).await
}

pub(super) async fn pass(tx: &mut Tx) -> Result<()> {
    match FENCE.try_with(Arc::clone) {
        Ok(fence) => fence.pass(tx).await,
        Err(_) => Ok(()),
    }
}
