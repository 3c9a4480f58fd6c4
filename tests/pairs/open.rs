//! What is open in a dom0, by plain steps from netvm to netvm.

use std::collections::{BTreeMap, BTreeSet};

use halite::base::QubeName;
use halite::model::Release;
use halite::qubesd::{Call, Qubesd, Reply};
use halite::sim::Simulation;

/// Something that is open, whose it is, and by which last qube.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Open {
    /// The qube reaches the clear net.
    Network(String, String),
    /// A disposable that it opens does.
    Disposables(String, String),
    /// The policy that is to be is in place, and does not know whose the qube is: this tag is missing.
    Untagged(String, String),
}

impl Open {
    /// Whether both are of the same kind, and the same qube's.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Network(one, _), Self::Network(two, _)) | (Self::Disposables(one, _), Self::Disposables(two, _)) => one == two,
            _ => self == other,
        }
    }
}

/// What is known of a qube, as the simulation tells it.
struct Seen {
    netvm: String,
    default_dispvm: String,
    tags: BTreeSet<String>,
    is_latched: bool,
    is_made: bool,
}

/// A dom0.
pub struct World {
    qubes: BTreeMap<String, Seen>,
    release: Release,
    /// The qubes that are looked at, and the tags that each is to have.
    tags: BTreeMap<String, BTreeSet<String>>,
}

impl World {
    /// This one, of which these qubes are looked at.
    pub fn of(system: &mut Simulation, release: Release, tags: BTreeMap<String, BTreeSet<String>>) -> Self {
        let list = said(system, "admin.vm.List", "", "dom0").expect("there is a list");
        let mut world = Self { qubes: BTreeMap::new(), release, tags };
        for name in list.lines().filter_map(|line| line.split(' ').next()).filter(|name| *name != "dom0") {
            world.read(system, name);
        }
        world
    }

    /// Reads a qube anew.
    pub fn read(&mut self, system: &mut Simulation, name: &str) {
        let property = |system: &mut Simulation, property: &str| {
            let line = said(system, "admin.vm.property.Get", property, name).unwrap_or_default();
            line.rsplit_once(' ').map(|(_, value)| value.to_owned()).unwrap_or_default()
        };
        let feature = |system: &mut Simulation, feature: &str| said(system, "admin.vm.feature.Get", feature, name);
        let tags = said(system, "admin.vm.tag.List", "", name).unwrap_or_default();
        let seen = Seen {
            netvm: property(system, "netvm"),
            default_dispvm: property(system, "default_dispvm"),
            tags: tags.lines().map(str::to_owned).collect(),
            is_latched: self.release == Release::R4_3 && feature(system, "prohibit-start").is_some_and(|why| !why.is_empty()),
            is_made: feature(system, "x-halite-made").is_some(),
        };
        self.qubes.insert(name.to_owned(), seen);
    }

    /// All that is open: of those that can be started, or of all.
    pub fn open(&self, has_policy: bool, only_startable: bool) -> BTreeSet<Open> {
        let mut open = BTreeSet::new();
        for (name, tags) in &self.tags {
            let Some(qube) = self.qubes.get(name).filter(|qube| !only_startable || !qube.is_latched) else { continue };
            if let Some(exit) = self.exit(name) {
                open.insert(Open::Network(name.clone(), exit));
            }
            let dispvm = self.qubes.get(&qube.default_dispvm).filter(|dispvm| !only_startable || !dispvm.is_latched);
            if let Some(exit) = dispvm.and_then(|_| self.exit(&qube.default_dispvm)) {
                open.insert(Open::Disposables(name.clone(), exit));
            }
            if has_policy {
                open.extend(tags.difference(&qube.tags).map(|tag| Open::Untagged(name.clone(), tag.clone())));
            }
        }
        open
    }

    /// The last qube on the way from `name` to the network, if no gateway is on it. One that halite made and that has no network
    /// leads nowhere, or to another computer, which is somebody's gateway.
    fn exit(&self, name: &str) -> Option<String> {
        let (mut at, mut last) = (name, None);
        for _ in 0..self.qubes.len() {
            let netvm = &self.qubes[at].netvm;
            if netvm.is_empty() {
                return last.filter(|last: &String| !self.qubes[last].is_made);
            }
            if self.qubes[netvm].tags.contains("anon-gateway") {
                return None;
            }
            last = Some(netvm.clone());
            at = netvm;
        }
        None
    }
}

fn said(system: &mut Simulation, method: &'static str, argument: &str, qube: &str) -> Option<String> {
    let qube: QubeName = qube.parse().expect("the simulation has qubes with names");
    match system.call(&Call::new(method, &qube).argument(argument)).expect("the simulation answers") {
        Reply::Ok(text) => Some(String::from_utf8(text).expect("it is text")),
        _ => None,
    }
}
