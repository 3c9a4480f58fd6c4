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

/// How many columns text on stdout has: as `COLUMNS` says, or the terminal; 80 where it is none.
pub fn width() -> usize {
    let said = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    let seen =
        || rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
    said.or_else(seen).unwrap_or(80)
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

/// The longest answer that [`ask`] takes, in bytes.
const ANSWER_MOST: u64 = 200;

/// Asks at the terminal, and reads one line from stdin. An answer without its end counts as none.
///
/// # Errors
/// If stdin ends, or the line is too long or no text.
pub fn ask(question: &str) -> io::Result<String> {
    use std::io::{BufRead, Read};
    write_error(question);
    let mut line = String::new();
    io::stdin().lock().take(ANSWER_MOST).read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(answer) => Ok(answer.trim().to_owned()),
        None if line.len() as u64 == ANSWER_MOST => Err(io::Error::other(format!("it is longer than {ANSWER_MOST} bytes"))),
        None => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the input ended")),
    }
}

/// Says something to the person who is being asked, or waited for.
pub fn say(text: &str) {
    write_error(&format!("{text}\n"));
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

/// What this process is, for others who wait for it: its number, what was called, since when.
#[cfg(feature = "dom0")]
pub fn this_process() -> String {
    let call: Vec<_> = env::args().map(|argument| crate::base::cleaned(&argument)).collect();
    let call: String = call.join(" ").chars().take(300).collect();
    format!("process {}, `{call}`, since {}", std::process::id(), day_and_time(now()))
}

/// Seconds since 1970. Recorded for people; nothing is decided by it.
#[cfg(feature = "dom0")]
pub fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}

/// Seconds since 1970 as a day and a time in UTC (RFC 3339).
#[cfg(feature = "dom0")]
pub fn day_and_time(seconds: u64) -> String {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds.min(u64::from(u32::MAX)));
    humantime::format_rfc3339_seconds(time).to_string()
}
