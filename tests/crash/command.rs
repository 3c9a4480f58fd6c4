//! The commands that are interrupted. Another one is another line.

use std::sync::OnceLock;

use crate::disk::Disk;
use crate::dom0::{Dom0, Snapshot};
use crate::syscall::{End, Syscall};
use crate::traced::{self, Harm};

/// The journal, below a root.
pub const JOURNAL: &str = "/var/lib/halite/journal";

/// A command of `halite-dom0` that changes something.
#[derive(Debug)]
pub struct Command {
    /// What it is called here.
    pub name: &'static str,
    /// The commands that come before it.
    before: &'static [&'static str],
    /// One more, which was killed in the middle.
    interrupted: Option<(&'static str, Interruption)>,
    /// Its arguments.
    pub arguments: &'static str,
    /// What the next command may find where it was stopped.
    pub stops: Stops,
    /// Where is written what it asks of qubesd.
    pub announces: Announces,
    /// Whether others talk to qubesd meanwhile, too.
    pub is_alone: bool,
}

/// Where a command was killed.
#[derive(Debug, Clone, Copy)]
enum Interruption {
    /// At the middle one of the calls by which it changes what qubesd has.
    HalfWay,
    /// When its journal says that all is done, which is not synced yet.
    Unsynced,
    /// When its books are closed, and the journal is about to go.
    AtTheEnd,
}

/// What the next command may find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stops {
    /// The old state or the new one, whole.
    Whole,
    /// Some of the files gone that were to go, each whole or not there.
    InParts,
}

/// Where is written what is asked of qubesd, before it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announces {
    /// In a journal of its own, before the first of them.
    Itself,
    /// In the journal that it found.
    Found,
}

const IMPORT: &str = "import first.halite";
const IMPORT_SECOND: &str = "import second.halite";
const IMPORT_AGAIN: &str = "import first-again.halite";
const SWITCH: &str = "switch small@1";
const SWITCH_AGAIN: &str = "switch small@2";
const ROLLBACK: &str = "rollback 1";
/// What puts right what another command left.
pub const RECOVER: &str = "recover";

/// All of them.
pub const COMMANDS: &[Command] = &[
    Command::new("trust", &[], "trust add other.pub --role rebuilder"),
    Command::new("import", &[], IMPORT),
    Command::new("import of more signatures", &["trust add other.pub --role author", IMPORT], "import first-by-other.halite"),
    Command::new("first switch", &[IMPORT], SWITCH),
    Command::new("switch to the same", &[IMPORT, IMPORT_AGAIN, SWITCH], "switch small@3"),
    Command::new("second switch", &[IMPORT, IMPORT_SECOND, SWITCH], SWITCH_AGAIN),
    Command::new("rollback", &[IMPORT, IMPORT_SECOND, SWITCH, SWITCH_AGAIN], ROLLBACK),
    Command::new("rollback to 0", &[IMPORT, SWITCH], "rollback 0 --accept-dangers"),
    Command::new("uninstall", &[IMPORT, SWITCH], "uninstall --yes --accept-dangers"),
    Command::new("switch with Salt", &["import salted.halite"], "switch salted@1").with_salt(),
    Command::new("pin", &[IMPORT, SWITCH], "pin 1"),
    Command::new("confirm", &[IMPORT, SWITCH], "confirm"),
    Command::new(
        "gc",
        &[
            IMPORT,
            IMPORT_SECOND,
            IMPORT_AGAIN,
            "import second-again.halite",
            SWITCH,
            SWITCH_AGAIN,
            "switch small@3",
            "switch small@4",
            "pin 1",
        ],
        "gc --keep 1",
    )
    .in_parts(),
    Command::new("prune", &[IMPORT, IMPORT_SECOND, SWITCH, SWITCH_AGAIN, "gc --keep 0"], "prune gone --type-name gone")
        .announced_before(),
    Command::recover("recover, half way", &[IMPORT], SWITCH, Interruption::HalfWay),
    Command::recover("recover, half way back", &[IMPORT, IMPORT_SECOND, SWITCH, SWITCH_AGAIN], ROLLBACK, Interruption::HalfWay),
    Command::recover("recover, unsynced", &[IMPORT], SWITCH, Interruption::Unsynced),
    Command::recover("recover, at the end", &[IMPORT], SWITCH, Interruption::AtTheEnd),
];

impl Command {
    /// After the commands `before`.
    const fn new(name: &'static str, before: &'static [&'static str], arguments: &'static str) -> Self {
        Self { name, before, interrupted: None, arguments, stops: Stops::Whole, announces: Announces::Itself, is_alone: true }
    }

    /// What puts right what `interrupted` left, which was killed there.
    const fn recover(name: &'static str, before: &'static [&'static str], interrupted: &'static str, at: Interruption) -> Self {
        Self { interrupted: Some((interrupted, at)), ..Self::new(name, before, RECOVER).announced_before() }
    }

    const fn in_parts(self) -> Self {
        Self { stops: Stops::InParts, ..self }
    }

    /// `qubesctl` is another process.
    const fn with_salt(self) -> Self {
        Self { is_alone: false, ..self }
    }

    const fn announced_before(self) -> Self {
        Self { announces: Announces::Found, ..self }
    }
}

/// A command that went undisturbed.
pub struct Recorded {
    pub command: &'static Command,
    /// What was there before it.
    pub start: Dom0,
    /// The old state and the new one: its own, or those of the command that was interrupted before it.
    pub old: Snapshot,
    pub new: Snapshot,
    /// What it came to.
    pub after: Snapshot,
    /// What the interrupted command asked of the kernel.
    earlier: Vec<Syscall>,
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
    let first = stock.copy();
    let served = first.serve();
    for earlier in command.before {
        first.run(earlier).succeeds();
    }
    drop(served);
    let end = first.copy();
    let served = end.serve();
    let interrupted = command.interrupted.map(|(earlier, at)| interrupt(&first, &end, earlier, at));
    let start = end.copy();
    let traced = traced::run(&end, command.arguments, &[]);
    drop(served);
    assert_eq!(traced.ended.code, 0, "{}: {}", command.name, traced.ended.transcript());
    let (root, after) = (end.root().display().to_string(), end.snapshot());
    let (earlier, new) = interrupted.unwrap_or_else(|| (Vec::new(), after.clone()));
    Recorded { command, old: first.snapshot(), new, after, start, earlier, calls: traced.calls, root }
}

/// Kills `command` in `end`, which is as `first` is. Says what it had asked of the kernel then, and what would have come of it.
fn interrupt(first: &Dom0, end: &Dom0, command: &str, at: Interruption) -> (Vec<Syscall>, Snapshot) {
    let whole = first.copy();
    let served = whole.serve();
    let calls = traced::run(&whole, command, &[]).calls;
    drop(served);
    let all = |is_one: &dyn Fn(&Syscall) -> bool| (0..calls.len()).filter(|at| is_one(&calls[*at])).collect::<Vec<_>>();
    let at = match at {
        Interruption::HalfWay => {
            let changes = all(&|call| call.name == "sendto" && call.changes());
            changes[changes.len() / 2]
        }
        Interruption::Unsynced => *all(&|call| call.name == "fdatasync" && call.is_of(JOURNAL)).last().unwrap(),
        Interruption::AtTheEnd => *all(&|call| call.name == "unlink" && call.is_of(JOURNAL)).last().unwrap(),
    };
    let mut killed = traced::run(end, command, &Harm::Kill.injections(&calls, at));
    assert_eq!(killed.ended.code, 128 + 9, "{command}: {}", killed.ended.transcript());
    assert_eq!(killed.calls.pop().map(|call| call.end), Some(End::Never), "{command}");
    // Whatever was sent last, qubesd has done when it answers another one.
    end.run("status").exits(3);
    (killed.calls, whole.snapshot())
}

impl Recorded {
    /// The disk when it began, of which not everything need be durable.
    pub fn disk(&self) -> Disk<'_> {
        let mut disk = Disk::new(&self.root, &self.old.files);
        self.earlier.iter().for_each(|call| disk.take(call));
        disk
    }

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
