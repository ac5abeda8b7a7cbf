//! The state of a key: the same rules for its row and for the gateway's entry.

use tollgate_types::key::KeyState;
use tollgate_types::time::Timestamp;

/// The values that determine the state of a key.
#[derive(Clone, Copy)]
pub struct Lifecycle {
    pub is_revoked: bool,
    pub is_disabled: bool,
    /// When it ends because a new key has replaced it.
    pub retires_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}

impl Lifecycle {
    /// When it ends, for whatever reason.
    pub fn ends_at(self) -> Option<Timestamp> {
        [self.retires_at, self.expires_at].into_iter().flatten().min()
    }

    /// Nothing has to happen at the end of an overlap: a key past its end counts as revoked.
    pub fn state(self, now: Timestamp) -> KeyState {
        let is_past = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if self.is_revoked || is_past(self.retires_at) {
            KeyState::Revoked
        } else if is_past(self.expires_at) {
            KeyState::Expired
        } else if self.is_disabled {
            KeyState::Disabled
        } else if self.retires_at.is_some() {
            KeyState::Rotating
        } else {
            KeyState::Active
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_key_comes_before_what_only_stops_it() {
        let key = Lifecycle {
            is_revoked: false,
            is_disabled: true,
            retires_at: Some(Timestamp(10)),
            expires_at: Some(Timestamp(20)),
        };
        assert_eq!(key.state(Timestamp(9)), KeyState::Disabled);
        assert_eq!(Lifecycle { is_disabled: false, ..key }.state(Timestamp(9)), KeyState::Rotating);
        assert_eq!(key.state(Timestamp(10)), KeyState::Revoked);
        assert_eq!(Lifecycle { retires_at: None, ..key }.state(Timestamp(20)), KeyState::Expired);
        assert_eq!(Lifecycle { is_revoked: true, ..key }.state(Timestamp(0)), KeyState::Revoked);
    }
}
