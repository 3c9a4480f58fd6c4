//! Neutral names for whatever has a name of somebody's choice; what every system has keeps its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::QubeName;
use crate::model::whonix::stock_gateway;
use crate::model::{Label, Release};
use crate::qrexec::{Names, known_service, stock};

/// Qubes that installations of Qubes and Whonix make.
const QUBES: [&str; 7] = ["dom0", "sys-net", "sys-firewall", "sys-usb", "anon-whonix", "default-dvm", "default-mgmt-dvm"];
/// What the names of their templates begin with, before a number; and end with, behind it.
const TEMPLATES: ([&str; 4], [&str; 4]) =
    (["debian", "fedora", "whonix-gateway", "whonix-workstation"], ["", "-xfce", "-gnome", "-minimal"]);
/// Words of the policy language, which rules use without their `@` by mistake.
const WORDS: [&str; 4] = ["anyvm", "adminvm", "default", "dispvm"];
/// Tags that Qubes, Whonix and halite give.
const TAGS: [&str; 6] =
    ["anon-gateway", "anon-vm", "halite-isolated", "sdwdate-gui-client", "sdwdate-gui-server", "whonix-updatevm"];
/// What tags begin with that name a qube.
const TAGS_OF_QUBES: [&str; 5] = ["created-by-", "disp-created-by-", "guivm-", "audiovm-", "relayvm-"];
/// What tags begin with that name an identity.
const TAG_OF_IDENTITY: &str = "halite-identity-";
/// Classes of qubes.
const CLASSES: [&str; 6] = ["AdminVM", "AppVM", "DispVM", "RemoteVM", "StandaloneVM", "TemplateVM"];
/// Users of every qube, and the word for the one that it says.
const USERS: [&str; 4] = ["", "root", "user", "DEFAULT"];
/// dom0's uuid.
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// What is called by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Argument,
    Class,
    Feature,
    Host,
    Identity,
    Label,
    Property,
    Qube,
    Service,
    Tag,
    Text,
    User,
    Uuid,
}

/// Who is called what: the same name the same everywhere, and no two alike.
#[derive(Debug)]
pub struct Aliases {
    /// Services and arguments that stock policies name.
    stock: BTreeSet<String>,
    numbers: BTreeMap<(Kind, String), usize>,
    counts: BTreeMap<Kind, usize>,
}

impl Default for Aliases {
    fn default() -> Self {
        let rules = Release::ALL.into_iter().flat_map(|release| stock(release).rules);
        let stock = rules.flat_map(|rule| [rule.call.service.clone(), rule.call.argument.clone()]).flatten().collect();
        Self { stock, numbers: BTreeMap::new(), counts: BTreeMap::new() }
    }
}

impl Aliases {
    /// The number of a name among its kind, from 1.
    fn number(&mut self, kind: Kind, name: &str) -> usize {
        let count = self.counts.entry(kind).or_default();
        *self.numbers.entry((kind, name.to_owned())).or_insert_with(|| {
            *count += 1;
            *count
        })
    }

    /// A name of a kind that keeps none.
    pub(super) fn of(&mut self, kind: Kind, name: &str) -> String {
        let number = self.number(kind, name);
        match kind {
            Kind::Argument => format!("+argument-{number}"),
            Kind::Class => format!("Class{number}"),
            Kind::Feature => format!("feature-{number}"),
            Kind::Host => format!("host-{number}.example"),
            Kind::Identity => format!("identity-{number}"),
            Kind::Label => format!("label-{number}"),
            Kind::Property => format!("property_{number}"),
            Kind::Qube => format!("qube-{number}"),
            Kind::Service => format!("service-{number}"),
            Kind::Tag => format!("tag-{number}"),
            Kind::Text => format!("text-{number}"),
            Kind::User => format!("user-{number}"),
            Kind::Uuid => format!("00000000-0000-4000-8000-{number:012}"),
        }
    }

    /// A uuid.
    pub(super) fn uuid(&mut self, uuid: &str) -> String {
        if uuid == NIL { uuid.to_owned() } else { self.of(Kind::Uuid, uuid) }
    }

    /// A label.
    pub(super) fn label(&mut self, label: &str) -> String {
        if label.parse::<Label>().is_ok() { label.to_owned() } else { self.of(Kind::Label, label) }
    }

    /// A text that nobody needs to read; empty, it says that there is none.
    pub(super) fn text(&mut self, text: &str) -> String {
        if text.is_empty() { String::new() } else { self.of(Kind::Text, text) }
    }
}

impl Names for Aliases {
    fn qube(&mut self, name: &str) -> String {
        if let Some(uuid) = name.strip_prefix("uuid:") {
            return format!("uuid:{}", self.uuid(uuid));
        }
        // A word of the policy language where a name belongs, or one with the `$` of R4.0. No qube has such a name, and so it stays.
        for sign in ['@', '$'] {
            if let Some(word) = name.strip_prefix(sign) {
                return format!("{sign}{}", self.word(word));
            }
        }
        let is_stock = name.is_empty() || QUBES.contains(&name) || name == stock_gateway().as_str() || is_template(name);
        let is_word = WORDS.contains(&name.to_lowercase().as_str());
        if is_stock || is_word { name.to_owned() } else { self.of(Kind::Qube, name) }
    }

    fn tag(&mut self, tag: &str) -> String {
        if TAGS.contains(&tag) {
            return tag.to_owned();
        }
        if let Some((prefix, name)) = TAGS_OF_QUBES.iter().find_map(|prefix| Some((prefix, tag.strip_prefix(prefix)?))) {
            // Tags have fewer characters than names of qubes: no dot, no colon.
            return format!(
                "{prefix}{}",
                if name.contains([':', '$', '@']) { self.of(Kind::Qube, name) } else { self.qube(name) }
            );
        }
        match tag.strip_prefix(TAG_OF_IDENTITY) {
            Some(identity) => format!("{TAG_OF_IDENTITY}{}", self.of(Kind::Identity, identity)),
            None => self.of(Kind::Tag, tag),
        }
    }

    fn class(&mut self, class: &str) -> String {
        if CLASSES.contains(&class) { class.to_owned() } else { self.of(Kind::Class, class) }
    }

    fn service(&mut self, service: &str) -> String {
        match known_service(service) {
            Some(known) if known == service || self.stock.contains(service) => service.to_owned(),
            // What it may carry follows from its beginning.
            Some(beginning) => format!("{beginning}{}", self.of(Kind::Service, service)),
            None => self.of(Kind::Service, service),
        }
    }

    fn argument(&mut self, argument: &str) -> String {
        if argument == "+" || self.stock.contains(argument) { argument.to_owned() } else { self.of(Kind::Argument, argument) }
    }

    fn user(&mut self, user: &str) -> String {
        if USERS.contains(&user) { user.to_owned() } else { self.of(Kind::User, user) }
    }
}

impl Aliases {
    /// A word of the policy language, without its `@`.
    fn word(&mut self, word: &str) -> String {
        match word.split_once(':') {
            Some(("tag", tag)) => format!("tag:{}", self.tag(tag)),
            Some(("type", class)) => format!("type:{}", self.class(class)),
            Some(("dispvm", name)) => format!("dispvm:{}", self.qube(name)),
            _ => self.qube(word),
        }
    }

    /// A qube.
    pub(super) fn name(&mut self, name: &QubeName) -> QubeName {
        self.qube(name.as_str()).parse().expect("neutral names are names of qubes")
    }
}

/// Whether a template, or the disposable template beside it, is called as those that are installed.
fn is_template(name: &str) -> bool {
    let (beginnings, ends) = TEMPLATES;
    let name = name.strip_suffix("-dvm").unwrap_or(name);
    let mut versions = beginnings.iter().filter_map(|beginning| name.strip_prefix(beginning)?.strip_prefix('-'));
    versions.any(|rest| {
        let end = rest.trim_start_matches(|character: char| character.is_ascii_digit());
        (1..=3).contains(&(rest.len() - end.len())) && ends.contains(&end)
    })
}
