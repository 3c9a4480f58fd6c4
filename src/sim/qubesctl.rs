//! A stand-in of `qubesctl` for a simulated dom0 behind sockets: it does with its arguments, its exit code and what it says as the real one.
//!
//! Source: qubes-mgmt-salt, `qubesctl` and `qubessalt/__init__.py`: `main`, `run_one`, `ManageVM.salt_call`, `qrexec_policy`.

use std::path::{Path, PathBuf};

use super::salt::Asked;
use crate::base::{Digest, QubeName};
use crate::disk::{self, DiskError, Mode};
use crate::qubesd::{Call, Qubesd, Reply};

/// The method by which the simulated qubesd is told what Salt does. The real one has none: Salt works in qubes, past qubesd.
pub(super) const SALT: &str = "simulate.Salt";
/// The largest file below `/srv/salt` that is read, in bytes.
const MOST: u64 = 64 << 20;

/// What the program comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What it says.
    pub said: String,
    /// Its exit code.
    pub code: u8,
}

/// Runs `qubesctl` with these arguments, for the simulated qubesd at `door` and dom0's files below `root`.
pub fn qubesctl(door: &mut dyn Qubesd, root: &Path, arguments: &[String]) -> Ended {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ["--skip-dom0", targets, "state.apply", state] = arguments[..] else {
        return Ended { said: "usage: this stand-in knows only what halite-dom0 calls\n".to_owned(), code: 2 };
    };
    let Some(names) = targets.strip_prefix("--targets=") else {
        return Ended { said: "usage: --targets=NAME\n".to_owned(), code: 2 };
    };
    let mut ended = Ended { said: String::new(), code: 0 };
    // Of a qube that is not there, nothing is said.
    let names: Vec<QubeName> = names.split(',').filter_map(|name| name.parse().ok()).filter(|name| exists(door, name)).collect();
    for name in &names {
        let target = Target { root, name };
        match target.apply(door, state) {
            Ok(()) => ended.said.push_str(&format!("{name}: OK\n")),
            Err(_) => {
                ended.said.push_str(&format!("{name}: ERROR (exit code 1, details in /var/log/qubes/mgmt-{name}.log)\n"));
                ended.code = 1;
            }
        }
    }
    ended
}

/// A qube that is set up. What goes wrong is said in its log, which nobody reads here.
struct Target<'a> {
    root: &'a Path,
    name: &'a QubeName,
}

impl Target<'_> {
    fn apply(&self, door: &mut dyn Qubesd, state: &str) -> Result<(), String> {
        self.allow(true).map_err(|error| error.to_string())?;
        let done = self.salt(door, state);
        self.allow(false).map_err(|error| error.to_string())?;
        done
    }

    fn salt(&self, door: &mut dyn Qubesd, state: &str) -> Result<(), String> {
        let salt = self.root.join("srv/salt");
        let read = |path: PathBuf| disk::read(&path, MOST).map_err(|error| error.to_string());
        let text = read(salt.join(format!("{}.sls", state.replace('.', "/"))))?;
        let asked = std::str::from_utf8(&text).ok().and_then(Asked::read).ok_or("the state is none of a bundle's")?;
        for digest in asked.contents() {
            let contents = read(salt.join(format!("halite/files/{digest}")))?;
            if Digest::of(&contents) != digest {
                return Err(format!("the contents {digest} are others"));
            }
        }
        match door.call(&Call::new(SALT, self.name).payload(text)) {
            Ok(Reply::Ok(_)) => Ok(()),
            Ok(Reply::Exception { message, .. }) => Err(message),
            Ok(Reply::Empty) => Err("no reason given".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Writes or takes back what the disposable that manages the qube may do to it.
    fn allow(&self, yes: bool) -> Result<(), DiskError> {
        let path = self.root.join("etc/qubes/policy.d/30-qubesctl-salt.policy");
        let services = ["qubes.Filecopy", "qubes.VMShell", "qubes.VMRootShell"];
        let rule = |service| format!("{service} * {} {} allow user=root\n", self.name.manager(), self.name);
        let rules: String = services.map(rule).concat();
        let text = disk::read_if_there(&path, MOST)?.map(|text| String::from_utf8_lossy(&text).into_owned());
        let text = text.unwrap_or_else(|| "# DO NOT EDIT: automatically generated file\n".to_owned());
        let text = if yes { text + &rules } else { text.replace(&rules, "") };
        match text.lines().all(|line| line.starts_with('#')) {
            true => disk::remove(&path),
            false => disk::replace(&path, text.as_bytes(), Mode::Policy),
        }
    }
}

fn exists(door: &mut dyn Qubesd, name: &QubeName) -> bool {
    matches!(door.call(&Call::new("admin.vm.CurrentState", name)), Ok(Reply::Ok(_)))
}
