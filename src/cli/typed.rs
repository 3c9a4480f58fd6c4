//! Consent that somebody types, where an option by habit would be too little.

use std::io::{self, IsTerminal};

use super::{Failure, terminal};

/// Lets pass whoever types `word` at a terminal after `question`; `option` says the same without a terminal, and is named in the hint.
///
/// # Errors
/// If something else was typed, or there is no terminal.
pub fn typed(question: &str, word: &str, option: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        let failure = Failure::usage(format!("`{word}` must be typed at a terminal, and stdin is none"));
        return Err(failure.hint(format!("to say it without a terminal, add `{option}`")));
    }
    let unread = |error| Failure::new(format!("cannot read the answer: {error}")).hint("nothing was changed");
    match terminal::ask(&format!("{question}\nType `{word}` to go on: ")).map_err(unread)? {
        answer if answer == word => Ok(()),
        _ => Err(Failure::new(format!("something else than `{word}` was typed")).hint("nothing was changed")),
    }
}
