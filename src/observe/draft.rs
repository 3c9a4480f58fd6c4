//! A recipe to begin with for a dom0 that has grown: what is there already, as far as a recipe can say it. Whatever is doubtful is a
//! comment beside its line.

use std::collections::{BTreeMap, BTreeSet};

use super::capture::Capture;
use super::draft_words::{bare, quoted, sanitised, unique, wrapped};
use super::grouped::{Group, Grouped, Part, Way};
use crate::base::{Handle, QubeName};
use crate::model::whonix::stock_gateway;
use crate::model::{Label, Mode};

/// What goes out in clear, where nothing else is known.
const UPSTREAM: &str = "sys-firewall";
/// The most characters of a handle, and of the name of a template of a recipe.
const HANDLE: usize = 20;
const STEM: usize = 10;
/// The most characters of a qube's name that no other name may share (H0101).
const TOLD_APART: usize = 21;

const HEAD: &str = "A recipe for halite to begin with, made from what is in dom0 by `halite-dom0 capture --recipe`. dom0 does not say what its \
    qubes are for: modes and what belongs together are guesses. Take out what halite is not to touch, change what is wrong, remove the \
    comments. All of the recipe, comments included, is packed into the bundle; handles below are made of names of qubes: choose neutral \
    ones. docs/recipes.md describes every key.";

/// The recipe.
pub fn draft(capture: &Capture) -> String {
    let grouped = Grouped::of(capture);
    let taken = capture.qubes.keys().map(|name| name.management_part().to_owned()).collect();
    let mut draft = Draft {
        capture,
        text: String::new(),
        taken,
        handles: BTreeSet::new(),
        gateways: BTreeSet::new(),
        templates: BTreeMap::new(),
        left: grouped.left,
    };
    draft.comment(HEAD);
    draft.blank();
    draft.lines(
        "bundle",
        &[
            ("name", quoted("grown")),
            ("serial", "1".to_owned()),
            ("summary", quoted("What was in dom0 before halite")),
            ("releases", format!("[{}]", quoted(capture.release.as_str()))),
        ],
    );
    for (group, members) in &grouped.groups {
        draft.group(group, members);
    }
    draft.declared_templates();
    draft.rest();
    draft.text
}

struct Draft<'a> {
    capture: &'a Capture,
    text: String,
    /// What names of qubes are told apart by.
    taken: BTreeSet<String>,
    handles: BTreeSet<String>,
    /// Gateways that are an identity's.
    gateways: BTreeSet<QubeName>,
    /// What the recipe calls templates that are not stock ones.
    templates: BTreeMap<QubeName, String>,
    left: Vec<(QubeName, &'static str)>,
}

impl Draft<'_> {
    fn group(&mut self, group: &Group, members: &[(QubeName, Part)]) {
        match &group.way {
            Way::Gateway(gateway, between) => self.over_tor(group, gateway, between.as_ref(), members),
            Way::External(gateway) => self.external(group, gateway, members),
            Way::Clear(upstream) => self.in_clear(group, upstream, members),
            Way::Nowhere | Way::Odd(_) => {}
        }
    }

    fn over_tor(&mut self, group: &Group, gateway: &QubeName, between: Option<&QubeName>, members: &[(QubeName, Part)]) {
        if !self.gateways.insert(gateway.clone()) {
            let why = "others are behind its gateway, too, and no two identities may share one (H0210)";
            return self.left.extend(members.iter().map(|(name, _)| (name.clone(), why)));
        }
        let handle = self.handle(group, gateway, members);
        let updates = *gateway == stock_gateway();
        // Templates are updated through the stock one, which therefore can be nobody's.
        let own = if updates { self.free_name(&format!("gw-{handle}")) } else { gateway.to_string() };
        let mode = self.mode(group, &handle, gateway, members);
        let mut lines = vec![("mode", mode.number().to_string()), ("gateway", quoted(&own))];
        lines.extend(between.map(|between| ("vpn", quoted(between.as_str()))));
        self.lines(&format!("identity.{handle}"), &lines);
        if updates {
            self.blank();
            self.comment(&format!(
                "Now these are behind `{gateway}`, which templates are updated through, so that it can be no identity's (H0210): halite \
                 would make this gateway, and move them behind it."
            ));
            let upstream = self.capture.netvm(gateway).filter(|upstream| !self.gateways.contains(upstream));
            let upstream = upstream.map_or(UPSTREAM.to_owned(), |name| name.to_string());
            self.lines(&format!("gateway.{own}"), &[("upstream", quoted(&upstream))]);
        } else {
            self.blank();
            self.comment("It stays as it is, and is walled in: it must serve this identity alone.");
            self.lines(&format!("gateway.{}", bare(gateway.as_str())), &[("existing", "true".to_owned())]);
        }
        if let Some(between) = between {
            self.blank();
            self.comment(&format!(
                "It stands between the gateway and these qubes, as a VPN's does; whether `{between}` is one is a guess."
            ));
            let template = self.template(between);
            self.lines(
                &format!("vpn.{}", bare(between.as_str())),
                &[("upstream", quoted(&own)), ("configuration", quoted(&handle)), ("template", quoted(&template))],
            );
        }
        self.members(&handle, members);
    }

    fn external(&mut self, group: &Group, gateway: &QubeName, members: &[(QubeName, Part)]) {
        let handle = self.handle(group, gateway, members);
        let mode = self.mode(group, &handle, gateway, members);
        self.lines(&format!("identity.{handle}"), &[("mode", mode.number().to_string()), ("gateway", quoted(gateway.as_str()))]);
        self.blank();
        self.comment(&format!(
            "Whonix workstations are behind `{gateway}`, which has no netvm: it is taken to hold the network card that leads to a \
             gateway on another computer. If there is none, they are in clear."
        ));
        let template = self.template(gateway);
        self.lines(
            &format!("gateway.{}", bare(gateway.as_str())),
            &[("external", "true".to_owned()), ("template", quoted(&template))],
        );
        self.members(&handle, members);
    }

    fn in_clear(&mut self, group: &Group, upstream: &QubeName, members: &[(QubeName, Part)]) {
        let handle = self.handle(group, upstream, members);
        self.blank();
        self.comment(&format!(
            "Mode 4: in clear. All that go out through `{upstream}` are one identity here, since the network can link them all the same; \
             between them, files and the clipboard may still move when you say yes. What is to be kept apart needs an identity of its own."
        ));
        if let Some(further) = self.capture.netvm(upstream).filter(|_| !upstream.as_str().starts_with("sys-")) {
            self.comment(&format!(
                "`{upstream}` goes out through `{further}`, as a VPN's qube does. It stays as it is; `[vpn.…]` would have halite make one."
            ));
        }
        self.lines(
            &format!("identity.{handle}"),
            &[("mode", Mode::NonAnonymous.number().to_string()), ("upstream", quoted(upstream.as_str()))],
        );
        self.members(&handle, members);
    }

    /// The mode of an identity over Tor, with the reason as a comment.
    fn mode(&mut self, group: &Group, handle: &str, gateway: &QubeName, members: &[(QubeName, Part)]) -> Mode {
        let first = members.first().map(|(name, _)| name.as_str()).unwrap_or_default();
        let tagged = group.tagged.as_ref().map(Handle::as_str).unwrap_or_default();
        let texts = [tagged, handle, gateway.as_str(), first].map(str::to_lowercase);
        let is_named = |mode: &Mode| texts.iter().any(|text| text.contains(&format!("mode{}", mode.number())));
        let named = Mode::ALL.into_iter().filter(|mode| mode.over_tor()).find(is_named);
        let is_whonix = |(name, part): &(QubeName, Part)| *part == Part::Vault || self.capture.is_whonix_workstation(name);
        let (mode, why) = match named {
            _ if !members.iter().all(is_whonix) => (
                Mode::NonAnonymousOverTor,
                "is a guess: modes 1 and 2 are for Whonix workstations alone (H0306), and not all are",
            ),
            Some(mode) => (mode, "is a guess, by a name"),
            None => (Mode::KnownRecipient, "is a guess"),
        };
        self.blank();
        self.comment(&format!(
            "Mode {} {why}. 1: nobody knows whose it is; 2: the recipient does; 3: a service does, which is reached over Tor.",
            mode.number()
        ));
        mode
    }

    fn members(&mut self, handle: &str, members: &[(QubeName, Part)]) {
        for (name, part) in members {
            let Some(qube) = self.capture.qubes.get(name) else { continue };
            let mut remarks = Vec::new();
            let mut lines = Vec::new();
            let kind = match part {
                Part::Workstation => "workstation",
                Part::Disposable => "disposable",
                Part::NamedDisposable => "named-disposable",
                Part::Vault => "vault",
            };
            let is_own = |other: &QubeName| members.iter().any(|(name, part)| name == other && *part == Part::Disposable);
            if *part == Part::NamedDisposable {
                match qube.qube("template").filter(is_own) {
                    Some(template) => lines.push(("template", quoted(template.as_str()))),
                    None => {
                        self.left.push((name.clone(), "a disposable made from what is not this identity's"));
                        continue;
                    }
                }
            } else {
                lines.extend([("identity", quoted(handle)), ("template", quoted(&self.template(name)))]);
            }
            let disposables = qube.qube("default_dispvm").filter(|_| *part == Part::Workstation);
            match disposables {
                Some(own) if is_own(&own) => lines.push(("disposables", quoted(own.as_str()))),
                Some(other) => remarks.push(format!(
                    "Its disposables are made from `{other}`, which is not this identity's: it would open none until it has its own."
                )),
                None => {}
            }
            match qube.set("label") {
                Some(label) if label.parse::<Label>().is_ok() => lines.push(("label", quoted(label))),
                Some(_) => remarks.push("Its label is none of those that every system has.".to_owned()),
                None => {}
            }
            let number = |property: &str| qube.set(property).and_then(|value| value.parse::<u32>().ok());
            let (memory, maxmem) = (number("memory"), number("maxmem"));
            match (memory, maxmem) {
                (Some(memory), Some(maxmem)) if maxmem > 0 && memory > maxmem => {
                    remarks.push(format!("Its memory, {memory}, is more than its maxmem, {maxmem} (H0108)."));
                }
                _ => {
                    lines.extend(memory.filter(|&memory| memory > 0).map(|memory| ("memory", memory.to_string())));
                    lines.extend(maxmem.map(|maxmem| ("maxmem", maxmem.to_string())));
                }
            }
            self.blank();
            remarks.iter().for_each(|remark| self.comment(remark));
            self.lines(&format!("{kind}.{}", bare(name.as_str())), &lines);
        }
    }

    /// What the recipe calls the template of a qube.
    fn template(&mut self, name: &QubeName) -> String {
        let Some(template) = self.capture.template(name) else { return "debian".to_owned() };
        if let Some(stem) = self.capture.base(&template)
            && self.capture.release.stock_template(stem).as_ref() == Some(&template)
        {
            return stem.to_owned();
        }
        if let Some(known) = self.templates.get(&template) {
            return known.clone();
        }
        // One that halite made is called `h-STEM-` and eight digits.
        let own = template.as_str().strip_prefix("h-").and_then(|rest| rest.rsplit_once('-')).map(|(stem, _)| stem);
        let stocks = ["debian", "fedora"].map(str::to_owned);
        let known = self.templates.values().cloned().chain(stocks).collect();
        let stem = unique(&sanitised(own.unwrap_or(template.as_str()), STEM), STEM, &known);
        self.templates.insert(template, stem.clone());
        stem
    }

    fn declared_templates(&mut self) {
        for (template, stem) in std::mem::take(&mut self.templates) {
            let base = self.capture.base(&template);
            self.blank();
            let made = format!("Now `{template}`. Halite makes a clone");
            self.comment(&match base {
                Some(base) => format!("{made} of the stock `{base}` instead: name the `packages` that yours has besides."),
                None => format!("{made} of it, and moves the qubes there. Better name a stock template, and `packages`."),
            });
            self.lines(&format!("template.{stem}"), &[("base", quoted(base.unwrap_or(template.as_str())))]);
        }
    }

    /// What is left out.
    fn rest(&mut self) {
        let left = std::mem::take(&mut self.left);
        if !left.is_empty() {
            self.blank();
            self.comment("Left out, and so left as they are:");
            left.iter().for_each(|(name, why)| self.comment(&format!("- `{name}`: {why}.")));
        }
    }

    /// A handle for an identity: the one that halite's tag says, or the name of its first workstation.
    fn handle(&mut self, group: &Group, gateway: &QubeName, members: &[(QubeName, Part)]) -> String {
        let main = members.iter().find(|(_, part)| *part == Part::Workstation).or(members.first());
        let name = match (&group.tagged, &group.way) {
            (Some(handle), _) => handle.to_string(),
            (None, Way::Clear(upstream)) if members.len() > 1 => format!("clear-{upstream}"),
            (None, _) => sanitised(main.map_or(gateway.as_str(), |(name, _)| name.as_str()), HANDLE),
        };
        let handle = unique(&sanitised(&name, HANDLE), HANDLE, &self.handles);
        self.handles.insert(handle.clone());
        handle
    }

    /// A name that no qube has, nor begins like.
    fn free_name(&mut self, wanted: &str) -> String {
        let name = unique(&sanitised(wanted, TOLD_APART), TOLD_APART, &self.taken);
        self.taken.insert(name.clone());
        name
    }

    fn lines(&mut self, heading: &str, lines: &[(&str, String)]) {
        self.text.push_str(&format!("[{heading}]\n"));
        self.text.extend(lines.iter().map(|(key, value)| format!("{key} = {value}\n")));
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn comment(&mut self, text: &str) {
        self.text.push_str(&wrapped(text));
    }
}
