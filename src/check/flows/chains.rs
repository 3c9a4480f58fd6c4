//! H0502, H0510: what several calls come to together.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::{Flows, is_dom0};
use crate::base::Handle;
use crate::check::code::Code;
use crate::check::finding::{Finding, Subject};
use crate::qrexec::{Carries, Hop};

/// What one call moves from one qube to another.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    from: &'a str,
    to: &'a str,
    /// The call.
    pub hop: &'a Hop,
    direction: Direction,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the caller to its target.
    Call,
    /// Back to the caller.
    Answer,
}

/// One step after the other.
pub struct Way<'a>(pub Vec<Step<'a>>);

/// An identity; or nobody, for all who are none of the bundle's.
pub type Party<'a> = Option<&'a Handle>;

/// All steps of one kind.
pub struct Steps<'a> {
    by_begin: BTreeMap<&'a str, Vec<Step<'a>>>,
    /// Between whom: those who are joined by a single step.
    joined: BTreeSet<(Party<'a>, Party<'a>)>,
}

/// What chains are looked for. A flow declares no more than it says: not, for files, that a chain gives control; nor, where the user is asked,
/// that a chain asks nobody.
const CHAINS: [Chain; 5] = [
    // Whoever controls a qube sends what is in it, too: steps of both kinds make one chain.
    Chain { what: "it reaches", is_of: moves },
    Chain { what: "what it sends reaches", is_of: |hop| moves_data(hop) },
    Chain { what: "what it sends reaches, unasked,", is_of: |hop| moves_data(hop) && !hop.is_asked },
    Chain { what: "it controls", is_of: |hop| gives_control(hop) },
    Chain { what: "it controls, unasked,", is_of: |hop| gives_control(hop) && !hop.is_asked },
];

/// A kind of chain.
struct Chain {
    /// What it does to whom it leads to, in words.
    what: &'static str,
    /// Which calls it consists of.
    is_of: fn(&Hop) -> bool,
}

impl Flows<'_> {
    /// Whom each identity reaches over any number of calls, beyond those whom it reaches by one. A single call that no flow declares is a
    /// finding of its own.
    pub fn chains(&self, findings: &mut Vec<Finding>) {
        let chains = CHAINS.map(|chain| (chain.what, self.steps(|hop| [(chain.is_of)(hop).then_some(Direction::Call), None])));
        let all = self.steps(|hop| {
            let call = moves(hop).then_some(Direction::Call);
            [call, hop.carries.contains(&Carries::Answer).then_some(Direction::Answer)]
        });
        for (party, own) in self.members() {
            let Some(identity) = party else { continue };
            let mut found = |code, other: &Handle, message| {
                let finding = Finding::new(code, Subject::Identity(identity.clone()), message);
                findings.push(finding.see(Subject::Identity(other.clone()), None));
            };
            let mut known = BTreeSet::new();
            for (what, steps) in &chains {
                for (other, way) in self.reached(Some(identity), &own, steps) {
                    let Some(other) = other else { continue };
                    // What one call does is looked at by itself; what is worse in another way too is said once.
                    if !steps.joined.contains(&(Some(identity), Some(other))) && known.insert(other) {
                        found(Code::IndirectFlow, other, format!("{what} identity `{other}`, and no flow says so: {way}"));
                    }
                }
            }
            let by_calls = chains.first().map(|(_, steps)| self.reached(Some(identity), &own, steps)).unwrap_or_default();
            for (party, way) in self.reached(Some(identity), &own, &all) {
                let Some(other) = party else { continue };
                if !by_calls.contains_key(&party) && !all.joined.contains(&(Some(identity), Some(other))) {
                    found(Code::SharedAnswer, other, format!("what it sends may come back to identity `{other}`: {way}"));
                }
            }
        }
    }

    /// Who there is, and the qubes of each, dom0 aside.
    pub fn members(&self) -> BTreeMap<Party<'_>, Vec<&str>> {
        let mut members: BTreeMap<Party, Vec<&str>> = BTreeMap::new();
        for name in self.hops.keys().filter(|name| !is_dom0(name)) {
            members.entry(self.world.owner(name)).or_default().push(name);
        }
        members
    }

    /// The steps that calls are, as `directions` says of each.
    pub fn steps(&self, directions: impl Fn(&Hop) -> [Option<Direction>; 2]) -> Steps<'_> {
        let mut steps = Steps { by_begin: BTreeMap::new(), joined: BTreeSet::new() };
        for (&caller, hops) in &self.hops {
            let callers = self.world.owner(caller);
            for hop in hops {
                for direction in directions(hop).into_iter().flatten() {
                    let (target, targets) = (hop.to.as_str(), self.world.owner(&hop.to));
                    let (from, to, joined) = match direction {
                        Direction::Call => (caller, target, (callers, targets)),
                        Direction::Answer => (target, caller, (targets, callers)),
                    };
                    steps.joined.insert(joined);
                    steps.by_begin.entry(from).or_default().push(Step { from, to, hop, direction });
                }
            }
        }
        steps
    }

    /// The others that anything from one of these qubes, which are `own`, reaches, each by a shortest way.
    pub fn reached<'a>(&'a self, own: Party, from: &[&'a str], steps: &Steps<'a>) -> BTreeMap<Party<'a>, Way<'a>> {
        let mut last: BTreeMap<&str, Step> = BTreeMap::new();
        let mut seen: BTreeSet<&str> = from.iter().copied().collect();
        let mut queue: VecDeque<&str> = from.iter().copied().collect();
        let mut reached = BTreeMap::new();
        while let Some(at) = queue.pop_front() {
            for &step in steps.by_begin.get(at).into_iter().flatten() {
                // dom0 passes nothing on by itself.
                if is_dom0(step.to) || !seen.insert(step.to) {
                    continue;
                }
                last.insert(step.to, step);
                queue.push_back(step.to);
                let other = self.world.owner(step.to);
                if other != own {
                    reached.entry(other).or_insert_with(|| Way::ending(step, &last));
                }
            }
        }
        reached
    }
}

/// Whether a call moves data, or gives control.
pub fn moves(hop: &Hop) -> bool {
    moves_data(hop) || gives_control(hop)
}

fn moves_data(hop: &Hop) -> bool {
    hop.carries.contains(&Carries::Data)
}

fn gives_control(hop: &Hop) -> bool {
    hop.carries.contains(&Carries::Control)
}

impl<'a> Way<'a> {
    /// The steps up to this one.
    fn ending(end: Step<'a>, last: &BTreeMap<&str, Step<'a>>) -> Self {
        let mut way = vec![end];
        while let Some(step) = way.last().and_then(|step| last.get(step.from)) {
            way.push(*step);
        }
        way.reverse();
        Self(way)
    }
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.0.first().map_or("", |step| step.from))?;
        self.0.iter().try_for_each(|step| match step.direction {
            Direction::Call => write!(f, " → {} {}", step.to, step.hop),
            Direction::Answer => write!(f, " → {} as an answer {}", step.to, step.hop),
        })
    }
}
