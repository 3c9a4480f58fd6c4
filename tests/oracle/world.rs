//! The dom0 that a bundle comes into: its own qubes, and some that are there already.

use std::collections::{BTreeMap, BTreeSet};

use halite::base::Handle;
use halite::model::{Desired, Release, Setting};
use halite::qrexec::{Power, Rule, System, SystemQube, Token, Uuid, running_disposable};

/// What the global default makes disposables from.
const DISPOSABLES: &str = "default-dvm";

/// Qubes that dom0 may have besides: a name, a class, tags.
const OTHERS: [(&str, &str, &[&str]); 10] = [
    ("sys-firewall", "AppVM", &[]),
    ("sys-usb", "AppVM", &[]),
    ("sys-whonix", "AppVM", &["anon-gateway", "sdwdate-gui-server"]),
    ("other-gateway", "AppVM", &["anon-gateway", "sdwdate-gui-server"]),
    ("anon-whonix", "AppVM", &["anon-vm", "sdwdate-gui-client"]),
    ("alone", "StandaloneVM", &[]),
    ("fedora-42-xfce", "TemplateVM", &[]),
    ("disp1234", "DispVM", &[]),
    (DISPOSABLES, "AppVM", &[]),
    ("whonix-dvm", "AppVM", &["anon-vm", "sdwdate-gui-client"]),
];

/// A system, and who is who in it.
pub struct World {
    /// All qubes, with a running disposable of each disposable template.
    pub system: System,
    /// Whose qubes are, by their names in the system; those that are nobody's are not here.
    owners: BTreeMap<String, Handle>,
    /// A qube that is two identities', if there is one.
    pub shared: Option<String>,
}

impl World {
    /// The one that this bundle makes, with whatever its rules and flows speak of.
    pub fn of(desired: &Desired, rules: &[Rule], release: Release) -> Self {
        let mut qubes: BTreeMap<String, SystemQube> = BTreeMap::new();
        let mut owners: BTreeMap<String, Handle> = BTreeMap::new();
        let mut shared = None;
        let mut add = |qube: SystemQube| {
            qubes.entry(qube.name.clone()).or_insert(qube);
        };
        for (name, qube) in &desired.qubes {
            owners.insert(name.to_string(), qube.identity.clone());
            owners.insert(running_disposable(name.as_str()), qube.identity.clone());
            add(SystemQube {
                is_disposable_template: qube.pref("template_for_dispvms") == Some(&Setting::Bool(true)),
                default_dispvm: match qube.pref("default_dispvm") {
                    Some(Setting::None) => None,
                    Some(Setting::Qube(template)) => Some(template.to_string()),
                    _ => Some(DISPOSABLES.to_owned()),
                },
                ..plain(name.as_str(), qube.class.as_str(), qube.tags.iter().map(ToString::to_string))
            });
        }
        for (handle, identity) in &desired.identities {
            if let Some(gateway) = &identity.existing_gateway {
                if let Some(other) = owners.insert(gateway.to_string(), handle.clone()).filter(|other| other != handle) {
                    shared = Some(format!("{gateway} is {other}'s and {handle}'s"));
                }
                add(plain(gateway.as_str(), "AppVM", ["anon-gateway", "sdwdate-gui-server"].map(str::to_owned)));
            }
        }
        for (name, class, tags) in OTHERS {
            let tags = tags.iter().map(|tag| (*tag).to_owned());
            let default_dispvm = (class == "AppVM").then(|| DISPOSABLES.to_owned());
            let is_disposable_template = name.ends_with("-dvm");
            add(SystemQube { default_dispvm, is_disposable_template, ..plain(name, class, tags) });
        }
        for (name, template) in &desired.templates {
            add(plain(name.as_str(), "TemplateVM", template.tags.iter().map(ToString::to_string)));
        }
        for (number, token) in
            rules.iter().flat_map(|rule| [&rule.clause.source, &rule.clause.target, rule.offered()]).enumerate()
        {
            match token {
                Token::Qube(name) if !token.is_dom0() => add(plain(name, "AppVM", [])),
                // Anybody may have tagged anything; but not with tags that say whose something is.
                Token::Tag(tag) if !tag.starts_with("halite-") => add(plain(&format!("tagged-{number}"), "AppVM", [tag.clone()])),
                _ => {}
            }
        }
        for name in desired.flows.values().flat_map(|flow| [&flow.from, &flow.to]) {
            add(plain(name.as_str(), "AppVM", []));
        }
        add(plain("dom0", "AdminVM", []));
        Self { system: System::new(release, qubes.into_values()).with_running_disposables(), owners, shared }
    }

    /// Whose a qube is; nobody's, if it is of dom0's own.
    pub fn owner(&self, name: &str) -> Option<&Handle> {
        self.owners.get(name)
    }

    /// Everybody who can call: all but dom0, which needs nobody's leave.
    pub fn callers(&self) -> impl Iterator<Item = &str> {
        self.system.qubes().iter().map(|qube| qube.name.as_str()).filter(|name| *name != "dom0")
    }

    /// All that a caller can ask for. What becomes of a call to dom0 stays there.
    pub fn targets(&self) -> Vec<String> {
        let templates = self.system.qubes().iter().filter(|qube| qube.is_disposable_template);
        let new = templates.map(|template| format!("@dispvm:{}", template.name));
        let words = ["@default", "@dispvm"].map(str::to_owned);
        self.callers().map(str::to_owned).chain(new).chain(words).collect()
    }
}

fn plain(name: &str, class: &str, tags: impl IntoIterator<Item = String>) -> SystemQube {
    SystemQube {
        name: name.to_owned(),
        class: class.to_owned(),
        tags: tags.into_iter().collect::<BTreeSet<String>>(),
        is_disposable_template: false,
        default_dispvm: None,
        power: Power::Running,
        is_internal: false,
        uuid: Uuid::Is(name.to_owned()),
        colour: String::new(),
        relay: None,
        transport: None,
    }
}
