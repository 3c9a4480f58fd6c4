//! The text of a recipe that was made from states, with each remark beside the line that it is about.

use std::collections::BTreeMap;

use super::draft::{Draft, Identity, Kind, Made, Member, Provider};
use super::qube::Qube;
use super::remarks::{About, Remark};
use super::template::{Declared, Named};
use crate::base::{BundleName, QubeName, Tag, cleaned};
use crate::model::{Property, Release, Setting};
use crate::recipe::Files;

/// How long a line of a comment may be.
const WIDTH: usize = 120;

/// The recipe.
pub fn recipe(name: &BundleName, draft: &Draft, remarks: &[Remark], files: &Files, paths: &[String]) -> String {
    let mut writer = Writer { text: String::new(), remarks, files, paths, written: vec![false; remarks.len()] };
    let releases = Release::ALL.map(|release| format!("\"{release}\"")).join(", ");
    let count = draft.identities.len();
    let summary = format!("{count} {}, from Salt", if count == 1 { "identity" } else { "identities" });
    HEAD.iter().for_each(|line| writer.line(line));
    for line in [
        "",
        "[bundle]",
        &format!("name = \"{name}\""),
        "serial = 1",
        &format!("summary = \"{summary}\""),
        &format!("releases = [{releases}]"),
    ] {
        writer.line(line);
    }
    draft.identities.iter().for_each(|identity| writer.identity(identity));
    draft.templates.iter().for_each(|template| writer.template(template));
    writer.rest();
    writer.text
}

const HEAD: [&str; 4] = [
    "# A recipe for halite, made from states of Salt by `halite import-salt`. Where those were doubtful, a comment says where that is in",
    "# which file, and what it was taken to mean. Read each, change what is wrong, and remove the comment. The recipe is data, and all of",
    "# it, comments included, is packed into the bundle; who an identity really is stands in `labels.toml` beside it, which is never",
    "# packed. docs/recipes.md describes every key.",
];

struct Writer<'a> {
    text: String,
    remarks: &'a [Remark],
    files: &'a Files,
    /// The files' paths in their folder; where that lies is nobody's business.
    paths: &'a [String],
    written: Vec<bool>,
}

/// A table: its heading, and its lines by key.
struct Table {
    heading: String,
    lines: Vec<(&'static str, String)>,
}

impl Writer<'_> {
    fn identity(&mut self, identity: &Identity) {
        let mode = identity.mode;
        let Some(first) = identity.members.first() else { return };
        self.line("");
        self.line(&format!("# Mode {}: {}.", mode.number(), mode.description()));
        let handle = identity.handle.as_str();
        let way_out = identity.before.as_ref().map_or(identity.upstream.clone(), |vpn| vpn.name.to_string());
        let mut lines = vec![("mode", mode.number().to_string())];
        match &identity.gateway {
            Some(gateway) => lines.push(("gateway", quoted(gateway.name.as_str()))),
            None => lines.push(("upstream", quoted(&way_out))),
        }
        if let Some(vpn) = &identity.behind {
            lines.push(("vpn", quoted(vpn.name.as_str())));
        }
        let own = ["mode", "gateway", "upstream", "netvm"];
        self.table(Table { heading: format!("[identity.{handle}]"), lines }, first.qube.name.value.as_str(), |key| {
            key.is_some_and(|key| own.contains(&key))
        });
        if let Some(gateway) = &identity.gateway {
            let mut lines = match gateway.made {
                Made::ByHalite => vec![("upstream", quoted(&way_out))],
                Made::Already => vec![("existing", "true".to_owned())],
                Made::Elsewhere => vec![("external", "true".to_owned())],
            };
            match &gateway.said {
                Some((qube, template)) => {
                    if template.name != "whonix-gateway" {
                        lines.push(("template", quoted(&template.name)));
                    }
                    lines.extend(body(qube, template));
                }
                None if gateway.made == Made::ByHalite => lines.push(("memory", "500".to_owned())),
                None => {}
            }
            self.table(Table { heading: heading("gateway", &gateway.name), lines }, gateway.name.as_str(), |_| true);
        }
        for (vpn, upstream) in [
            (&identity.before, Some(identity.upstream.clone())),
            (&identity.behind, identity.gateway.as_ref().map(|gateway| gateway.name.to_string())),
        ] {
            if let (Some(Provider { name, said: Some((qube, template)), .. }), Some(upstream)) = (vpn, upstream) {
                let configuration = format!("{handle}-vpn");
                let configuration = configuration.get(..configuration.len().min(20)).unwrap_or_default();
                let mut lines = vec![
                    ("upstream", quoted(&upstream)),
                    ("configuration", quoted(configuration)),
                    ("template", quoted(&template.name)),
                ];
                lines.extend(body(qube, template));
                self.table(Table { heading: heading("vpn", name), lines }, name.as_str(), |_| true);
            }
        }
        identity.members.iter().for_each(|member| self.member(handle, member));
    }

    fn member(&mut self, handle: &str, member: &Member) {
        let kind = match member.kind {
            Kind::Workstation => "workstation",
            Kind::Disposable => "disposable",
            Kind::Vault => "vault",
        };
        let mut lines = vec![("identity", quoted(handle)), ("template", quoted(&member.template.name))];
        lines.extend(member.disposables.as_ref().map(|name| ("disposables", quoted(name.as_str()))));
        lines.extend(body(member.qube, &member.template));
        let name = &member.qube.name.value;
        self.table(Table { heading: heading(kind, name), lines }, name.as_str(), |_| true);
    }

    fn template(&mut self, template: &Declared) {
        let packages: Vec<String> = template.packages.iter().map(|package| quoted(package.as_str())).collect();
        let mut lines = vec![("base", quoted(&template.base))];
        if !packages.is_empty() {
            lines.push(("packages", format!("[{}]", packages.join(", "))));
        }
        self.table(Table { heading: format!("[template.{}]", template.stem), lines }, template.name.as_str(), |_| true);
    }

    /// A table, with the remarks about `qube` whose keys are wanted: each above the line with its key, or above the heading.
    fn table(&mut self, table: Table, qube: &str, wanted: impl Fn(Option<&'static str>) -> bool) {
        let mut by_key: BTreeMap<Option<&'static str>, Vec<usize>> = BTreeMap::new();
        for (number, remark) in self.remarks.iter().enumerate() {
            if let About::Qube(name, key) = &remark.about
                && name == qube
                && wanted(*key)
                && !self.written.get(number).copied().unwrap_or_default()
            {
                let line = key.filter(|key| table.lines.iter().any(|(line, _)| line == key));
                by_key.entry(line).or_default().push(number);
            }
        }
        self.line("");
        self.say(by_key.remove(&None));
        self.line(&table.heading);
        for (key, value) in &table.lines {
            self.say(by_key.remove(&Some(*key)));
            self.line(&format!("{} = {value}", bare(key)));
        }
    }

    /// What is about nothing that the recipe has.
    fn rest(&mut self) {
        let rest: Vec<usize> =
            (0..self.remarks.len()).filter(|&number| !self.written.get(number).copied().unwrap_or_default()).collect();
        if !rest.is_empty() {
            ["", "# What is about no line above:", "#"].into_iter().for_each(|line| self.line(line));
            self.say(Some(rest));
        }
    }

    fn say(&mut self, numbers: Option<Vec<usize>>) {
        for number in numbers.into_iter().flatten() {
            let Some(remark) = self.remarks.get(number) else { continue };
            let fault = &remark.fault;
            let (line, column) = self.files.line_and_column(&fault.place);
            let file = self.paths.get(fault.place.file.number()).map(|path| cleaned(path)).unwrap_or_default();
            let help = fault.help.as_ref().map(|help| format!(" ({})", cleaned(help))).unwrap_or_default();
            self.comment(&format!("{file}:{line}:{column}: {}{help}", cleaned(&fault.message)));
            if let Some(written) = self.written.get_mut(number) {
                *written = true;
            }
        }
    }

    fn comment(&mut self, text: &str) {
        let mut line = String::from("#");
        for word in text.split(' ') {
            if line.len() > 1 && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(&line);
                line = String::from("#");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// What every qube has.
fn body(qube: &Qube, template: &Named) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    lines.extend(qube.label.as_ref().map(|label| ("label", quoted(label.value.as_str()))));
    lines.extend(qube.memory.as_ref().map(|memory| ("memory", memory.value.to_string())));
    lines.extend(qube.maxmem.as_ref().map(|maxmem| ("maxmem", maxmem.value.to_string())));
    if let Some(firewall) = &qube.firewall {
        let rules: Vec<String> = firewall.value.0.iter().map(|rule| quoted(rule.as_str())).collect();
        lines.push(("firewall", format!("[{}]", rules.join(", "))));
    }
    let [first, second] = Release::ALL;
    let prefs = |since: Release| {
        let of_release =
            qube.prefs.iter().filter(move |(name, _)| Property::find(name.as_str()).is_some_and(|known| known.since() == since));
        inline(of_release.map(|(name, setting)| (name.to_string(), value(&setting.value))))
    };
    lines.extend(prefs(first).map(|prefs| ("prefs", prefs)));
    lines.extend(prefs(second).map(|prefs| (second.as_str(), format!("{{ prefs = {prefs} }}"))));
    let tags: Vec<String> = qube.tags.keys().filter(|tag| !follows(tag, template)).map(|tag| quoted(tag.as_str())).collect();
    if !tags.is_empty() {
        lines.push(("tags", format!("[{}]", tags.join(", "))));
    }
    let service = |name: &str| name.strip_prefix("service.").map(str::to_owned);
    let services = qube.features.iter().filter_map(|(name, on)| Some((service(name.as_str())?, on)));
    let (on_or_off, valued): (Vec<_>, Vec<_>) = services.partition(|(_, on)| matches!(on.value.as_str(), "1" | ""));
    let plain = qube
        .features
        .iter()
        .filter(|(name, _)| service(name.as_str()).is_none())
        .map(|(name, text)| (name.to_string(), quoted(&text.value)));
    let valued = valued.into_iter().map(|(name, text)| (format!("service.{name}"), quoted(&text.value)));
    lines.extend(inline(plain.chain(valued)).map(|features| ("features", features)));
    lines.extend(
        inline(on_or_off.into_iter().map(|(name, on)| (name, (on.value == "1").to_string())))
            .map(|services| ("services", services)),
    );
    lines
}

/// Whether halite, or Qubes itself, gives a tag by itself.
fn follows(tag: &Tag, template: &Named) -> bool {
    let is_whonix = template.kind.is_some_and(|kind| {
        Release::ALL
            .iter()
            .filter_map(|release| Some((release, release.stock_template(kind)?)))
            .any(|(release, name)| release.whonix_tags(name.as_str()).any(|own| own == tag.as_str()))
    });
    is_whonix || tag.as_str().starts_with("halite-") || tag.belongs_to_qubes()
}

fn inline(entries: impl Iterator<Item = (String, String)>) -> Option<String> {
    let entries: Vec<String> = entries.map(|(key, value)| format!("{} = {value}", bare(&key))).collect();
    (!entries.is_empty()).then(|| format!("{{ {} }}", entries.join(", ")))
}

fn value(setting: &Setting) -> String {
    match setting {
        Setting::Default => quoted("default"),
        Setting::None => quoted("none"),
        Setting::Qube(name) => quoted(name.as_str()),
        Setting::Bool(yes) => yes.to_string(),
        Setting::Int(number) => number.to_string(),
        Setting::Text(text) => quoted(text),
    }
}

fn heading(kind: &str, name: &QubeName) -> String {
    format!("[{kind}.{}]", bare(name.as_str()))
}

/// A key, quoted where it must be.
fn bare(key: &str) -> String {
    let is_bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// A basic string. Nothing in it is invisible: such values were left out.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
