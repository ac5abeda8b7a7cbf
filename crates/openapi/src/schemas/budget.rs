//! The maximum cost of one check. A check that would exceed it returns no result.

/// Steps of each check. A step is one keyword on one value and takes about 50 ns.
const BASE_STEPS: u64 = 50_000;
/// Additional steps for each byte of a body. A normal body with many values needs about one.
const STEPS_PER_BYTE: u64 = 8;
/// Maximum steps of one check for a body of any size: about one second.
const MAX_STEPS: u64 = 20_000_000;
/// Steps that an async worker may take before the check moves to a separate thread.
const INLINE_STEPS: u64 = 10_000;
/// Maximum number of results that one check remembers, about 40 bytes each.
const MAX_REMEMBERED: usize = 250_000;
/// Maximum nesting of evaluated schemas on a thread's usual stack.
const INLINE_DEPTH: usize = 160;
/// The same on a stack of [`STACK`](crate::schemas::STACK) bytes. JSON has at most 128 levels, and
/// each level is a reference, a choice, a branch and a property.
const DEEP: usize = 1_200;

/// The check exceeds its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Over;

#[derive(Clone, Debug)]
pub struct Budget {
    steps: u64,
    spent: u64,
    remembered: usize,
    depth: usize,
    max_depth: usize,
    /// Whether schemas may be compiled during the check.
    compiles: bool,
    /// Whether a check exceeded the budget.
    is_over: bool,
    /// Whether all further checks fail after one that exceeded the budget, because their results
    /// may depend on it.
    is_strict: bool,
    /// Whether a pattern took too long for a text, so that it is unknown whether it matches.
    gave_up: bool,
}

impl Budget {
    /// For a value that was `bytes` long, on a thread with a large stack.
    pub fn of_bytes(bytes: usize) -> Self {
        let steps =
            BASE_STEPS.saturating_add(STEPS_PER_BYTE.saturating_mul(bytes as u64)).min(MAX_STEPS);
        Self {
            steps,
            spent: 0,
            remembered: 0,
            depth: 0,
            max_depth: DEEP,
            compiles: true,
            is_over: false,
            is_strict: true,
            gave_up: false,
        }
    }

    /// For an async worker. A schema that is not compiled yet exceeds this budget.
    pub fn inline() -> Self {
        Self { steps: INLINE_STEPS, max_depth: INLINE_DEPTH, compiles: false, ..Self::of_bytes(0) }
    }

    /// The steps of [`of_bytes`](Self::of_bytes) on a thread that may have a small stack.
    pub fn shallow(bytes: usize) -> Self {
        Self { max_depth: INLINE_DEPTH, ..Self::of_bytes(bytes) }
    }

    /// For checks that do not depend on each other.
    #[must_use]
    pub fn lenient(self) -> Self {
        Self { is_strict: false, ..self }
    }

    fn within(&mut self, is_within: bool) -> Result<(), Over> {
        self.is_over |= !is_within;
        if is_within { Ok(()) } else { Err(Over) }
    }

    pub fn spend(&mut self, steps: u64) -> Result<(), Over> {
        self.spent = self.spent.saturating_add(steps);
        self.within(self.spent <= self.steps)
    }

    /// Notes that a pattern took too long.
    pub fn give_up(&mut self) {
        self.gave_up = true;
    }

    pub fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// The number of steps that were taken.
    pub fn spent(&self) -> u64 {
        self.spent
    }

    pub fn remember(&mut self) -> Result<(), Over> {
        self.remembered += 1;
        self.within(self.remembered <= MAX_REMEMBERED)
    }

    pub fn enter(&mut self) -> Result<(), Over> {
        self.depth += 1;
        self.within(self.depth <= self.max_depth)
    }

    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Fails if schemas must not be compiled.
    pub fn compile(&mut self) -> Result<(), Over> {
        self.within(self.compiles)
    }

    /// The same budget again, for explaining the result.
    pub fn again(&self) -> Self {
        Self { spent: 0, remembered: 0, depth: 0, gave_up: false, ..*self }
    }

    /// A new budget with the steps that remain of this one. `None` if no steps remain.
    pub fn part(&self) -> Option<Self> {
        let left = self.steps.saturating_sub(self.spent);
        let is_left = left > 0 && !(self.is_strict && self.is_over);
        is_left.then_some(Self { steps: left, is_over: false, ..self.again() })
    }

    /// Subtracts the cost of such a part.
    pub fn join(&mut self, part: &Self) {
        self.spent = self.spent.saturating_add(part.spent.max(1));
        self.is_over |= part.is_over;
        self.gave_up |= part.gave_up;
    }
}
