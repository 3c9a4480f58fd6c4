//! What is reported on, with all that its checks and its policy come to.

use std::collections::{BTreeMap, BTreeSet};

use super::phrase::Phrase;
use super::standing::{Held, Standing};
use crate::base::{BundleId, BundleName, Handle, QubeName, Text};
use crate::check::{self, Code, Finding, Level, Passing, Surroundings, Traffic};
use crate::compare::Side;
use crate::model::{Desired, Labels, Qube, Release};
use crate::qrexec::Rule;

/// What is reported on.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The bundle's name.
    pub name: &'a BundleName,
    /// The release that it is for.
    pub release: Release,
    /// Its serial.
    pub serial: u32,
    /// Its id.
    pub id: BundleId,
    /// What its author says of it.
    pub summary: &'a Text,
    /// What it asks for.
    pub desired: &'a Desired,
    /// The rules of its own policy.
    pub rules: &'a [Rule],
    /// The policy that it comes into, its own included, and the qubes that there are.
    pub surroundings: &'a Surroundings,
    /// What people call what it has handles for; empty, where that is not to be told.
    pub labels: &'a Labels,
}

/// The same with all that its checks and its policy come to.
#[derive(Debug)]
pub struct Examined<'a> {
    /// What is reported on.
    pub subject: Subject<'a>,
    /// What the checks say.
    pub report: check::Report,
    /// All that may move.
    pub traffic: Traffic,
    /// The qubes of each identity.
    qubes: BTreeMap<&'a Handle, BTreeMap<&'a QubeName, &'a Qube>>,
    /// The gateway of each identity over Tor.
    gateways: BTreeMap<&'a Handle, &'a QubeName>,
    /// The calls that leave or enter each identity, by their place in the traffic.
    crossing: BTreeMap<Handle, Vec<usize>>,
    /// The calls inside each identity.
    inside: BTreeMap<Handle, Vec<usize>>,
}

impl<'a> Examined<'a> {
    /// Looks at all of it.
    pub fn of(subject: Subject<'a>) -> Self {
        let Subject { desired, surroundings, release, .. } = subject;
        let report = check::check_in(desired, surroundings, release);
        let traffic = check::traffic(desired, surroundings, release);
        let mut qubes: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (name, qube) in &desired.qubes {
            qubes.entry(&qube.identity).or_default().insert(name, qube);
        }
        let (mut crossing, mut inside): (BTreeMap<Handle, Vec<usize>>, BTreeMap<_, Vec<usize>>) = Default::default();
        for (at, Passing { from, to, .. }) in traffic.passings.iter().enumerate() {
            let calls = if from == to { &mut inside } else { &mut crossing };
            let ends: BTreeSet<&Handle> = from.iter().chain(to).collect();
            ends.into_iter().for_each(|end| calls.entry(end.clone()).or_default().push(at));
        }
        Self { subject, report, traffic, qubes, gateways: desired.gateways(), crossing, inside }
    }

    /// The same for a comparison.
    pub fn side(&self) -> Side<'_> {
        let Subject { desired, rules, release, .. } = self.subject;
        Side { desired, rules: rules.to_vec(), release }
    }

    /// What it asks for.
    pub fn desired(&self) -> &'a Desired {
        self.subject.desired
    }

    /// The qubes of an identity, by name.
    pub fn qubes_of(&self, identity: &Handle) -> impl Iterator<Item = (&'a QubeName, &'a Qube)> {
        self.qubes.get(identity).into_iter().flatten().map(|(name, qube)| (*name, *qube))
    }

    /// The gateway of an identity, if it has one.
    pub fn gateway(&self, identity: &Handle) -> Option<&'a QubeName> {
        self.gateways.get(identity).copied()
    }

    /// The calls that leave an identity or enter it.
    pub fn crossing(&self, identity: &Handle) -> impl Iterator<Item = &Passing> {
        self.crossing.get(identity).into_iter().flatten().filter_map(|at| self.traffic.passings.get(*at))
    }

    /// The calls inside an identity.
    pub fn inside(&self, identity: &Handle) -> impl Iterator<Item = &Passing> {
        self.inside.get(identity).into_iter().flatten().filter_map(|at| self.traffic.passings.get(*at))
    }

    /// What people call an identity: its label, or its handle.
    pub fn identity(&self, handle: &Handle) -> Phrase {
        called(&self.subject.labels.identities, handle)
    }

    /// What people call an account.
    pub fn account(&self, handle: &Handle) -> Phrase {
        called(&self.subject.labels.accounts, handle)
    }

    /// What people call a server.
    pub fn destination(&self, handle: &Handle) -> Phrase {
        called(&self.subject.labels.destinations, handle)
    }

    /// Whether these checks find fault with anything that `is_about` means; what they say, if they do. A claim that they look at is enforced
    /// where they say nothing, and unknown where they could not be made.
    pub fn standing(&self, codes: &[Code], is_about: impl Fn(&Finding) -> bool) -> (Standing, Vec<Phrase>) {
        let is_found = |finding: &&Finding| codes.contains(&finding.code) && is_about(finding);
        let found = self.report.findings.iter().filter(is_found);
        let found = found.map(|finding| {
            let held = if finding.code.level() == Level::Error { Held::Broken } else { Held::Warned };
            (held, finding.code, Phrase::of(finding.to_string()))
        });
        let excused = self.report.excused.iter().filter(|excused| is_found(&&excused.finding)).map(|excused| {
            let why = Phrase::of(format!("{}, excused: ", excused.finding)) + Phrase::written(excused.reason.as_str());
            (Held::Warned, excused.finding.code, why)
        });
        let found: Vec<_> = found.chain(excused).collect();
        let Some(held) = found.iter().map(|(held, _, _)| *held).max() else {
            let is_made = |code: &Code| self.report.are_flows_judged || !code.is_about_flows();
            let codes = codes.to_vec();
            return match codes.iter().all(is_made) {
                true => (Standing { held: Held::Enforced, codes }, Vec::new()),
                false => (Standing { held: Held::Unknown, codes }, vec!["not looked at: other checks failed first".into()]),
            };
        };
        let mut codes: Vec<Code> = found.iter().map(|(_, code, _)| *code).collect();
        codes.sort();
        codes.dedup();
        (Standing { held, codes }, found.into_iter().map(|(_, _, message)| message).collect())
    }
}

fn called(labels: &BTreeMap<Handle, String>, handle: &Handle) -> Phrase {
    labels.get(handle).map_or_else(|| Phrase::name(handle), |label| Phrase::written(label))
}
