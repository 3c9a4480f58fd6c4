//! Five situations that people get into, where they apply, told of this bundle's own qubes.

use super::applications::{Answer, known};
use super::claims::about;
use super::evidence::{calls, names, of_role, ways};
use crate::base::Handle;
use crate::check::Code;
use crate::model::{Identity, Role};
use crate::qrexec::Carries;
use crate::report::document::{Block, Section, section_id};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;

/// The section.
pub fn section(examined: &Examined) -> Section {
    let told = [
        ("research", "A research workstation behind a gateway", research(examined)),
        ("identities", "A workstation for each identity", identities(examined)),
        ("telemetry", "An application that sends telemetry with an account, over Tor", telemetry(examined)),
        ("host", "A compromised host", host(examined)),
        ("file", "A file copied from one identity to another", file(examined)),
    ];
    let sections = told.into_iter().filter(|(_, _, blocks)| !blocks.is_empty());
    let sections = sections.map(|(id, title, blocks)| Section::new(section_id(&["situation", id]), title, blocks));
    let intro = "What happens when, in plain words.";
    Section::new("situations", "Situations", vec![Block::text(intro)]).with(sections.collect())
}

/// The identities of which something is so.
fn those<'a>(examined: &Examined<'a>, is: impl Fn(&Identity) -> bool) -> Vec<&'a Handle> {
    examined.desired().identities.iter().filter(|(_, identity)| is(identity)).map(|(handle, _)| handle).collect()
}

fn research(examined: &Examined) -> Vec<Block> {
    let anonymous = those(examined, |identity| identity.mode.is_anonymous());
    if anonymous.is_empty() {
        return Vec::new();
    }
    let told = anonymous.into_iter().map(|handle| {
        let codes = [Code::NotBehindGateway, Code::DefaultNetvm, Code::NetworkByCall, Code::ForeignDisposables];
        let (_, messages) = examined.standing(&codes, about(examined.desired(), handle));
        examined.identity(handle)
            + match messages.is_empty() {
                true => Phrase::of(": ") + ways(examined, handle),
                false => Phrase::of(", where it does NOT hold for certain: ") + Phrase::joined(messages, "; ", ""),
            }
    });
    vec![
        Block::text(
            "A page or a document takes over a program in the workstation. It still does not learn where you are: the workstation does not \
             know its own address on the internet, and has no way out but its gateway, which sends everything through Tor. This holds for:",
        ),
        Block::list(told),
        Block::text(
            "It does learn whatever is in that workstation, and whatever you do in it from then on. So keep in it only what belongs to that \
             identity, and open what strangers sent in a disposable.",
        ),
    ]
}

fn identities(examined: &Examined) -> Vec<Block> {
    let all = those(examined, |_| true);
    if all.len() < 2 {
        return Vec::new();
    }
    let told = all.into_iter().map(|handle| {
        let workstations = of_role(examined, handle, Role::Workstation);
        examined.identity(handle) + " works in ".into() + names(workstations, "disposables alone")
    });
    vec![
        Block::text(
            "Each identity has workstations of its own, so that a fault in one tells nothing about another: neither its files, nor its \
             cookies, nor its Tor circuits.",
        ),
        Block::list(told),
        Block::text(
            "They are still on one computer, used by one person. Two that run at the same time can be tied together by when they are on, how \
             fast they type, and what stops at once when the network does. Use one at a time.",
        ),
    ]
}

fn telemetry(examined: &Examined) -> Vec<Block> {
    let over_tor = those(examined, |identity| {
        identity.mode.over_tor() && !(identity.accounts.is_empty() && identity.applications.is_empty())
    });
    if over_tor.is_empty() {
        return Vec::new();
    }
    let told = over_tor.into_iter().filter_map(|handle| {
        let identity = examined.desired().identities.get(handle)?;
        let telling = identity.applications.iter().filter(|application| may_tell(application)).map(Phrase::name);
        let telling = Phrase::joined(telling, ", ", "none that is declared");
        let accounts =
            Phrase::joined(identity.accounts.iter().map(|account| examined.account(account)), ", ", "none that is declared");
        let told = ": applications that tell of themselves, or may: ".into();
        Some(examined.identity(handle) + told + telling + "; accounts: ".into() + accounts)
    });
    vec![
        Block::text(
            "Tor carries what an application sends, whatever that is. If it sends a name, a number of the device, or the account that it is \
             logged in to, the other side knows who that is, from wherever it seems to come. The gateway does not look into it, and could not.",
        ),
        Block::list(told),
        Block::text(
            "Whatever has an account belongs to one identity alone, and to none in mode 1. The bypass review says more of each.",
        ),
    ]
}

/// Whether an application sends telemetry, or nobody knows that it does not.
fn may_tell(application: &Handle) -> bool {
    known(application).is_none_or(|known| known.telemetry.answer != Answer::No)
}

fn host(examined: &Examined) -> Vec<Block> {
    let identities: Vec<Phrase> = those(examined, |_| true).into_iter().map(|handle| examined.identity(handle)).collect();
    vec![
        Block::text(
            Phrase::of("Whoever controls dom0 or the hypervisor sees everything of everybody: ")
                + Phrase::joined(identities, ", ", ""),
        ),
        Block::text(
            "No gateway and no workstation helps against that, since all of them run on it. What lowers the risk: nothing of a bundle runs in \
             dom0, no qube may command it, strangers' devices go to a qube of their own, and the computer is off when you leave it.",
        ),
    ]
}

fn file(examined: &Examined) -> Vec<Block> {
    if examined.desired().identities.len() < 2 {
        return Vec::new();
    }
    let between = examined.traffic.passings.iter().filter(|passing| {
        let carries_data = passing.hop.carries.contains(&Carries::Data);
        passing.crosses() && passing.from.is_some() && passing.to.is_some() && carries_data
    });
    let between: Vec<_> = between.collect();
    let verdict = match between.is_empty() {
        true => "In this bundle no call carries a file, or anything else, from one identity to another: it is denied before anybody is asked."
            .into(),
        false => Phrase::of("In this bundle, this is let through: ") + calls(between, ""),
    };
    vec![
        Block::text(
            "A file that both have ties the two together: by what it says, by who wrote it and with what, by the time in it. Whoever sees it in \
             both places knows that they are one.",
        ),
        Block::text(verdict),
        Block::text(
            "If it must be, let a program show and remove its metadata first, and write the text anew rather than copying it. A stick, a shared \
             account and a screenshot carry files, too, and no policy sees them.",
        ),
    ]
}
