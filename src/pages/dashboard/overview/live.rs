//! Updates the overview's numbers from the live feed, without rendering anything again.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::actions::usage::load_overview;
use crate::browser::live;
use crate::components::live_feed::FeedEvent;
use crate::types::environment::Environment;
use crate::types::usage::{LiveUsage, Overview, UsagePoint};

/// When calls arrive, the numbers are fetched immediately and again after this time, but not more
/// often: the feed has sums, but no percentile, and hours leave the window.
const REFETCH_AFTER: Duration = Duration::from_secs(5);

/// Whether the numbers are live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Not yet: the script has just arrived.
    Waiting,
    Live,
    Lost,
}

/// The numbers, and the feed that updates them.
#[derive(Clone, Copy)]
pub struct LiveOverview {
    pub data: RwSignal<Overview>,
    pub connection: RwSignal<Connection>,
}

impl LiveOverview {
    /// Starts with the rendered numbers. The feed is opened in the browser and closed with the
    /// page.
    pub fn start(env: Environment, overview: Overview) -> Self {
        let this =
            Self { data: RwSignal::new(overview), connection: RwSignal::new(Connection::Waiting) };
        let feed = StoredValue::new(None::<live::Feed>);
        let refetching = StoredValue::new(false);
        Effect::new(move |_| {
            let on_event = move |event| match event {
                // The page may be older than the feed, and calls were missed while the connection
                // was lost.
                FeedEvent::Connected => {
                    this.connection.try_set(Connection::Live);
                    this.fetch(env);
                }
                FeedEvent::Missed => this.fetch(env),
                FeedEvent::Lost => {
                    this.connection.try_set(Connection::Lost);
                }
                FeedEvent::Usage(usage) => {
                    this.data.try_update(|overview| add(overview, &usage));
                    if refetching.try_get_value() == Some(false) {
                        refetching.set_value(true);
                        this.fetch(env);
                        set_timeout(
                            move || {
                                refetching.try_set_value(false);
                                this.fetch(env);
                            },
                            REFETCH_AFTER,
                        );
                    }
                }
            };
            feed.set_value(Some(live::open(format!("/dashboard/live?env={env}"), on_event)));
        });
        this
    }

    /// Loads the current numbers from the server.
    pub fn fetch(self, env: Environment) {
        // The page is gone: there is nothing to load.
        if self.data.is_disposed() {
            return;
        }
        spawn_local(async move {
            if let Ok(overview) = load_overview(env).await {
                self.data.try_set(overview);
            }
        });
    }
}

/// Adds the counts of one batch: to its hours, and to the sums. A new hour replaces the oldest.
fn add(overview: &mut Overview, live: &LiveUsage) {
    for new in &live.points {
        overview.calls += new.calls;
        overview.errors += new.errors;
        overview.billed_units += new.billed_units;
        if let Some(point) = overview.points.iter_mut().find(|p| p.hour == new.hour) {
            grow(point, new);
        } else if overview.points.last().is_some_and(|last| last.hour < new.hour) {
            let oldest = overview.points.remove(0);
            overview.calls = overview.calls.saturating_sub(oldest.calls);
            overview.errors = overview.errors.saturating_sub(oldest.errors);
            overview.billed_units = overview.billed_units.saturating_sub(oldest.billed_units);
            overview.points.push(*new);
        }
    }
}

fn grow(point: &mut UsagePoint, by: &UsagePoint) {
    point.calls += by.calls;
    point.errors += by.errors;
    point.units += by.units;
    point.billed_units += by.billed_units;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::time::{HOUR, Timestamp};

    fn point(hour: i64, calls: u64, errors: u64) -> UsagePoint {
        UsagePoint { hour: Timestamp(hour * HOUR), calls, errors, units: calls, billed_units: 0 }
    }

    fn overview() -> Overview {
        Overview {
            calls: 5,
            errors: 1,
            billed_units: 0,
            p95_us: None,
            points: vec![point(1, 2, 1), point(2, 3, 0)],
            active_keys: 1,
        }
    }

    #[test]
    fn a_batch_grows_its_hour_and_the_sums() {
        let mut overview = overview();
        add(&mut overview, &LiveUsage { points: vec![point(2, 4, 2)] });
        assert_eq!((overview.calls, overview.errors), (9, 3));
        assert_eq!(overview.points, [point(1, 2, 1), point(2, 7, 2)]);
    }

    #[test]
    fn a_new_hour_takes_the_place_of_the_oldest() {
        let mut overview = overview();
        add(&mut overview, &LiveUsage { points: vec![point(3, 1, 0)] });
        assert_eq!((overview.calls, overview.errors), (4, 0));
        assert_eq!(overview.points, [point(2, 3, 0), point(3, 1, 0)]);
    }
}
