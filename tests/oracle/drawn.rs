//! Recipes that are drawn at random, as the text that people write.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::dice::Dice;

const HANDLES: [&str; 4] = ["ash", "birch", "cedar", "dogwood"];
/// Qubes of dom0's that flows may speak of.
const OUTSIDE: [&str; 3] = ["sys-usb", "personal", "shared"];
/// What flows are for. Not all of these are what a flow should be for.
const FLOWING: [&str; 10] = [
    "qubes.Filecopy",
    "qubes.Filecopy",
    "qubes.ClipboardPaste",
    "qubes.OpenInVM",
    "qubes.VMShell",
    "qubes.Gpg",
    "qvc.Webcam",
    "x.Sync",
    "qubes.ConnectTCP",
    "whonix.GatewayCommand",
];

/// A recipe; with something in it that may be wrong, if its author is `careless`.
pub fn recipe(dice: &mut Dice, careless: bool) -> String {
    let count = 2 + dice.roll(3);
    let disposables = (0..count).map(|_| dice.once_in(2)).collect();
    let mut author = Author { dice, careless, disposables, text: String::new(), ends: Vec::new(), taken: BTreeSet::new() };
    let updates = *author.dice.pick(&["sys-whonix", "sys-whonix", "sys-updates"]);
    author.line("[bundle]\nname = \"drawn\"\nserial = 1\nsummary = \"Drawn at random\"");
    author.line(&format!("updates = \"{updates}\""));
    (0..count).for_each(|number| author.identity(number));
    author
        .line("[template.tor]\nbase = \"whonix-workstation\"\npackages = [\"onionshare\"]\n[template.plain]\nbase = \"debian\"");
    author.flows();
    author.text
}

struct Author<'a> {
    dice: &'a mut Dice,
    careless: bool,
    /// Which identities have disposables.
    disposables: Vec<bool>,
    text: String,
    /// Where a flow can begin and end, and whose that is.
    ends: Vec<(String, usize)>,
    /// Names of dom0's qubes that stand for a gateway.
    taken: BTreeSet<&'static str>,
}

impl Author<'_> {
    fn line(&mut self, line: &str) {
        writeln!(self.text, "{line}").expect("writing to a string");
    }

    /// Whether a careless author makes this mistake.
    fn errs(&mut self, once_in: usize) -> bool {
        self.careless && self.dice.once_in(once_in)
    }

    fn identity(&mut self, number: usize) {
        let handle = HANDLES[number];
        let mode = 1 + self.dice.roll(4);
        match mode {
            4 => self.in_clear(handle),
            _ => self.over_tor(handle, mode),
        }
        let template = match mode {
            1 | 2 if self.errs(15) => "plain",
            1 | 2 => *self.dice.pick(&["whonix-workstation", "tor"]),
            3 => *self.dice.pick(&["whonix-workstation", "tor", "whonix-workstation", "plain"]),
            _ => *self.dice.pick(&["debian", "fedora"]),
        };
        let has_disposables = self.disposables[number];
        let workstations = if has_disposables { self.dice.roll(3) } else { 1 + self.dice.roll(2) };
        for name in [format!("{handle}-ws"), format!("{handle}-two")].into_iter().take(workstations) {
            self.member("workstation", &name, handle, template);
            if self.errs(6) {
                let other = self.dice.roll(self.disposables.len());
                if self.disposables[other] {
                    self.line(&format!("disposables = \"{}-dvm\"", HANDLES[other]));
                }
            } else if has_disposables && !self.dice.once_in(4) {
                self.line(&format!("disposables = \"{handle}-dvm\""));
            }
            self.extras();
            self.ends.push((name, number));
        }
        if has_disposables {
            self.member("disposable", &format!("{handle}-dvm"), handle, template);
            self.extras();
            if self.dice.once_in(3) {
                self.line(&format!("[named-disposable.{handle}-once]\ntemplate = \"{handle}-dvm\""));
                self.extras();
                self.ends.push((format!("{handle}-once"), number));
            }
            self.ends.push((format!("{handle}-dvm"), number));
        }
        if self.dice.once_in(4) {
            self.member("vault", &format!("{handle}-vault"), handle, "plain");
            self.ends.push((format!("{handle}-vault"), number));
        }
        if mode != 4 && self.dice.once_in(3) {
            self.ends.push((format!("{handle}-gw"), number));
        }
    }

    fn in_clear(&mut self, handle: &str) {
        let upstream = if self.errs(6) { "sys-whonix" } else { *self.dice.pick(&["sys-firewall", "sys-net"]) };
        let upstream = match self.dice.once_in(4) {
            true => format!("{handle}-vpn"),
            false => upstream.to_owned(),
        };
        self.line(&format!("[identity.{handle}]\nmode = 4\nupstream = \"{upstream}\""));
        if upstream.ends_with("-vpn") {
            self.vpn(&upstream, "sys-firewall");
        }
    }

    fn over_tor(&mut self, handle: &str, mode: usize) {
        let kind = self.dice.roll(6);
        let is_stock = kind == 0 && self.errs(3) && self.taken.insert("sys-whonix");
        let gateway = if is_stock { "sys-whonix".to_owned() } else { format!("{handle}-gw") };
        self.line(&format!("[identity.{handle}]\nmode = {mode}\ngateway = \"{gateway}\"\nkeyboard = \"us++\"\naudio = false"));
        let behind = self.dice.once_in(5);
        if behind {
            self.line(&format!("vpn = \"{handle}-vpn\""));
        }
        self.line(&format!("[gateway.{gateway}]"));
        match kind {
            0 => self.line("existing = true"),
            1 => {
                self.line("external = true\ntemplate = \"plain\"");
                self.extras();
            }
            _ => {
                let before = self.dice.once_in(4);
                let upstream = if self.errs(8) { "sys-whonix" } else { *self.dice.pick(&["sys-firewall", "sys-net"]) };
                let upstream = if before { format!("{handle}-outer") } else { upstream.to_owned() };
                self.line(&format!("upstream = \"{upstream}\""));
                if self.errs(12) {
                    self.line("template = \"plain\"");
                }
                self.extras();
                if before {
                    self.vpn(&upstream, "sys-firewall");
                }
            }
        }
        if behind {
            self.vpn(&format!("{handle}-vpn"), &gateway);
        }
    }

    fn vpn(&mut self, name: &str, upstream: &str) {
        let configuration = if self.errs(8) { "shared" } else { name };
        self.line(&format!("[vpn.{name}]\nupstream = \"{upstream}\"\nconfiguration = \"{configuration}\"\ntemplate = \"plain\""));
        self.extras();
    }

    fn member(&mut self, kind: &str, name: &str, handle: &str, template: &str) {
        self.line(&format!("[{kind}.{name}]\nidentity = \"{handle}\"\ntemplate = \"{template}\""));
    }

    /// What a qube may have besides.
    fn extras(&mut self) {
        if self.errs(10) {
            let wrong = [
                "tags = [\"anon-vm\"]",
                "tags = [\"anon-gateway\", \"sdwdate-gui-server\"]",
                "prefs = { autostart = true }",
                "prefs = { guivm = \"ash-ws\" }",
                "prefs = { audiovm = \"birch-ws\" }",
                "prefs = { management_dispvm = \"cedar-dvm\" }",
            ];
            let wrong = *self.dice.pick(&wrong);
            self.line(wrong);
        } else if self.dice.once_in(4) {
            let harmless = [
                "prefs = { vcpus = 4, include_in_backups = false }",
                "tags = [\"x-desk\"]",
                "features = { x-note = \"desk\" }",
                "services = { cups = false }",
                "\"r4.3\" = { tags = [\"x-new\"], prefs = { bootmode = \"default\" } }",
                "\"r4.2\" = { tags = [\"x-old\"] }",
                "prefs = { management_dispvm = \"none\" }",
            ];
            let harmless = *self.dice.pick(&harmless);
            self.line(harmless);
        }
    }

    fn flows(&mut self) {
        let mut outside: BTreeSet<&str> = BTreeSet::new();
        let count = [0, 0, 1, 1, 2, 3, 4][self.dice.roll(7)];
        for number in 0..count {
            let (mut ends, mut owners) = (Vec::new(), Vec::new());
            for _ in 0..2 {
                let (end, owner) = if self.dice.once_in(2) || self.ends.is_empty() {
                    let end = self.dice.roll(OUTSIDE.len());
                    (OUTSIDE[end].to_owned(), 100 + end)
                } else {
                    self.dice.pick(&self.ends).clone()
                };
                ends.push(end);
                owners.push(owner);
            }
            // A flow inside an identity, or between two of dom0's qubes, is none.
            if !self.errs(20) && (owners[0] == owners[1] || owners.iter().all(|owner| *owner >= 100)) {
                continue;
            }
            // Gateways that dom0 has already are none of the recipe's qubes, and a careless one may be called otherwise.
            if ends.iter().any(|end| end.ends_with("-gw") && !self.text.contains(&format!("[gateway.{end}]"))) {
                continue;
            }
            outside.extend(OUTSIDE.iter().filter(|known| ends.iter().any(|end| end == *known)));
            let kinds = if self.careless { FLOWING.len() } else { FLOWING.len() - 2 };
            let services: BTreeSet<&str> = (0..1 + self.dice.roll(2)).map(|_| FLOWING[self.dice.roll(kinds)]).collect();
            let services: Vec<String> = services.into_iter().map(|service| format!("\"{service}\"")).collect();
            let action = *self.dice.pick(&["ask", "allow"]);
            self.line(&format!(
                "[flow.f{number}]\nfrom = \"{}\"\nto = \"{}\"\nservices = [{}]\naction = \"{action}\"\nreason = \"Drawn at random\"",
                ends[0],
                ends[1],
                services.join(", ")
            ));
        }
        outside.iter().for_each(|name| self.line(&format!("[existing.{name}]")));
    }
}
