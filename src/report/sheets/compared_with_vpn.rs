//! The fourth sheet: what this bundle does that a VPN does not, and what neither does.

use std::collections::{BTreeMap, BTreeSet};

use super::through::{Through, TorBy};
use crate::base::Handle;
use crate::check::{Code, Finding, Subject};
use crate::report::document::{Block, Cell, Column, Section, Table};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::standing::{Held, Standing};

/// What is asked of each way: its key, the question, the answer for a way of the bundle, and that for a VPN alone.
type Question = (&'static str, &'static str, fn(&Group) -> Cell, &'static str);

const QUESTIONS: [Question; 6] = [
    ("provider", "Must one provider be trusted?", provider, "yes: the VPN's provider sees who you are and where you go"),
    ("tor", "Does it go through Tor?", tor, "no"),
    (
        "leaks",
        "Does it resist direct leaks?",
        leaks,
        "as far as the VPN's own program has no fault: what gets past it is in clear",
    ),
    ("fingerprint", "Is the browser's fingerprint solved?", fingerprint, "no"),
    ("login", "Is logging in to accounts solved?", login, "no: whoever you log in to knows you"),
    ("host", "Is a compromised host solved?", host, "no"),
];

/// Identities whose applications go out in the same way.
struct Group<'a> {
    examined: &'a Examined<'a>,
    through: Option<Through>,
    identities: BTreeSet<&'a Handle>,
}

/// The section.
pub fn section(examined: &Examined) -> Section {
    let groups = groups(examined);
    let mut table = Table::new("Each way of this bundle, beside a VPN alone", &[("question", "Question")]);
    let columns = groups.iter().map(|group| Column::new(group.title(), group.title()));
    table.columns.extend(columns);
    table.columns.push(Column::new("vpn-alone", "A VPN alone"));
    for (key, question, answer, vpn) in QUESTIONS {
        let own = groups.iter().map(answer);
        let cells = [Cell::from(question)].into_iter().chain(own);
        table.row(key, cells.chain([Cell::held(vpn, Standing::unchecked(Held::Known))]));
    }
    let intro = "A VPN moves trust from the network to one provider. Tor spreads it over relays that do not know each other's part. Neither \
                 solves what you say about yourself.";
    let who = groups.iter().map(|group| {
        let identities = group.identities.iter().map(|handle| examined.identity(handle));
        Phrase::of(group.title()) + ": ".into() + Phrase::joined(identities, ", ", "")
    });
    let blocks = vec![Block::text(intro), Block::list(who), Block::Table(table)];
    Section::new("compared-with-vpn", "Whonix compared with a VPN", blocks)
}

/// The ways that applications of this bundle take, and who takes each.
fn groups<'a>(examined: &'a Examined<'a>) -> Vec<Group<'a>> {
    let mut by_way: BTreeMap<Option<Through>, BTreeSet<&Handle>> = BTreeMap::new();
    for handle in examined.desired().identities.keys() {
        for (name, qube) in examined.qubes_of(handle).filter(|(_, qube)| qube.role.holds_applications()) {
            by_way.entry(Through::of(examined, name, qube)).or_default().insert(handle);
        }
    }
    let group = |(through, identities)| Group { examined, through, identities };
    by_way.into_iter().map(group).collect()
}

impl Group<'_> {
    /// What it is called; its column is, too.
    fn title(&self) -> &'static str {
        match self.through {
            None => "no network",
            Some(Through { tor: Some(TorBy::OtherComputer), .. }) => "another computer's Tor",
            Some(through) => through.words(),
        }
    }

    /// What these checks say about these identities.
    fn checked(&self, words: &str, codes: &[Code]) -> Cell {
        let qubes = &self.examined.desired().qubes;
        let is_about = |finding: &Finding| match &finding.subject {
            Subject::Identity(handle) => self.identities.contains(handle),
            Subject::Qube(name) => qubes.get(name).is_some_and(|qube| self.identities.contains(&qube.identity)),
            _ => true,
        };
        let (standing, messages) = self.examined.standing(codes, is_about);
        Cell::held(if messages.is_empty() { words.into() } else { Phrase::joined(messages, "; ", "") }, standing)
    }
}

fn known(words: &str) -> Cell {
    Cell::held(words, Standing::unchecked(Held::Known))
}

fn provider(group: &Group) -> Cell {
    if group.through.is_some_and(|through| through.tor == Some(TorBy::OtherComputer)) {
        return Cell::held("not as far as the other computer runs Tor", Standing::unchecked(Held::OutOfReach));
    }
    known(match group.through {
        None => "no: it has no network",
        Some(Through { tor: Some(_), vpn_first: false, vpn_last: false }) => {
            "no: three relays, none of which knows both who you are and where you go"
        }
        Some(Through { tor: Some(_), vpn_first: true, vpn_last: false }) => {
            "no; but the VPN's provider knows who you are, and that you use Tor"
        }
        Some(Through { tor: Some(_), vpn_last: true, .. }) => {
            "yes: the VPN's provider sees where you go, and knows you by your account with it"
        }
        Some(Through { tor: None, vpn_first: true, .. }) => "yes: the VPN's provider sees who you are and where you go",
        Some(Through { tor: None, .. }) => "yes: your provider sees who you are and where you go",
    })
}

fn tor(group: &Group) -> Cell {
    match group.through.map(|through| through.tor) {
        None => known("no: it has no network"),
        Some(None) => Cell::held("no, on purpose", Standing::unchecked(Held::Declared)),
        Some(Some(TorBy::OtherComputer)) => {
            Cell::held("as far as the other computer does it", Standing::unchecked(Held::OutOfReach))
        }
        Some(Some(_)) => {
            group.checked("yes, each identity through its own gateway", &[Code::NotBehindGateway, Code::SharedGateway])
        }
    }
}

fn leaks(group: &Group) -> Cell {
    const CODES: [Code; 3] = [Code::NotBehindGateway, Code::DefaultNetvm, Code::NetworkByCall];
    match group.through {
        None => group.checked("nothing gets out", &[Code::OfflineQube]),
        Some(Through { tor: Some(_), vpn_last: true, .. }) => {
            group.checked("yes: what gets past the VPN still goes through Tor", &CODES)
        }
        Some(Through { tor: Some(_), .. }) => group.checked("yes: the gateway is the only way out", &CODES),
        Some(Through { vpn_first: true, .. }) => {
            let words = "as far as the VPN qube lets nothing past its tunnel";
            Cell::held(words, Standing::unchecked(Held::Declared))
        }
        Some(_) => known("no: everything is in clear anyway"),
    }
}

fn fingerprint(group: &Group) -> Cell {
    let is_anonymous =
        |handle: &&Handle| group.examined.desired().identities.get(*handle).is_some_and(|identity| identity.mode.is_anonymous());
    let anonymous = group.identities.iter().filter(|handle| is_anonymous(handle)).count();
    match (anonymous, group.identities.len() - anonymous) {
        (0, _) => Cell::held("no: other browsers are not kept out", Standing::unchecked(Held::Open)),
        (_, 0) => group.checked("yes, with Tor Browser, which is the only one", &[Code::Browser, Code::NotWhonix]),
        _ => group
            .checked("in modes 1 and 2, with Tor Browser; in mode 3 others are not kept out", &[Code::Browser, Code::NotWhonix]),
    }
}

fn login(_: &Group) -> Cell {
    Cell::held("no: whoever you log in to knows you", Standing::unchecked(Held::OutOfReach))
}

fn host(_: &Group) -> Cell {
    Cell::held("no", Standing::unchecked(Held::OutOfReach))
}
