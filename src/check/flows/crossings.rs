//! H0501, H0504 to H0506: calls that cross an identity's border, lead around its gateway, or reach dom0.

use std::collections::BTreeMap;

use super::{Flows, is_dom0};
use crate::base::Handle;
use crate::check::code::Code;
use crate::check::finding::{Finding, Subject};
use crate::check::network::over_tor;
use crate::qrexec::{Carries, Hop};

/// Who is on either side of a border; nobody is whoever is none of the bundle's.
type Border<'a> = (Option<&'a Handle>, Option<&'a Handle>);

impl Flows<'_> {
    /// One finding for each border and kind: the first call, and how many others there are.
    pub fn crossings(&self, findings: &mut Vec<Finding>) {
        let mut breaches: BTreeMap<(Code, Border), (&Hop, usize)> = BTreeMap::new();
        for hop in self.hops.values().flatten() {
            let Some(code) = self.breach(hop) else { continue };
            let border = (self.world.owner(&hop.from), self.world.owner(&hop.to));
            breaches.entry((code, border)).or_insert((hop, 0)).1 += 1;
        }
        for ((code, _), (hop, count)) in breaches {
            let others = match count - 1 {
                0 => String::new(),
                1 => ", and there is another such call".to_owned(),
                more => format!(", and there are {more} other such calls"),
            };
            let what = match code {
                Code::NetworkByCall => "would reach the network through",
                _ => "may call",
            };
            let message = format!("`{}` {what} `{}` {hop}{others}", hop.from, hop.to);
            let finding = Finding::new(code, self.subject(hop), message);
            findings.push(Finding { help: self.advice(hop), ..finding });
        }
    }

    fn breach(&self, hop: &Hop) -> Option<Code> {
        if is_dom0(&hop.from) {
            return None; // It can do everything without asking anybody.
        }
        let (from, to) = (self.world.owner(&hop.from), self.world.owner(&hop.to));
        // dom0 is nobody's; and of most calls, neither side is anybody's.
        if from == to {
            return None;
        }
        let what = hop.carries;
        let has = |one: Carries| what.contains(&one);
        let moves = has(Carries::Data) || has(Carries::Control);
        if is_dom0(&hop.to) {
            return moves.then_some(Code::CommandsDom0);
        }
        // A flow may declare what moves, but no way around a gateway.
        if has(Carries::Network) && from.is_some_and(|identity| over_tor(self.desired, identity)) {
            return Some(Code::NetworkByCall);
        }
        if self.declared(hop).is_some() {
            return None;
        }
        if moves {
            return Some(Code::UndeclaredFlow);
        }
        if has(Carries::Network) {
            // Whatever listens to a port takes what comes.
            return (from.is_some() && to.is_some()).then_some(Code::UndeclaredFlow);
        }
        (from.or(to).is_some() && has(Carries::Status)).then_some(Code::StatusLeak)
    }

    /// The end of a call that is the bundle's; the caller, if both are.
    fn subject(&self, hop: &Hop) -> Subject {
        let own = [&hop.from, &hop.to].into_iter().find_map(|end| self.world.qube(end));
        own.map_or(Subject::Bundle, |name| Subject::Qube(name.clone()))
    }
}
