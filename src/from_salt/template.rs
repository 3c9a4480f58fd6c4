//! The templates that qubes are on: which stock template each is today, and what is cloned from it.

use std::collections::{BTreeMap, BTreeSet};

use super::qube::{Qube, Said};
use super::remarks::{About, Remarks};
use crate::base::{PackageName, QubeName};
use crate::check::Code;
use crate::model::Release;
use crate::recipe::{At, STOCK, Stem};

/// Names that stock templates had, and what stands for today's. Source: the Qubes OS documentation, "Templates" and "Supported
/// releases", and Whonix's, "Whonix in Qubes", of the years from 2017 on.
const KINDS: [(&str, &str); 6] = [
    ("whonix-workstation", "whonix-workstation"),
    ("whonix-ws", "whonix-workstation"),
    ("whonix-gateway", "whonix-gateway"),
    ("whonix-gw", "whonix-gateway"),
    ("fedora", "fedora"),
    ("debian", "debian"),
];
/// Most clones of clones.
const CLONES_MOST: usize = 16;

/// A template of the recipe.
#[derive(Debug)]
pub struct Declared {
    /// Its name there.
    pub stem: String,
    /// What it is cloned from.
    pub base: String,
    /// What is installed in it.
    pub packages: BTreeSet<PackageName>,
    /// What it was called.
    pub name: QubeName,
}

/// A template, as a qube of the recipe names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The stock template that it is or comes from, if it is known.
    pub kind: Option<&'static str>,
}

/// The templates of all qubes, found one after the other.
pub struct Templates<'a> {
    said: &'a Said,
    remarks: &'a Remarks,
    known: BTreeMap<QubeName, Named>,
    /// Those whose packages were asked for.
    installed: BTreeSet<QubeName>,
    /// Those that the recipe declares.
    pub declared: Vec<Declared>,
}

impl<'a> Templates<'a> {
    /// None was asked for yet.
    pub fn new(said: &'a Said, remarks: &'a Remarks) -> Self {
        Self { said, remarks, known: BTreeMap::new(), installed: BTreeSet::new(), declared: Vec::new() }
    }

    /// Whether a qube of the states is a template.
    pub fn is_template(said: &Said, qube: &Qube) -> bool {
        let name = &qube.name.value;
        let is_used = said.qubes.iter().any(|other| other.template.as_ref().is_some_and(|template| template.value == *name));
        let is_source = said.qubes.iter().any(|other| other.clone_of.as_ref().is_some_and(|source| source.value == *name));
        kind_of(name.as_str()).is_some() || (qube.template.is_none() && (qube.clone_of.is_some() || is_used || is_source))
    }

    /// What a recipe calls the template `name`.
    pub fn find(&mut self, name: &At<QubeName>) -> Named {
        if let Some(known) = self.known.get(&name.value) {
            return known.clone();
        }
        let (mut root, mut packages) = (name.clone(), BTreeSet::new());
        for _ in 0..CLONES_MOST {
            if let Some(installed) = self.said.packages.get(&root.value) {
                packages.extend(installed.value.iter().cloned());
                self.installed.insert(root.value.clone());
            }
            let clone = self.said.qubes.iter().find(|other| other.name.value == root.value);
            match clone.and_then(|clone| clone.clone_of.clone()) {
                Some(source) => root = source,
                None => break,
            }
        }
        let kind = kind_of(root.value.as_str());
        if kind.is_none() {
            let message = format!("`{}` is no stock template, and no state clones it; taken as one that dom0 has", root.value);
            let help = "make sure that dom0 has it; halite clones it and leaves it as it is";
            self.remarks.say(About::key(name.value.as_str(), "base"), Code::SaltTemplate, &root.place, message, help);
        }
        let named = match kind {
            Some(kind) if root.value == name.value && packages.is_empty() => Named { name: kind.to_owned(), kind: Some(kind) },
            _ => {
                let stem = self.stem(&name.value);
                let base = kind.map_or_else(|| root.value.to_string(), str::to_owned);
                self.declared.push(Declared { stem: stem.clone(), base, packages, name: name.value.clone() });
                Named { name: stem, kind }
            }
        };
        self.known.insert(name.value.clone(), named.clone());
        named
    }

    /// The template of a qube over Tor: one that is not Whonix's own becomes a clone, which is updated over Tor, too.
    pub fn over_tor(&mut self, named: Named, qube: &Qube) -> Named {
        let stock = named.kind.filter(|kind| *kind == named.name && !kind.starts_with("whonix-"));
        let Some(kind) = stock else { return named };
        let name = &qube.name.value;
        let stem = self.stem(name);
        let message = format!(
            "`{kind}` is updated in clear, and `{name}` is over Tor; it gets a clone, `{stem}`, that is updated over Tor"
        );
        let place = qube.template.as_ref().map_or(&qube.name.place, |template| &template.place);
        let about = About::key(name.as_str(), "template");
        self.remarks.say(about, Code::SaltTemplate, place, message, "let nothing in clear use that clone");
        let packages = BTreeSet::new();
        self.declared.push(Declared { stem: stem.clone(), base: kind.to_owned(), packages, name: name.clone() });
        Named { name: stem, kind: Some(kind) }
    }

    /// Tells packages that are for no template of a qube here.
    pub fn unused(&self) {
        for (name, packages) in self.said.packages.iter().filter(|(name, _)| !self.installed.contains(*name)) {
            let message = format!("no qube here is on a template `{name}`: the packages for it are left out");
            let help = "name them as the `packages` of the `[template.NAME]` that they are for";
            self.remarks.say(About::Nothing, Code::SaltUnknown, &packages.place, message, help);
        }
    }

    /// A name of a recipe's template that is like `name`, and free.
    fn stem(&self, name: &QubeName) -> String {
        let name = name.as_str().to_ascii_lowercase();
        // What halite itself calls clones.
        let own = name.strip_prefix("h-").and_then(|rest| rest.rsplit_once('-')).filter(|(_, hash)| hash.len() == 8);
        let name = own.map_or(name.as_str(), |(stem, _)| stem);
        let name = ["template-", "tpl-"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let is_free = |stem: &String| stem.parse::<Stem>().is_ok() && self.declared.iter().all(|other| other.stem != *stem);
        let numbers = std::iter::once(String::new()).chain((2..).map(|number: u32| number.to_string()));
        let mut stems = numbers.map(|number| {
            let room = 10usize.saturating_sub(number.len());
            let plain = plain.get(..plain.len().min(room)).unwrap_or_default().trim_end_matches('-');
            format!("{plain}{number}")
        });
        stems.find(is_free).expect("some number is free")
    }
}

/// Tells a stock template that is none of today's.
pub fn look_at(name: &At<QubeName>, about: About, remarks: &Remarks) {
    let Some(kind) = kind_of(name.value.as_str()) else { return };
    let today: BTreeSet<QubeName> = Release::ALL.iter().filter_map(|release| release.stock_template(kind)).collect();
    if !today.contains(&name.value) {
        let today: Vec<String> = today.iter().map(|name| format!("`{name}`")).collect();
        let message =
            format!("`{}` is no stock template of today; taken as `{kind}`, which is {}", name.value, today.join(" or "));
        let help = "if dom0 has it and it is the one meant, name it as the `base` of a `[template.NAME]`";
        remarks.say(about, Code::SaltTemplate, &name.place, message, help);
    }
}

/// The name that stands for the stock template of today which one of this name was.
pub fn kind_of(name: &str) -> Option<&'static str> {
    KINDS.iter().find_map(|(old, kind)| {
        let rest = name.strip_prefix(old)?;
        let mut words = rest.split('-');
        let is_first = words.next() == Some("");
        // Numbers of releases, their names, and flavours.
        let is_word = |word: &str| {
            word.bytes().all(|byte| byte.is_ascii_digit())
                || ["minimal", "xfce", "gnome", "kde", "jessie", "stretch", "buster", "bullseye", "bookworm", "trixie"]
                    .contains(&word)
        };
        debug_assert!(STOCK.contains(kind));
        (is_first && words.all(|word| !word.is_empty() && is_word(word))).then_some(*kind)
    })
}

#[cfg(test)]
mod tests {
    use super::kind_of;

    #[test]
    fn stock_templates_of_all_times_are_known() {
        for (name, kind) in [
            ("whonix-ws", "whonix-workstation"),
            ("whonix-ws-14", "whonix-workstation"),
            ("whonix-workstation-18", "whonix-workstation"),
            ("whonix-gw-15", "whonix-gateway"),
            ("fedora-28", "fedora"),
            ("fedora-42-xfce", "fedora"),
            ("debian-10", "debian"),
            ("debian-12-minimal", "debian"),
            ("debian-jessie", "debian"),
        ] {
            assert_eq!(kind_of(name), Some(kind), "{name}");
        }
        for name in ["whonix-ws-16-dvm", "debianized", "fedora-", "kali-core", "my-fedora-41", "whonix"] {
            assert_eq!(kind_of(name), None, "{name}");
        }
    }
}
