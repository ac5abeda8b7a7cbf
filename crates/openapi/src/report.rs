//! What works in a document: it is read, each operation is called with generated requests and
//! mocked, and clients are generated, all without a server. Operators check a document before they
//! publish it; tests check real documents.

mod examine;
mod model;
mod requests;
mod response;
mod text;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::schemas::STACK;
use crate::spec::{Fault, Spec};

pub use model::{Checks, Client, Clients, Counts, OperationReport, Outcome, Report, Times};
pub use text::DEFAULT_LINES;

/// Bounds of a report.
pub struct Options<'a> {
    /// The time, of a clock that never goes back.
    pub clock: &'a (dyn Fn() -> Instant + Sync),
    /// The checks of operations end after this time. The operations that are left are counted.
    pub limit: Duration,
}

/// Checks a document of any kind that [`Spec::read`] reads. A refused document gives a report with
/// its errors and without operations.
pub fn report(bytes: &[u8], options: &Options) -> Report {
    let begun = (options.clock)();
    let read = Spec::read(bytes);
    let took = since(options, begun);
    let mut report = match read {
        Ok(spec) => {
            let spec = Arc::new(spec);
            on_large_stack(|| examine::examine(&spec, options))
        }
        Err(faults) => Report { faults, ..Report::default() },
    };
    report.counts.bytes = bytes.len();
    report.times.read_ms = took;
    report
}

/// Milliseconds.
fn since(options: &Options, begun: Instant) -> u64 {
    let took = (options.clock)().saturating_duration_since(begun);
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// Schemas are nested deeper than a usual stack allows. If no thread can be started, the checks run
/// on the current one.
fn on_large_stack(work: impl Fn() -> Report + Sync) -> Report {
    std::thread::scope(|scope| {
        let started = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, &work);
        match started.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(report)) => report,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => work(),
        }
    })
}

impl Report {
    /// Whether the document can be imported.
    pub fn is_accepted(&self) -> bool {
        self.faults.is_empty()
    }

    /// Whether the document can be imported, all operations were checked, and all checks passed.
    pub fn is_passed(&self) -> bool {
        self.is_accepted()
            && self.counts.skipped == 0
            && self.clients.all().iter().all(|(_, client)| client.is_generated())
            && !self.operations.iter().any(OperationReport::is_failed)
    }

    /// Operations that failed a check.
    pub fn failed(&self) -> impl Iterator<Item = &OperationReport> {
        self.operations.iter().filter(|operation| operation.is_failed())
    }

    /// The first of `faults`, without its pointer for a document as a whole.
    fn first(faults: &[Fault]) -> Option<String> {
        faults.first().map(text::located)
    }
}
