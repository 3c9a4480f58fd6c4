//! `halite-dom0` under `strace`, which sees its system calls, and can make one of them fail or be the last.

use crate::dom0::Dom0;
use crate::support::{Ended, dom0::built};
use crate::syscall::{self, Syscall};

/// The system calls that are looked at: all that may change a file or what qubesd has. `tests_of_the_tracer` looks for others.
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
    /// It fails with this error, and so does every later one that changes the disk, but for the making and writing of files.
    FailFromHere(&'static str),
}

/// A command that has ended.
pub struct Traced {
    pub ended: Ended,
    pub calls: Vec<Syscall>,
}

/// Runs `halite-dom0` with these arguments.
pub fn run(dom0: &Dom0, arguments: &str, injections: &[String]) -> Traced {
    let strace = format!("-f -y -xx -qq -s 1000000 -o trace -e trace={TRACED}");
    let mut run = dom0.sandbox().run("strace", &strace);
    for injection in injections {
        run = run.argument("-e").argument(format!("inject={injection}"));
    }
    let arguments = format!("{} {arguments}", dom0.options());
    let ended = arguments.split_whitespace().fold(run.argument(&built().program), |run, argument| run.argument(argument)).end();
    Traced { ended, calls: syscall::read(&dom0.sandbox().text("trace")) }
}

impl Harm {
    /// What `strace` is told, for harm at the call `at` of `calls`.
    pub fn injections(self, calls: &[Syscall], at: usize) -> Vec<String> {
        let Syscall { name, number, .. } = &calls[at];
        match self {
            // Of a call over the socket, it is the shutdown that makes qubesd act.
            Self::Kill => vec![format!("{name}:signal=KILL:when={number}")],
            Self::Fail(error) => vec![format!("{name}:error={error}:when={number}")],
            Self::FailFromHere(error) => {
                let next = |name: &str| 1 + calls[..at].iter().filter(|call| call.name == name).count();
                let names = ["fsync", "fdatasync", "rename", "unlink", "mkdir", "fchmod"];
                names.iter().map(|name| format!("{name}:error={error}:when={}+", next(name))).collect()
            }
        }
    }
}
