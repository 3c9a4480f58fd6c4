//! Passphrases: from the terminal without echo, or the first line of stdin where that is no terminal.

use std::io::{self, BufRead, IsTerminal};

/// Asks once.
pub fn ask(prompt: &str) -> io::Result<String> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(prompt);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(passphrase) => Ok(passphrase.to_owned()),
        None if line.is_empty() => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "stdin is empty and no terminal")),
        None => Ok(line),
    }
}

/// Asks for a new one; at a terminal twice.
pub fn ask_new() -> io::Result<String> {
    let passphrase = ask("Passphrase for the new key: ")?;
    if passphrase.is_empty() {
        return Err(io::Error::other("the passphrase is empty; a key without one is made with `--no-passphrase`"));
    }
    if io::stdin().is_terminal() && ask("Once more: ")? != passphrase {
        return Err(io::Error::other("the two passphrases differ"));
    }
    Ok(passphrase)
}
