//! Checks of one task share its budget, which belongs to the current thread.

use std::cell::RefCell;

use super::budget::Budget;

/// The stack of a thread that checks schemas within [`Budget::of_bytes`]. Schemas are nested deeper
/// than a usual stack allows. Most of it is never used.
pub const STACK: usize = 16 << 20;
/// Size of a body whose check costs as much as all checks of one task may: see [`within_budget`].
const TASK_BYTES: usize = 256 * 1024;
/// The same for one check outside of a task.
const QUESTION_BYTES: usize = 16 * 1024;

thread_local! {
    static TASK: RefCell<Option<Budget>> = const { RefCell::new(None) };
}

/// Runs `work`, whose checks of values share one budget.
pub fn within_task<T>(work: impl FnOnce() -> T) -> T {
    with_budget(Budget::of_bytes(TASK_BYTES).lenient(), work)
}

/// Runs `work`, whose checks of values share this budget.
pub fn with_budget<T>(budget: Budget, work: impl FnOnce() -> T) -> T {
    /// Also if `work` panics, because the thread may continue with other work.
    struct Outer(Option<Budget>);

    impl Drop for Outer {
        fn drop(&mut self) {
            TASK.set(self.0.take());
        }
    }

    let _outer = Outer(TASK.replace(Some(budget)));
    work()
}

/// Runs one check within the budget of the current task. `None` if the budget is used up.
pub(super) fn within_budget<T>(ask: impl FnOnce(&mut Budget) -> T) -> Option<T> {
    match TASK.take() {
        Some(mut budget) => {
            let mut question = budget.part();
            let response = question.as_mut().map(ask);
            if let Some(question) = question {
                budget.join(&question);
            }
            TASK.set(Some(budget));
            response
        }
        None => Some(ask(&mut Budget::shallow(QUESTION_BYTES))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_leaves_no_budget_behind() {
        let panicked =
            std::panic::catch_unwind(|| with_budget(Budget::of_bytes(0), || panic!("on purpose")));
        assert!(panicked.is_err());
        assert!(TASK.take().is_none());
    }
}
