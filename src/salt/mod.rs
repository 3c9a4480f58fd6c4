//! Salt, for what Salt does best: packages in templates, files in qubes; and for a dom0 without halite.
//!
//! Everything here follows from the desired state, byte for byte. So dom0 need not read Salt to know what it does: it renders the states
//! of a bundle's manifest anew, and refuses a bundle whose payload holds anything else under [`ROOT`]. `docs/format.md`, "Salt", is the
//! grammar.
//!
//! Each state begins with `#!yaml`, so that Salt runs no template engine over it, and every text in it is quoted.
//!
//! **Architecture invariant:** pure; reads no Salt, and runs none.

mod in_dom0;
mod in_qube;
mod yaml;

pub use yaml::quoted;

use std::collections::BTreeMap;

use crate::base::{BundlePath, Digest, QubeName};
use crate::model::Desired;

/// Where a payload keeps all of it. What is below this directory belongs below `/srv/salt`.
pub const ROOT: &str = "salt";

/// The states and the top file of `desired`, by their path in the payload. `policy` is the digest of the bundle's policy file.
pub fn states(desired: &Desired, policy: Digest) -> BTreeMap<BundlePath, String> {
    let mut states = BTreeMap::new();
    let mut add = |at: String, text: String| states.insert(path(&at), text);
    let mut targets = vec![("dom0".to_owned(), "halite.qubes".to_owned())];
    for (name, template) in &desired.templates {
        if let Some(text) = in_qube::template(template) {
            add(format!("halite/in/{}.sls", file_name(name)), text);
            targets.push((name.to_string(), format!("halite.in.{}", file_name(name))));
        }
    }
    for (name, qube) in &desired.qubes {
        if let Some(text) = in_qube::qube(qube) {
            add(format!("halite/in/{}.sls", file_name(name)), text);
            targets.push((name.to_string(), format!("halite.in.{}", file_name(name))));
        }
    }
    add("halite/qubes.sls".to_owned(), in_dom0::qubes(desired, policy));
    add("halite/network.sls".to_owned(), in_dom0::network(desired));
    add("halite.top".to_owned(), in_dom0::top(&targets));
    states
}

/// Where the payload keeps the contents with this digest, for Salt to copy from.
pub fn contents_path(contents: Digest) -> BundlePath {
    path(&format!("halite/files/{contents}"))
}

/// The contents with this digest, as Salt names them.
fn contents_url(contents: Digest) -> String {
    format!("salt://halite/files/{contents}")
}

/// The file of a qube's state, without its ending. Salt takes a dot in the name of a state for a directory; a plus sign is in no qube's
/// name.
fn file_name(qube: &QubeName) -> String {
    qube.as_str().replace('.', "+")
}

fn path(below: &str) -> BundlePath {
    format!("{ROOT}/{below}").parse().expect("names of qubes and digests are plain, and short")
}
