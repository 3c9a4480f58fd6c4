//! Writing to the terminal.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use super::failure::Failure;
use super::output::{Exit, Output};

/// Whether stderr takes colours: it is a terminal, and nobody set `NO_COLOR` (no-color.org).
pub fn colour() -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
    io::stderr().is_terminal() && !refused && !dumb
}

/// Prints what a verb returned.
pub fn print(output: &Output) -> ExitCode {
    write_error(&output.remarks);
    write_data(&output.data, output.exit)
}

/// Prints why a verb failed.
pub fn print_failure(failure: &Failure) -> ExitCode {
    let paint = |code: &str, word: &str| if colour() { format!("\u{1b}[1;{code}m{word}\u{1b}[0m") } else { word.to_owned() };
    let mut text = failure.drawn.clone();
    text.push_str(&format!("{}: {}\n", paint("31", "error"), lines(&failure.message)));
    for hint in &failure.hints {
        text.push_str(&format!("{}: {}\n", paint("36", "hint"), lines(hint)));
    }
    write_error(&text);
    write_data(&failure.data, failure.exit)
}

/// Each line cleaned: a message may name what a stranger wrote.
fn lines(text: &str) -> String {
    text.split('\n').map(crate::base::cleaned).collect::<Vec<_>>().join("\n")
}

fn write_error(text: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = io::stderr().write_all(text.as_bytes());
}

fn write_data(text: &str, exit: Exit) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever read us has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit.into(),
        Err(error) => {
            write_error(&format!("error: cannot write to stdout: {error}\n"));
            Exit::Failed.into()
        }
        Ok(()) => exit.into(),
    }
}

/// Seconds since 1970. Recorded for people; nothing is decided by it.
#[cfg(feature = "dom0")]
pub fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}

/// Seconds since 1970 as a day and a time in UTC, as in `2026-11-21 22:05`.
#[cfg(feature = "dom0")]
pub fn day_and_time(seconds: u64) -> String {
    // Howard Hinnant's `civil_from_days`: days counted from 1 March of year 0, so that leap days come last.
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", seconds / 3_600 % 24, seconds / 60 % 60)
}

#[cfg(all(test, feature = "dom0"))]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        // As `date -u -d @N` says.
        assert_eq!(day_and_time(0), "1970-01-01 00:00");
        assert_eq!(day_and_time(951_826_554), "2000-02-29 12:15");
        assert_eq!(day_and_time(1_795_300_000), "2026-11-21 23:06");
        assert_eq!(day_and_time(4_107_542_399), "2100-02-28 23:59");
    }
}
