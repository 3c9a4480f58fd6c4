//! A dom0 whose qubesd is `halite simulate`, and all that is in it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::served::Served;
use crate::support::{Run, Sandbox};

/// Two identities in clear, on a stock template: nothing that has to be installed.
const FIRST: &str = r#"
[bundle]
name = "small"
serial = 1
summary = "Two identities in clear"
releases = ["r4.3"]

[identity.loud]
mode = 4
upstream = "sys-firewall"
[workstation.loud]
identity = "loud"
template = "debian"
memory = 1000

[identity.gone]
mode = 4
upstream = "sys-firewall"
[workstation.gone]
identity = "gone"
template = "debian"
"#;

/// What becomes of it: settings change, a volume grows, one identity goes and another comes, with disposables.
const SECOND: &str = r#"
[bundle]
name = "small"
serial = 2
summary = "Two identities in clear"
releases = ["r4.3"]

[identity.loud]
mode = 4
upstream = "sys-net"
[workstation.loud]
identity = "loud"
template = "debian"
label = "orange"
private = 8192
features.x-colour = "blue"

[identity.new]
mode = 4
upstream = "sys-firewall"
[workstation.new]
identity = "new"
template = "debian"
disposables = "new-dvm"
[disposable.new-dvm]
identity = "new"
template = "debian"
"#;

/// One identity in clear, on a template in which something is installed.
const SALTED: &str = r#"
[bundle]
name = "salted"
serial = 1
summary = "One identity in clear, on a template of its own"
releases = ["r4.3"]

[identity.loud]
mode = 4
upstream = "sys-firewall"
[workstation.loud]
identity = "loud"
template = "loud"
[template.loud]
base = "debian"
packages = ["gimp"]
"#;

/// A dom0 that trusts who signed the bundles beside it, of which it knows none yet.
pub struct Dom0 {
    sandbox: Sandbox,
}

impl Dom0 {
    /// One in which nothing was imported yet.
    pub fn new() -> Self {
        let sandbox = Sandbox::in_memory();
        for key in ["author", "other"] {
            sandbox.halite(&format!("keygen --no-passphrase {key}")).succeeds();
        }
        let (first_again, second_again) = (FIRST.replace("serial = 1", "serial = 3"), SECOND.replace("serial = 2", "serial = 4"));
        for (name, text) in [
            ("first", FIRST),
            ("second", SECOND),
            ("first-again", &first_again),
            ("second-again", &second_again),
            ("salted", SALTED),
        ] {
            sandbox.write("recipe/halite.toml", text);
            let id = sandbox.halite("build recipe --sign author.key").succeeds().stdout;
            fs::rename(sandbox.path(&format!("store/{}.halite", id.trim_end())), sandbox.path(&format!("{name}.halite")))
                .unwrap();
        }
        sandbox.write("recipe/halite.toml", FIRST);
        let id = sandbox.halite("build recipe --sign other.key --store others").succeeds().stdout;
        fs::rename(sandbox.path(&format!("others/{}.halite", id.trim_end())), sandbox.path("first-by-other.halite")).unwrap();
        fs::remove_dir_all(sandbox.path("recipe")).unwrap();
        let dom0 = Self { sandbox };
        let served = dom0.serve();
        dom0.run("trust add author.pub --role author").succeeds();
        drop(served);
        dom0
    }

    /// The sandbox around it.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Where its files are.
    pub fn root(&self) -> std::path::PathBuf {
        self.sandbox.path("dom0")
    }

    /// Another one that is as this one is now.
    pub fn copy(&self) -> Self {
        let copy = Self { sandbox: Sandbox::in_memory() };
        let (from, to) = (self.sandbox.path("."), copy.sandbox.path("."));
        copy.sandbox.run("cp", "-a").argument(from).argument(to).succeeds();
        copy
    }

    /// The same with other files.
    pub fn with(&self, files: &Files) -> Self {
        let other = self.copy();
        fs::remove_dir_all(other.root()).unwrap();
        fs::create_dir(other.root()).unwrap();
        for (path, (mode, contents)) in files {
            let path = other.root().join(&path[1..]);
            match contents {
                None => fs::create_dir(&path).unwrap(),
                Some(bytes) => fs::write(&path, bytes).unwrap(),
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
        }
        other
    }

    /// Serves its qubesd.
    pub fn serve(&self) -> Served {
        self.serve_with("")
    }

    /// The same with further arguments of `halite simulate`.
    pub fn serve_with(&self, arguments: &str) -> Served {
        Served::start(&self.sandbox, &format!("--root dom0 --programs bin {arguments}"))
    }

    /// What comes before each command: the program, and which dom0.
    pub fn options(&self) -> String {
        format!("--root {} --qubesd qubesd.sock --qubesctl bin/qubesctl", self.root().display())
    }

    /// `halite-dom0` in it.
    pub fn run(&self, arguments: &str) -> Run<'_> {
        self.sandbox.halite_dom0(&format!("{} {arguments}", self.options()))
    }

    /// All that is in it.
    pub fn snapshot(&self) -> Snapshot {
        let qubesd: Value = serde_json::from_slice(&self.sandbox.read("qubesd.json")).unwrap();
        let mut files = Files::new();
        walk(&self.root(), &self.root(), &mut files);
        Snapshot { qubesd, files }
    }
}

/// Files, with permissions and contents; directories have no contents.
pub type Files = BTreeMap<String, (u32, Option<Vec<u8>>)>;

fn walk(directory: &Path, root: &Path, files: &mut Files) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let contents = metadata.is_file().then(|| fs::read(&path).unwrap());
        let name = format!("/{}", path.strip_prefix(root).unwrap().display());
        files.insert(name, (metadata.permissions().mode() & 0o7777, contents));
        if metadata.is_dir() {
            walk(&path, root, files);
        }
    }
}

/// A dom0 at a moment: everything that qubesd knows, and every file.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub qubesd: Value,
    pub files: Files,
}

/// What an undone command may leave behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// A volume that has grown, since none ever shrinks.
    Volume,
    /// A qube that was made and could have been started: it is retired.
    Qube,
}

impl Snapshot {
    /// What is left besides `other`, if nothing but that is between them; otherwise the first difference.
    pub fn compared(&self, other: &Self) -> Result<Left, String> {
        let mut left = Left::Nothing;
        let (mut qubes, others) = (self.qubes(), other.qubes());
        for (name, qube) in qubes.clone().iter().filter(|(name, _)| !others.contains_key(*name)) {
            if !is_put_away(qube) {
                return Err(format!("{name} is left behind open: {qube}"));
            }
            left = Left::Qube;
            qubes.remove(name);
        }
        for (name, qube) in &mut qubes {
            let was = &others[name];
            if qube == was {
                continue;
            }
            let has_grown = size(qube) > size(was);
            match was.get("sizes") {
                Some(sizes) if has_grown => qube["sizes"] = sizes.clone(),
                None if has_grown => drop(qube.as_object_mut().unwrap().remove("sizes")),
                _ => {}
            }
            if qube != was {
                return Err(format!("{name} is\n  {qube}\nand not\n  {was}"));
            }
            left = left.max(Left::Volume);
        }
        if let Some(name) = others.keys().find(|name| !qubes.contains_key(*name)) {
            return Err(format!("{name} is gone"));
        }
        let rest = |snapshot: &Self| {
            snapshot
                .qubesd
                .as_object()
                .unwrap()
                .iter()
                // How many disposables there were, and what nobody knows any more by which to copy a volume, qubesd keeps to itself.
                .filter(|(key, _)| !["qubes", "count", "clones"].contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect::<Vec<_>>()
        };
        if rest(self) != rest(other) {
            return Err("what qubesd has besides qubes differs".to_owned());
        }
        // The ledger may know more than it did: what had to be left behind.
        let books = |snapshot: &Self| snapshot.books(left == Left::Qube);
        let (files, others) = (books(self), books(other));
        match files.keys().chain(others.keys()).find(|path| files.get(*path) != others.get(*path)) {
            None => Ok(left),
            Some(path) => {
                Err(format!("`{path}` differs: {:?} and not {:?}", files.get(path).map(shown), others.get(path).map(shown)))
            }
        }
    }

    /// Whether this is something between `old` and `new`: each file that is to go is there as it was, or gone; and nothing else differs.
    pub fn is_between(&self, old: &Self, new: &Self) -> Result<(), String> {
        if self.qubesd != old.qubesd {
            return Err("what qubesd has differs".to_owned());
        }
        let (files, old, new) = (self.books(false), old.books(false), new.books(false));
        let is_right = |path: &&String| {
            let (is, was, is_to_be) = (files.get(*path), old.get(*path), new.get(*path));
            is == was || is == is_to_be
        };
        match files.keys().chain(old.keys()).find(|path| !is_right(path)) {
            None => Ok(()),
            Some(path) => Err(format!("`{path}` is neither whole nor gone: {:?}", files.get(path).map(shown))),
        }
    }

    fn qubes(&self) -> BTreeMap<String, Value> {
        serde_json::from_value(self.qubesd["qubes"].clone()).unwrap()
    }

    /// The files, whenever a generation was activated; without directories of halite's own that are empty, the lock, and the history,
    /// which says what was tried, too.
    fn books(&self, without_ledger: bool) -> Files {
        let files = || self.files.iter().filter(|(_, (_, contents))| contents.is_some()).map(|(path, _)| path);
        let has_files = |directory: &str| files().any(|path| path.starts_with(&format!("{directory}/")));
        let mut books = Files::new();
        for (path, (mode, contents)) in &self.files {
            let is_own = ["/var/lib/halite", "/etc/halite", "/srv"].iter().any(|own| path.starts_with(own));
            let is_skipped = ["/var/lib/halite/lock", "/var/lib/halite/history"].contains(&path.as_str())
                || (without_ledger && path == "/var/lib/halite/current.cbor");
            if is_skipped || (contents.is_none() && is_own && !has_files(path)) {
                continue;
            }
            let is_generation = path.starts_with("/var/lib/halite/generations/");
            let contents = contents.as_ref().map(|bytes| if is_generation { timeless(bytes) } else { bytes.clone() });
            books.insert(path.clone(), (*mode, contents));
        }
        books
    }
}

fn shown((mode, contents): &(u32, Option<Vec<u8>>)) -> String {
    let contents = contents.as_ref().map(|bytes| String::from_utf8_lossy(bytes).chars().take(300).collect::<String>());
    format!("{mode:o} {contents:?}")
}

/// The bytes of a generation, a head and what follows, as if it had been activated in 1970.
fn timeless(bytes: &[u8]) -> Vec<u8> {
    let mut values = serde_cbor::Deserializer::from_slice(bytes).into_iter::<serde_cbor::Value>();
    let Some(Ok(serde_cbor::Value::Map(mut head))) = values.next() else { return bytes.to_vec() };
    let known = head.insert(serde_cbor::Value::Text("activated".to_owned()), serde_cbor::Value::Integer(0));
    assert!(known.is_some(), "a generation says when it was activated");
    [&serde_cbor::to_vec(&head).unwrap(), &bytes[values.byte_offset()..]].concat()
}

fn size(qube: &Value) -> u64 {
    // As qubesd makes it.
    qube["sizes"]["private"].as_u64().unwrap_or(2 << 30)
}

/// Whether a qube has neither network nor disposables, does not start by itself, and says that it is retired. A template is kept for such
/// a qube, and not updated.
fn is_put_away(qube: &Value) -> bool {
    if qube["class"] == "TemplateVM" {
        return qube["features"]["x-halite-made"] == "1" && qube["features"]["skip-update"] == "1";
    }
    let is_none = |property: &str| qube["properties"].get(property) == Some(&Value::Null);
    let is_retired = qube["features"]["x-halite-retired"] == "1";
    is_retired && is_none("netvm") && is_none("default_dispvm") && qube["properties"]["autostart"] == false
}
