//! Several workstations: what may move between identities.

use super::key;
use crate::base::Handle;
use crate::check::Code;
use crate::model::Identity;
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::sheets::claims::{Claims, about};
use crate::report::sheets::evidence::calls;
use crate::report::sheets::workstation_plan;
use crate::report::standing::Held;

/// Claims about the bundle as a whole.
pub fn whole(_: &Examined, claims: &mut Claims) {
    claims.told(
        "one-at-a-time",
        "One identity at a time is running",
        Held::OutOfReach,
        "shut all qubes of one down before you start another's: what goes on at the same time can be tied together",
    );
    claims.told(
        "you",
        "You carry nothing over: no phrase, no file on a stick, no picture of the screen",
        Held::OutOfReach,
        "what you read in one identity and type in another, nothing can see",
    );
}

/// Claims about one identity.
pub fn each(examined: &Examined, handle: &Handle, identity: &Identity, claims: &mut Claims) {
    let of = about(examined.desired(), handle);
    let who = || examined.identity(handle);
    let crossing: Vec<_> = examined.crossing(handle).collect();
    let codes = [Code::UndeclaredFlow, Code::IndirectFlow, Code::StatusLeak, Code::SharedAnswer];
    let (claim, evidence) = match crossing.is_empty() {
        true => (
            Phrase::of("Nothing moves between ") + who() + " and any other qube, over any number of calls".into(),
            Phrase::of("the policy was evaluated for all pairs of qubes, and all services"),
        ),
        false => (Phrase::of("Nothing moves between ") + who() + " and others but what flows say".into(), calls(crossing, "")),
    };
    claims.checked(key(handle, "flows"), claim, &codes, &of, evidence);
    if identity.mode.over_tor() {
        let claim = Phrase::of("Nothing of ") + who() + " starts with the computer".into();
        claims.checked(key(handle, "autostart"), claim, &[Code::StartsByItself], &of, "autostart is nowhere on");
    }
    let claim = who() + " shares the template of its applications with no other mode".into();
    claims.checked(key(handle, "template"), claim, &[Code::SharedTemplate], &of, workstation_plan::templates(examined, handle));
}
