//! Waiting for somebody to confirm a change: the clock, the signals, and what is said meanwhile.
//!
//! The clock is one that goes on while the machine sleeps (`CLOCK_BOOTTIME`), and that nobody can set: a laptop that was closed and is
//! opened the next day must not go on with what nobody confirmed in the time that was meant for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::flag;

use super::here::Mine;
use super::{Failure, Progress, terminal};
use crate::apply::Wait;

/// What ends waiting at once: the terminal is gone, or somebody wants it to end.
const ENDS: [(i32, &str); 4] = [
    (SIGHUP, "the terminal is gone (SIGHUP)"),
    (SIGINT, "it was interrupted (SIGINT)"),
    (SIGQUIT, "it was interrupted (SIGQUIT)"),
    (SIGTERM, "it was told to end (SIGTERM)"),
];
/// How often is looked whether anything happened.
const MOMENT: Duration = Duration::from_millis(100);

/// Somebody who waits for a change to be confirmed.
pub struct Waiting {
    within: Duration,
    signal: Arc<AtomicUsize>,
    /// When it is over, since the machine was started; none while things are still being changed.
    end: Option<Duration>,
    progress: Option<Progress>,
}

impl Waiting {
    /// Begins: from now on no signal ends the process in the middle of a step, but for SIGKILL. The time counts from the first time
    /// that [`Waiting::go_on`] is asked, when everything is done.
    ///
    /// # Errors
    /// If signals cannot be waited for.
    pub fn begin(within: Duration, progress: Progress) -> Result<Self, Failure> {
        let signal = Arc::new(AtomicUsize::new(0));
        let refused = |error| Failure::new(format!("cannot wait for signals: {error}"));
        for (at, (number, _)) in ENDS.iter().enumerate() {
            flag::register_usize(*number, Arc::clone(&signal), at.saturating_add(1)).map_err(refused)?;
        }
        // A stopped process would let the time pass, and put nothing back.
        flag::register(SIGTSTP, Arc::new(AtomicBool::new(false))).map_err(refused)?;
        Ok(Self { within, signal, end: None, progress: Some(progress) })
    }

    /// Whether somebody wants it to end.
    pub fn is_wanted(&mut self) -> Wait {
        match self.signal.load(Ordering::Relaxed).checked_sub(1).and_then(|at| ENDS.get(at)) {
            Some((_, why)) => self.over((*why).to_owned()),
            None => Wait::On,
        }
    }

    /// Lets a moment pass, unless it is over. At the first time it says what to do, to whoever is there, and by `mine` to others.
    pub fn go_on(&mut self, what: &str, mine: &Mine) -> Wait {
        if let Wait::Over(why) = self.is_wanted() {
            return Wait::Over(why);
        }
        let now = since_start();
        let end = match self.end {
            Some(end) => end,
            None => self.tell(what, mine, now.saturating_add(self.within)),
        };
        match end.checked_sub(now).filter(|left| !left.is_zero()) {
            None => self.over(format!("nobody did within {}", humantime::format_duration(self.within))),
            Some(left) => {
                thread::sleep(left.min(MOMENT));
                Wait::On
            }
        }
    }

    fn over(&mut self, why: String) -> Wait {
        self.progress = None;
        self.progress = Some(Progress::of("putting everything back"));
        Wait::Over(why)
    }

    fn tell(&mut self, what: &str, mine: &Mine, end: Duration) -> Duration {
        let until = terminal::day_and_time(terminal::now().saturating_add(self.within.as_secs()));
        mine.say(&format!("; it waits for `halite-dom0 confirm` until {until}"));
        // What is shown now must be gone before anything else is said.
        self.progress = None;
        let within = humantime::format_duration(self.within);
        terminal::say(&format!(
            "{what} is done, and not confirmed yet\nsee whether everything works; if it does, say so in another terminal within {within}:\n  halite-dom0 confirm\notherwise everything is put back; Ctrl-C puts it back now"
        ));
        let left = move || humantime::format_duration(Duration::from_secs(end.saturating_sub(since_start()).as_secs()));
        self.progress = Some(Progress::showing(move || format!("not confirmed yet; {} left", left())));
        self.end = Some(end);
        end
    }
}

/// The time since the machine was started, sleep included.
fn since_start() -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    Duration::new(now.tv_sec.try_into().unwrap_or(0), now.tv_nsec.try_into().unwrap_or(0))
}
