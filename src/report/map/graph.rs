//! What a map consists of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use crate::base::Handle;
use crate::check::Code;
use crate::compare::Mark;
use crate::model::{Answer, Label, Mode};

/// A map. All names and words in it are as they may be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Map {
    /// The bundle's name.
    pub bundle: String,
    /// The identities: those over Tor first, by mode.
    pub lanes: Vec<Lane>,
    /// What may move from one to another, and between them and the rest of dom0.
    pub flows: Vec<Flow>,
    /// What templates are updated through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updates: Option<String>,
}

/// An identity; of a folded map, several that look alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lane {
    /// Its handle. No two of a map are the same.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Its mode; none, where the bundle does not know the identity.
    pub mode: Option<Mode>,
    /// Whether it goes through Tor.
    pub over_tor: bool,
    /// Where it says that it goes. Nothing: anywhere.
    pub destinations: Vec<String>,
    /// Its qubes.
    pub nodes: Vec<Node>,
    /// What a check found broken in the identity as such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dangers: Vec<Danger>,
    /// Whether it is there on one side of a comparison only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// A qube; of a folded map, several of a lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its name. No two of a lane are the same.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// Its label; none, where it is not the bundle's to choose, or several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// Where its netvm leads.
    pub leads: Leads,
    /// What it stands for, in a folded map.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stands_for: BTreeMap<Kind, usize>,
    /// What a check found broken in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dangers: Vec<Danger>,
    /// Whether it is there on one side of a comparison only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// Whether it is on both sides, and its way on one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<Mark>,
}

/// What a qube is for, from the network inwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A VPN before Tor, or without it.
    Vpn,
    /// A gateway that halite makes.
    Gateway,
    /// A gateway that dom0 has already.
    ExistingGateway,
    /// The qube with the network card that leads to a gateway on another computer.
    ExternalGateway,
    /// A VPN behind Tor.
    VpnBehindTor,
    /// A workstation.
    Workstation,
    /// All that is in a lane, in a folded map.
    Folded,
    /// A disposable with a name of its own.
    Disposable,
    /// A disposable template, which stands for any number of disposables.
    Disposables,
    /// A vault.
    Vault,
    /// Whatever dom0 has besides.
    Others,
}

/// Where a netvm leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leads {
    /// There is no network.
    Nowhere,
    /// To another qube of the lane, by its name.
    Within(String),
    /// Out of the lane.
    Out(Exit),
}

/// A way out of a lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Exit {
    /// Through what.
    pub through: Through,
    /// Whether Tor is on the way.
    pub over_tor: bool,
}

/// What a way leads through first, outside its lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Through {
    /// Whatever dom0 says, of a qube that is dom0's.
    Unknown,
    /// A qube that dom0 has already.
    Existing(String),
    /// Another computer.
    Computer,
    /// A qube of the bundle that it should not be.
    Wrong(String),
    /// The global default.
    Default,
    /// Itself.
    Loop,
}

/// What a check found broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Danger {
    /// The check.
    #[serde(serialize_with = "as_text")]
    pub code: Code,
    /// What it says.
    pub message: String,
    /// Whether it is about the way to the network.
    pub is_way: bool,
}

/// What may move from one end to the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Who calls.
    pub from: End,
    /// Who is called.
    pub to: End,
    /// By which services.
    pub services: BTreeSet<String>,
    /// Whether the user is asked.
    pub answer: Answer,
    /// The flows of the recipe that declare it; none: it is a danger.
    pub declared: BTreeSet<Handle>,
    /// Which qubes of the rest of dom0 are at the end that is not the bundle's.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub others: BTreeSet<String>,
    /// Whether it is there on one side of a comparison only, or by other services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// An end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// A qube of a lane.
    Qube {
        /// The lane's handle.
        lane: String,
        /// The qube's name.
        node: String,
    },
    /// Any qube that is not the bundle's.
    Others,
}

/// What the rest of dom0 is called.
pub const OTHERS: &str = "other qubes of dom0";

impl Map {
    /// The lane of this handle.
    pub fn lane(&self, id: &str) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.id == id)
    }

    /// What stands at an end of a flow: a qube, or the identity, where its qubes are drawn as one.
    pub fn name(&self, end: &End) -> String {
        let End::Qube { lane, node } = end else { return OTHERS.to_owned() };
        let lane = self.lane(lane).filter(|lane| lane.node(node).is_some_and(|node| !node.stands_for.is_empty()));
        lane.map_or_else(|| node.clone(), Lane::heading)
    }
}

impl Lane {
    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// What comes before what: over Tor before in clear, by mode, by the way out, and by name.
    pub fn place(&self) -> impl Ord + use<> {
        let exit = self.nodes.iter().find_map(|node| match &node.leads {
            Leads::Out(exit) => Some(exit.clone()),
            _ => None,
        });
        (!self.over_tor, self.mode, exit, self.id.clone())
    }

    /// What it is called, with its mode.
    pub fn heading(&self) -> String {
        match self.mode {
            Some(mode) if self.title.is_empty() => mode.to_string(),
            Some(mode) => format!("{}, {mode}", self.title),
            None => self.title.clone(),
        }
    }
}

impl Node {
    /// One of which nothing else is known.
    pub fn new(name: impl Into<String>, kind: Kind, label: Option<Label>, leads: Leads) -> Self {
        let (name, stands_for, dangers) = (name.into(), BTreeMap::new(), Vec::new());
        Self { name, kind, label, leads, stands_for, dangers, mark: None, way: None }
    }

    /// Whether a check found its way to the network broken.
    pub fn is_off_its_way(&self) -> bool {
        self.dangers.iter().any(|danger| danger.is_way)
    }
}

impl Kind {
    /// Whether others reach the network through it.
    pub fn provides_network(self) -> bool {
        self < Self::Workstation
    }

    /// Its rank, from the network inwards. A netvm has a lower one, or both are VPN qubes.
    pub fn rank(self) -> usize {
        match self {
            Self::Vpn => 0,
            Self::Gateway | Self::ExistingGateway | Self::ExternalGateway => 1,
            Self::VpnBehindTor => 2,
            Self::Workstation | Self::Folded | Self::Others => 3,
            Self::Disposable | Self::Disposables => 4,
            Self::Vault => 5,
        }
    }

    /// So many of them, as in `2 workstations`.
    pub fn counted(self, count: usize) -> String {
        let (what, rest) = match self {
            Self::Vpn => ("VPN qube", ""),
            Self::Gateway | Self::ExistingGateway => ("gateway", ""),
            Self::ExternalGateway => ("network qube", ""),
            Self::VpnBehindTor => ("VPN qube", " behind Tor"),
            Self::Workstation | Self::Folded | Self::Others => ("workstation", ""),
            Self::Disposable => ("disposable", ""),
            Self::Disposables => ("disposable template", ""),
            Self::Vault => ("vault", ""),
        };
        format!("{count} {what}{}{rest}", if count == 1 { "" } else { "s" })
    }

    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vpn => "VPN qube",
            Self::Gateway => "gateway",
            Self::ExistingGateway => "gateway that dom0 has already",
            Self::ExternalGateway => "network qube of an external gateway",
            Self::VpnBehindTor => "VPN qube behind Tor",
            Self::Workstation => "workstation",
            Self::Folded => "all of them",
            Self::Disposable => "disposable",
            Self::Disposables => "disposable template, for any number of disposables",
            Self::Vault => "vault",
            Self::Others => OTHERS,
        }
    }
}

impl Through {
    /// What it is called, if it is on the map at all.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Unknown => None,
            Self::Existing(name) | Self::Wrong(name) => Some(name),
            Self::Computer => Some("another computer"),
            Self::Default => Some("global default"),
            Self::Loop => Some("back to itself"),
        }
    }
}

impl Flow {
    /// Whether nothing declares it.
    pub fn is_danger(&self) -> bool {
        self.declared.is_empty()
    }

    /// What it is about: how it is known again in another map.
    pub fn key(&self) -> (&End, &End, Answer, bool) {
        (&self.from, &self.to, self.answer, self.is_danger())
    }

    /// The services and the answer, as in `qubes.Filecopy, ask`.
    pub fn told(&self) -> String {
        let services: Vec<&str> = self.services.iter().map(String::as_str).collect();
        format!("{}, {}", services.join(", "), self.answer)
    }
}

fn as_text<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(code)
}
