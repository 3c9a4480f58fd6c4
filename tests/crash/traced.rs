//! `halite-dom0` under `strace`, which sees its system calls, and can make one of them fail or be the last. What `qubesctl` does is not
//! among them.

use crate::dom0::Dom0;
use crate::support::{Ended, dom0::built};
use crate::syscall::{self, Syscall};

/// The system calls that are looked at: all that may change a file or what qubesd has.
const TRACED: &str = "openat,creat,open,write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,\
                      mkdirat,rmdir,link,linkat,symlink,symlinkat,chmod,fchmod,fchmodat,chown,fchown,fchownat,truncate,ftruncate,\
                      fallocate,flock,copy_file_range,sendfile,splice,connect,sendto,sendmsg,shutdown,sync,syncfs,sync_file_range";

/// What is to go wrong at a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// The process is killed before it is done.
    Kill,
    /// It fails with this error, and nothing is done.
    Fail(&'static str),
    /// It fails with this error, and so does every later one of [`READ_ONLY`].
    FailFromHere(&'static str),
    /// It is a call to qubesd, which does not answer it as it should.
    Qubesd(Mishap),
}

/// What qubesd does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It refuses.
    Refuse,
    /// It does nothing, and never answers.
    Hang,
    /// It is gone before it does anything.
    DieBefore,
    /// It does what was asked, and is gone before it says so.
    DieAfter,
}

impl Mishap {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Refuse, Self::Hang, Self::DieBefore, Self::DieAfter];

    /// The option of `halite simulate` for it.
    pub fn option(self) -> &'static str {
        match self {
            Self::Refuse => "--refuse-at",
            Self::Hang => "--hang-at",
            Self::DieBefore => "--die-at",
            Self::DieAfter => "--die-after",
        }
    }
}

/// A command that has ended.
pub struct Traced {
    pub ended: Ended,
    pub calls: Vec<Syscall>,
}

/// Runs `halite-dom0` with these arguments.
pub fn run(dom0: &Dom0, arguments: &str, injections: &[String]) -> Traced {
    let strace = format!("-y -xx -qq -s 1000000 -o trace -e trace={TRACED}");
    let mut run = dom0.sandbox().run("strace", &strace);
    for injection in injections {
        run = run.argument("-e").argument(format!("inject={injection}"));
    }
    let arguments = format!("{} {arguments}", dom0.options());
    let ended = arguments.split_whitespace().fold(run.argument(&built().program), |run, argument| run.argument(argument)).end();
    Traced { ended, calls: syscall::read(&dom0.sandbox().text("trace")) }
}

/// What fails on a disk that has become read-only, once files are open.
const READ_ONLY: [&str; 9] = ["fsync", "fdatasync", "rename", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "fchmod"];

impl Harm {
    /// Whether it can come at this call.
    pub fn befalls(self, call: &Syscall) -> bool {
        !matches!(self, Self::FailFromHere(_)) || READ_ONLY.contains(&&*call.name)
    }

    /// What `strace` is told, for harm at the call `at` of `calls`.
    pub fn injections(self, calls: &[Syscall], at: usize) -> Vec<String> {
        let Syscall { name, number, .. } = &calls[at];
        match self {
            Self::Kill => vec![format!("{name}:signal=KILL:when={number}")],
            Self::Fail(error) => vec![format!("{name}:error={error}:when={number}")],
            Self::FailFromHere(error) => {
                let next = |name: &str| 1 + calls[..at].iter().filter(|call| call.name == name).count();
                READ_ONLY.iter().map(|name| format!("{name}:error={error}:when={}+", next(name))).collect()
            }
            Self::Qubesd(_) => Vec::new(),
        }
    }
}
