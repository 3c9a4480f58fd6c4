//! Having Salt work inside a qube: what it needs is put below `/srv/salt`, and taken away again.
//!
//! For each target, `qubesctl` copies all of `/srv` into the disposable that manages it. So nothing lies there but what this one needs, and
//! only while it needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use super::ApplyError;
use super::generation::Generations;
use crate::base::{BundleId, BundlePath, Digest, QubeName};
use crate::bundle::{BadBundle, Bundle, Container, Vouched};
use crate::disk::{self, Mode};
use crate::dom0::Layout;
use crate::model::Inside;
use crate::qubesd::{Admin, Qubesd};
use crate::salt::{self, contents_path, staged};

/// Brings about inside `qube` what `inside` says. The contents of its files are in the bundle `new`, or in that of a kept generation.
pub fn provision(
    qubesd: &mut dyn Qubesd,
    layout: &Layout,
    new: Option<BundleId>,
    qube: &QubeName,
    inside: &Inside,
) -> Result<(), ApplyError> {
    let state = staged(qube, inside);
    let mut files = contents(layout, new, inside.files.values().map(|file| file.blake3).collect())?;
    files.insert(state.path.clone(), state.text.clone().into_bytes());
    disk::create_tree(&layout.salt(), &below_folder(files), Mode::Private)?;
    let done = qubesd.provision(qube, &state).map_err(|error| ApplyError::Provision(qube.clone(), error));
    match done {
        Ok(()) => unstage(layout)?,
        Err(error) => {
            // What goes wrong with this comes up again when all is put back.
            let _ = clean_up(qubesd, layout, qube);
            return Err(error);
        }
    }
    // It is shut down again. If it runs, somebody started it meanwhile, and may have done anything.
    match Admin::new(qubesd).is_halted(qube)? {
        true => Ok(()),
        false => Err(ApplyError::Started(qube.clone())),
    }
}

/// Refuses to work in a place where somebody else's states are.
///
/// # Errors
/// If there are any.
pub fn check_free(layout: &Layout) -> Result<(), ApplyError> {
    let is_free = disk::list(&layout.salt())?.is_empty();
    if is_free { Ok(()) } else { Err(ApplyError::Occupied(layout.salt())) }
}

/// Puts away what is left where Salt was interrupted: the states, the disposable that managed the qube, and what the policy let that do.
pub fn clean_up(qubesd: &mut dyn Qubesd, layout: &Layout, qube: &QubeName) -> Result<(), ApplyError> {
    let manager = qube.manager();
    let mut admin = Admin::new(qubesd);
    if admin.list()?.get(&manager).is_some_and(|listed| !listed.halted) {
        admin.kill(&manager)?;
    }
    let path = layout.qubesctl_policy();
    if let Some(rules) = disk::read_if_there(&path, POLICY_MOST)? {
        let rules = String::from_utf8_lossy(&rules);
        let is_of_manager = |line: &&str| line.split_whitespace().nth(2) == Some(manager.as_str());
        let left: Vec<&str> = rules.lines().filter(|line| !is_of_manager(line)).collect();
        if left.iter().all(|line| line.trim().is_empty() || line.starts_with('#')) {
            disk::remove(&path)?;
        } else if left.len() < rules.lines().count() {
            disk::replace(&path, format!("{}\n", left.join("\n")).as_bytes(), Mode::Policy)?;
        }
    }
    unstage(layout)
}

/// The largest policy of `qubesctl` that is read, in bytes.
const POLICY_MOST: u64 = 1 << 20;

fn unstage(layout: &Layout) -> Result<(), ApplyError> {
    Ok(disk::remove_tree(&layout.salt())?)
}

/// By their paths below Salt's folder of halite's own.
fn below_folder(files: BTreeMap<BundlePath, Vec<u8>>) -> BTreeMap<BundlePath, Vec<u8>> {
    let below = |path: BundlePath| path.as_str().strip_prefix(salt::FOLDER)?.strip_prefix('/')?.parse().ok();
    files.into_iter().filter_map(|(path, contents)| Some((below(path)?, contents))).collect()
}

/// The contents with these digests, by their places in a payload. A bundle that is gone, as one is where `gc` was interrupted, or is
/// damaged matters only if no other has them.
fn contents(
    layout: &Layout,
    new: Option<BundleId>,
    mut missing: BTreeSet<Digest>,
) -> Result<BTreeMap<BundlePath, Vec<u8>>, ApplyError> {
    let mut found = BTreeMap::new();
    let mut unread = None;
    let mut look_into = |id: BundleId, missing: &mut BTreeSet<Digest>| {
        let wanted: BTreeSet<BundlePath> = missing.iter().map(|digest| contents_path(*digest)).collect();
        let damaged = |error: BadBundle| ApplyError::damaged(&layout.store().path_of(id), error);
        let contents = open(layout, id).and_then(|mut bundle| bundle.contents(|path| wanted.contains(path)).map_err(damaged));
        match contents {
            Ok(contents) => found.extend(contents),
            Err(error) => drop(unread.get_or_insert(error)),
        }
        missing.retain(|digest| !found.contains_key(&contents_path(*digest)));
    };
    if let (Some(new), false) = (new, missing.is_empty()) {
        look_into(new, &mut missing);
    }
    let generations = Generations::of(layout);
    for number in generations.numbers()?.into_iter().rev() {
        if missing.is_empty() {
            break;
        }
        look_into(generations.head(number)?.id, &mut missing);
    }
    match (missing.first(), unread) {
        (None, _) => Ok(found),
        (Some(_), Some(error)) => Err(error),
        (Some(digest), None) => Err(ApplyError::NoContents(*digest)),
    }
}

/// A bundle whose id this dom0 wrote down itself when it activated it.
fn open(layout: &Layout, id: BundleId) -> Result<Bundle<impl Read + Seek>, ApplyError> {
    let damaged = |error: BadBundle| ApplyError::damaged(&layout.store().path_of(id), error);
    let mut container = Container::open(layout.store().open(id)?).map_err(|error| damaged(error.into()))?;
    let vouched = Vouched::by_the_record(&mut container, id).map_err(damaged)?;
    Bundle::open(container, vouched).map_err(damaged)
}
