//! The commands that are interrupted. Another one is another line.

use std::sync::OnceLock;

use crate::dom0::{Dom0, Snapshot};
use crate::syscall::{End, Syscall};
use crate::traced;

/// A command of `halite-dom0` that changes something.
#[derive(Debug)]
pub struct Command {
    /// What it is called here.
    pub name: &'static str,
    /// The commands that come before it.
    before: &'static [&'static str],
    /// Its arguments.
    pub arguments: &'static str,
}

const IMPORT: &str = "import first.halite";
const IMPORT_SECOND: &str = "import second.halite";
const IMPORT_AGAIN: &str = "import first-again.halite";
const SWITCH: &str = "switch small@1";
const SWITCH_AGAIN: &str = "switch small@2";
const ROLLBACK: &str = "rollback 1";

/// All of them.
pub const COMMANDS: &[Command] = &[
    Command { name: "trust", before: &[], arguments: "trust add other.pub --role rebuilder" },
    Command { name: "import", before: &[], arguments: IMPORT },
    Command {
        name: "import of more signatures",
        before: &["trust add other.pub --role author", IMPORT],
        arguments: "import first-by-other.halite",
    },
    Command { name: "first switch", before: &[IMPORT], arguments: SWITCH },
    Command { name: "switch to the same", before: &[IMPORT, IMPORT_AGAIN, SWITCH], arguments: "switch small@3" },
    Command { name: "second switch", before: &[IMPORT, IMPORT_SECOND, SWITCH], arguments: SWITCH_AGAIN },
    Command { name: "rollback", before: &[IMPORT, IMPORT_SECOND, SWITCH, SWITCH_AGAIN], arguments: ROLLBACK },
    Command { name: "rollback to 0", before: &[IMPORT, SWITCH], arguments: "rollback 0 --accept-dangers" },
    Command { name: "uninstall", before: &[IMPORT, SWITCH], arguments: "uninstall --yes --accept-dangers" },
    Command { name: "pin", before: &[IMPORT, SWITCH], arguments: "pin 1" },
    Command { name: "confirm", before: &[IMPORT, SWITCH], arguments: "confirm" },
];

/// A command that changes nothing by itself, but puts right what another left: there is no such bundle.
pub const RECOVER: &str = "switch none@1";

/// A command that went undisturbed.
pub struct Recorded {
    pub command: &'static Command,
    /// What was there before it.
    pub start: Dom0,
    pub before: Snapshot,
    pub after: Snapshot,
    /// What it asked of the kernel, in the root named here.
    pub calls: Vec<Syscall>,
    pub root: String,
}

/// All commands, each recorded once.
pub fn recorded() -> &'static [Recorded] {
    static RECORDED: OnceLock<Vec<Recorded>> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let stock = Dom0::new();
        COMMANDS.iter().map(|command| record(&stock, command)).collect()
    })
}

fn record(stock: &Dom0, command: &'static Command) -> Recorded {
    let start = stock.copy();
    let served = start.serve();
    for earlier in command.before {
        start.run(earlier).succeeds();
    }
    drop(served);
    let end = start.copy();
    let served = end.serve();
    let traced = traced::run(&end, command.arguments, &[]);
    drop(served);
    assert_eq!(traced.ended.code, 0, "{}: {}", command.name, traced.ended.transcript());
    let root = end.root().display().to_string();
    Recorded { command, before: start.snapshot(), after: end.snapshot(), start, calls: traced.calls, root }
}

impl Recorded {
    /// The places of the calls that change something.
    pub fn changes(&self) -> impl Iterator<Item = usize> {
        let changes = |at: &usize| match &self.calls[*at] {
            call if call.end != End::Done => false,
            // qubesd acts on what was sent before when the connection is shut down, which it also is when a process ends.
            call if call.name == "shutdown" => self.calls[at - 1].changes(),
            call => call.changes(),
        };
        (0..self.calls.len()).filter(changes)
    }
}
