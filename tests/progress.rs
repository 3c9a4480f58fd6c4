//! What takes longer than a second says so: to people, never to pipes, and it leaves no trace. The slow thing is scrypt, with the GiB
//! that keys of stock `minisign` ask for.

#![allow(clippy::disallowed_methods, reason = "a test runs programs")]

mod support;

use support::Sandbox;

const PASSPHRASE: &str = "correct horse\n";

/// What a terminal shows in the end of what was written to it.
fn screen(written: &str) -> Vec<String> {
    let line = |written: &str| {
        let mut shown: Vec<char> = Vec::new();
        for part in written.split('\r') {
            let over: Vec<char> = part.chars().collect();
            let rest = shown.get(over.len()..).unwrap_or_default().to_vec();
            shown = [over, rest].concat();
        }
        shown.into_iter().collect::<String>().trim_end().to_owned()
    };
    written.replace("\r\n", "\n").lines().map(line).collect()
}

#[test]
fn reading_a_key_with_passphrase() {
    let sandbox = Sandbox::with_recipe();
    sandbox.bash("minisign -G -p author.pub -s author.key").stdin(PASSPHRASE.repeat(2)).succeeds();
    sandbox.halite("build recipe").succeeds();
    let halite = env!("CARGO_BIN_EXE_halite");
    let sign = "sign sample@1 --key author.key";

    let piped = sandbox.halite(sign).stdin(PASSPHRASE).succeeds();
    assert_eq!(piped.stderr.lines().count(), 1, "nothing but that it is signed: {:?}", piped.stderr);
    sandbox.write("passphrase", PASSPHRASE);

    // `script` gives it a terminal; the passphrase still comes from a file, since a terminal would be asked without echo.
    let call = format!("{halite} {sign} < passphrase");
    let terminal = |environment: &str| {
        let call = format!("env {environment} sh -c '{call}'");
        sandbox.run("script", "-q -e -c").argument(call).argument("/dev/null").succeeds().stdout
    };
    for environment in ["TERM=xterm", "TERM=dumb NO_COLOR=1"] {
        let shown = terminal(environment);
        assert!(shown.contains("\rworking: reading the key (scrypt) …"), "{environment}: {shown:?}");
        assert!(!shown.contains('\u{1b}'), "it needs no escape sequence: {shown:?}");
        let left = screen(&shown);
        assert_eq!(left, screen(&(piped.stderr.clone() + &piped.stdout)), "{environment}: {shown:?}");
    }
}

#[test]
fn the_screen_is_read_as_a_terminal_does() {
    assert_eq!(screen("\rworking …\r          \rdone\r\nmore\n"), ["done", "more"]);
    assert_eq!(screen("\rworking …\rdone\n"), ["doneing …"]);
}
