//! H0502: what several calls come to together.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Flows, is_dom0};
use crate::base::Handle;
use crate::check::code::Code;
use crate::check::finding::{Finding, Subject};
use crate::qrexec::{Carries, Hop, carries};

impl Flows<'_> {
    /// Whom each identity reaches over any number of calls, beyond those whom it reaches by one. A single call that no flow declares is a
    /// finding of its own.
    pub fn chains(&self, findings: &mut Vec<Finding>) {
        let mut members: BTreeMap<&Handle, Vec<&str>> = BTreeMap::new();
        for name in self.hops.keys() {
            if let Some(identity) = self.world.owner(name) {
                members.entry(identity).or_default().push(name);
            }
        }
        let owners = |hop: &Hop| (self.world.owner(&hop.from), self.world.owner(&hop.to));
        let direct: BTreeSet<_> = self.hops.values().flatten().filter(|hop| moves(hop)).map(owners).collect();
        for (identity, own) in members {
            for (other, way) in self.reached(identity, own) {
                if direct.contains(&(Some(identity), Some(other))) {
                    continue;
                }
                let begin = way.first().map_or("", |hop| &hop.from);
                let way: String = way.iter().map(|hop| format!(" → {} {hop}", hop.to)).collect();
                let message = format!("it reaches identity `{other}`, and no flow says so: {begin}{way}");
                let finding = Finding::new(Code::IndirectFlow, Subject::Identity(identity.clone()), message);
                findings.push(finding.see(Subject::Identity(other.clone()), None));
            }
        }
    }

    /// The other identities that data or control from one of these qubes reaches, each by a shortest way.
    fn reached<'a>(&'a self, identity: &Handle, from: Vec<&'a str>) -> BTreeMap<&'a Handle, Vec<&'a Hop>> {
        let mut last: BTreeMap<&str, &Hop> = BTreeMap::new();
        let mut seen: BTreeSet<&str> = from.iter().copied().collect();
        let mut queue = VecDeque::from(from);
        let mut reached = BTreeMap::new();
        while let Some(at) = queue.pop_front() {
            for hop in self.hops.get(at).into_iter().flatten().filter(|hop| moves(hop)) {
                // dom0 passes nothing on by itself.
                if is_dom0(&hop.to) || !seen.insert(&hop.to) {
                    continue;
                }
                last.insert(&hop.to, hop);
                queue.push_back(&hop.to);
                if let Some(other) = self.world.owner(&hop.to).filter(|other| *other != identity) {
                    reached.entry(other).or_insert_with(|| way(&last, hop));
                }
            }
        }
        reached
    }
}

/// The calls up to this one.
fn way<'a>(last: &BTreeMap<&str, &'a Hop>, end: &'a Hop) -> Vec<&'a Hop> {
    let mut way = vec![end];
    while let Some(hop) = way.last().and_then(|hop| last.get(hop.from.as_str())) {
        way.push(hop);
    }
    way.reverse();
    way
}

fn moves(hop: &Hop) -> bool {
    let what = carries(hop.service.as_deref());
    what.contains(&Carries::Data) || what.contains(&Carries::Control)
}
