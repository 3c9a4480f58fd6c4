//! Qubes that must be halted first, in the order in which that can be done: whoever others hang on comes after these.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};

use super::account::{is_of_template, needs_halted};
use super::observed::Observed;
use super::state::Property;
use super::step::Step;
use crate::base::QubeName;

/// Qubes that run and must not, in groups: each group is halted when those before it are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running(Vec<Group>);

/// Qubes that can be halted together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// What they are.
    pub kind: Kind,
    /// Their names.
    pub qubes: Vec<QubeName>,
}

/// What qubes are, as far as it decides when they can be halted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Disposables.
    Disposables,
    /// What has nobody behind it.
    Workstations,
    /// Gateways, and other qubes through which others reach the network.
    Gateways,
}

impl Running {
    /// Those of which `steps` change what must not change under a running qube.
    pub fn of(steps: &[Step], observed: &Observed) -> Self {
        let mut names: BTreeSet<&QubeName> = steps.iter().filter(|step| needs_halted(step)).filter_map(Step::qube).collect();
        // Nor does a disposable template change its own while disposables of it run.
        let moved: BTreeSet<&QubeName> = steps.iter().filter(|step| is_of_template(step)).filter_map(Step::qube).collect();
        let made_from = |name: &QubeName| observed.qubes.get(name)?.qube("template").filter(|template| moved.contains(template));
        names.extend(observed.qubes.keys().filter(|name| made_from(name).is_some()));
        let others = observed.supplies.iter().flat_map(|supplies| &supplies.disposables);
        names.extend(others.filter(|(template, _)| moved.contains(template)).flat_map(|(_, disposables)| disposables));
        names.retain(|name| observed.is_running(name));
        Self(groups(names, observed))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, those first that are halted first.
    pub fn iter(&self) -> impl Iterator<Item = &QubeName> {
        self.0.iter().flat_map(|group| &group.qubes)
    }

    /// The groups, in their order.
    pub fn groups(&self) -> &[Group] {
        &self.0
    }
}

/// Those of a kind; gateways in as many groups as they stand one behind the other.
fn groups<'a>(names: BTreeSet<&'a QubeName>, observed: &'a Observed) -> Vec<Group> {
    let mut by_kind: BTreeMap<Kind, Vec<&QubeName>> = BTreeMap::new();
    names.into_iter().for_each(|name| by_kind.entry(kind(name, observed)).or_default().push(name));
    let mut groups = Vec::new();
    for (kind, mut left) in by_kind {
        while !left.is_empty() {
            let netvm = |name: &QubeName| observed.qubes.get(name).and_then(|seen| seen.qube("netvm"));
            let needed: BTreeSet<QubeName> = left.iter().filter_map(|name| netvm(name)).collect();
            let (later, now): (Vec<_>, Vec<_>) = left.iter().partition(|name| kind == Kind::Gateways && needed.contains(**name));
            // In a circle, everybody waits for everybody.
            let (now, later) = if now.is_empty() { (later, Vec::new()) } else { (now, later) };
            groups.push(Group { kind, qubes: now.into_iter().cloned().collect() });
            left = later;
        }
    }
    groups
}

fn kind(name: &QubeName, observed: &Observed) -> Kind {
    let provides = Some(&Property::Set("True".to_owned()));
    let seen = observed.qubes.get(name);
    if observed.there.get(name).is_some_and(|there| there.class == crate::model::Class::Disposable.as_str()) {
        Kind::Disposables
    } else if observed.is_gateway(name) || seen.and_then(|seen| seen.property("provides_network")) == provides {
        Kind::Gateways
    } else {
        Kind::Workstations
    }
}

impl Group {
    /// The command that halts them.
    pub fn command(&self) -> String {
        let names: Vec<&str> = self.qubes.iter().map(QubeName::as_str).collect();
        format!("qvm-shutdown --wait {}", names.join(" "))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Disposables => "disposables",
            Self::Workstations => "workstations",
            Self::Gateways => "gateways",
        })
    }
}

/// The commands that halt them, a line each.
impl fmt::Display for Running {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(|group| format!("  {}", group.command())).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// The names, in order.
impl Serialize for Running {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::super::observed::There;
    use super::super::state::Settings;
    use super::*;
    use crate::model::property;

    fn name(text: &str) -> QubeName {
        text.parse().unwrap()
    }

    /// dom0 with these running qubes: name, class, netvm, whether it provides network.
    fn dom0(qubes: &[(&str, &str, &str, bool)]) -> Observed {
        let mut observed = Observed::default();
        for (qube, class, netvm, provides) in qubes {
            let mut settings = Settings::default();
            let provides = if *provides { "True" } else { "False" };
            for (key, text) in [("netvm", *netvm), ("provides_network", provides)] {
                settings.properties.insert(property(key), Property::Set(text.to_owned()));
            }
            observed.qubes.insert(name(qube), settings);
            observed.there.insert(name(qube), There { class: (*class).to_owned(), halted: false });
        }
        observed
    }

    #[test]
    fn whoever_others_hang_on_is_halted_after_them() {
        let observed = dom0(&[
            ("a-gw", "AppVM", "sys-firewall", true),
            ("a-vpn", "AppVM", "a-gw", true),
            ("a-ws", "AppVM", "a-vpn", false),
            ("b-gw", "AppVM", "sys-firewall", true),
            ("d", "DispVM", "a-vpn", false),
            ("unchanged", "AppVM", "b-gw", false),
        ]);
        let tag = |qube: &str| Step::Tag { qube: name(qube), tag: "x".parse().unwrap(), present: true };
        let steps: Vec<Step> = ["a-gw", "a-vpn", "a-ws", "b-gw", "d"].into_iter().map(tag).collect();
        let running = Running::of(&steps, &observed);
        let commands =
            "  qvm-shutdown --wait d\n  qvm-shutdown --wait a-ws\n  qvm-shutdown --wait a-vpn b-gw\n  qvm-shutdown --wait a-gw";
        assert_eq!(running.to_string(), commands);
        assert_eq!(running.iter().count(), 5);
    }

    #[test]
    fn a_circle_is_halted_at_once() {
        let observed = dom0(&[("a", "AppVM", "b", true), ("b", "AppVM", "a", true)]);
        let tag = |qube: &str| Step::Tag { qube: name(qube), tag: "x".parse().unwrap(), present: true };
        assert_eq!(Running::of(&[tag("a"), tag("b")], &observed).to_string(), "  qvm-shutdown --wait a b");
    }
}
