//! The six boundary classes: what this bundle enforces, what is only declared, what is left open, and what is out of reach. The claims of
//! each class are in a file of its own.

mod accounts;
mod browser;
mod host;
mod local;
mod split;
mod workstations;

use super::claims::Claims;
use crate::base::Handle;
use crate::model::Identity;
use crate::report::document::{Block, Cell, Section, Table, section_id};
use crate::report::examined::Examined;
use crate::report::standing::{Held, Standing};

/// One of the six classes.
struct Class {
    id: &'static str,
    title: &'static str,
    /// What it is about, and where it ends.
    about: &'static str,
    /// Its claims about the bundle as a whole.
    whole: fn(&Examined, &mut Claims),
    /// Its claims about one identity.
    each: fn(&Examined, &Handle, &Identity, &mut Claims),
}

const CLASSES: [Class; 6] = [
    Class {
        id: "split",
        title: "Gateway and workstation apart",
        about: "Every way from a workstation to the network passes its own gateway, which runs Tor. A gateway hides where you are; it \
                does not hide who you say that you are.",
        whole: split::whole,
        each: split::each,
    },
    Class {
        id: "host",
        title: "A compromised host",
        about: "Whoever controls dom0 or the hypervisor sees and controls every identity at once. No qube protects from that, Whonix's no \
                less than others.",
        whole: host::whole,
        each: host::each,
    },
    Class {
        id: "applications",
        title: "What applications give away",
        about: "Logins, telemetry and documents tie what you do to who you are, through Tor as much as without it. Which accounts and \
                applications live where can be declared; nothing can keep you from using them elsewhere.",
        whole: accounts::whole,
        each: accounts::each,
    },
    Class {
        id: "browser",
        title: "What a browser, a keyboard and a sound card give away",
        about: "Only Tor Browser looks the same for everybody who uses it. Any other browser, and any extension, can be told apart from \
                all others, whatever it is behind.",
        whole: nothing,
        each: browser::each,
    },
    Class {
        id: "workstations",
        title: "Several workstations",
        about: "A workstation for each identity separates them as long as nothing moves freely between them. What counts is what gets \
                through over any number of calls.",
        whole: workstations::whole,
        each: workstations::each,
    },
    Class {
        id: "local",
        title: "Who sees that Tor is used",
        about: "Tor hides what you do from the local network and the provider. That you use it, it hides only behind bridges.",
        whole: nothing,
        each: local::each,
    },
];

/// The section.
pub fn section(examined: &Examined) -> Section {
    let mut classes: Vec<Section> = CLASSES.iter().map(|class| class.section(examined)).collect();
    classes.insert(0, legend());
    let intro = "What is isolated from what, in the six classes of boundaries that an anonymous system has. Each line says how it is known.";
    Section::new("boundaries", "Boundaries", vec![Block::text(intro)]).with(classes)
}

fn legend() -> Section {
    let mut table = Table::new("How something can be known", &[("word", "Word"), ("meaning", "What it means")]);
    for held in Held::ALL {
        table.row(held.as_str(), [Cell::held("", Standing::unchecked(held)), held.meaning().into()]);
    }
    Section::new(section_id(&["boundaries", "legend"]), "How it is known", vec![Block::Table(table)])
}

impl Class {
    fn section(&self, examined: &Examined) -> Section {
        let mut claims = Claims::about(examined, self.title);
        (self.whole)(examined, &mut claims);
        for (handle, identity) in &examined.desired().identities {
            (self.each)(examined, handle, identity, &mut claims);
        }
        let blocks = vec![Block::text(self.about), Block::Table(claims.table())];
        Section::new(section_id(&["boundaries", self.id]), self.title, blocks)
    }
}

fn nothing(_: &Examined, _: &mut Claims) {}

fn key(handle: &Handle, what: &str) -> String {
    section_id(&[handle.as_str(), what])
}
