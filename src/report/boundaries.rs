//! The six boundary classes: what this bundle enforces, what is only declared, what is left open, and what is out of reach.

use super::claims::{Claims, about, anything};
use super::document::{Block, Section, Table, section_id};
use super::evidence::{calls, names, of_role, ways};
use super::examined::Examined;
use super::phrase::Phrase;
use super::standing::{Held, Standing};
use super::through::{Through, TorBy};
use crate::base::Handle;
use crate::check::Code;
use crate::model::{Identity, Mode, Role, Setting, whonix};

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
        whole: updates,
        each: split,
    },
    Class {
        id: "host",
        title: "A compromised host",
        about: "Whoever controls dom0 or the hypervisor sees and controls every identity at once. No qube protects from that, Whonix's no \
                less than others.",
        whole: host,
        each: lowers_the_risk,
    },
    Class {
        id: "applications",
        title: "What applications give away",
        about: "Logins, telemetry and documents tie what you do to who you are, through Tor as much as without it. Which accounts and \
                applications live where can be declared; nothing can keep you from using them elsewhere.",
        whole: shared_accounts,
        each: accounts,
    },
    Class {
        id: "browser",
        title: "What a browser, a keyboard and a sound card give away",
        about: "Only Tor Browser looks the same for everybody who uses it. Any other browser, and any extension, can be told apart from \
                all others, whatever it is behind.",
        whole: nothing,
        each: browser,
    },
    Class {
        id: "workstations",
        title: "Several workstations",
        about: "A workstation for each identity separates them as long as nothing moves freely between them. What counts is what gets \
                through over any number of calls.",
        whole: one_at_a_time,
        each: workstations,
    },
    Class {
        id: "local",
        title: "Who sees that Tor is used",
        about: "Tor hides what you do from the local network and the provider. That you use it, it hides only behind bridges.",
        whole: nothing,
        each: local,
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
        table.row(held.as_str(), [super::Cell::held("", Standing::unchecked(held)), held.meaning().into()]);
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

fn updates(examined: &Examined, claims: &mut Claims) {
    let Some(gateway) = &examined.desired().update_gateway else { return };
    let templates = examined.desired().templates.keys();
    let evidence =
        names(templates, "stock templates alone") + Phrase::of(format!("; through `{gateway}`, which serves no identity"));
    let codes = [Code::UpdatesInClear, Code::UpdateGateway, Code::UpdatesElsewhere];
    claims.checked("updates", "Templates of identities over Tor are updated over Tor", &codes, anything, evidence);
}

fn split(examined: &Examined, handle: &Handle, identity: &Identity, claims: &mut Claims) {
    let desired = examined.desired();
    let of = about(desired, handle);
    let who = || examined.identity(handle);
    if !identity.mode.over_tor() {
        let claim = who() + " is in clear, on purpose: everybody can learn who and where you are".into();
        claims.told(key(handle, "clear"), claim, Held::Declared, format!("{}: {}", identity.mode, identity.mode.description()));
        let claim = who() + " does not come out of a Tor gateway under a known name".into();
        claims.checked(key(handle, "way"), claim, &[Code::ThroughTor, Code::DefaultNetvm], of, ways(examined, handle));
        return;
    }
    let gateway = examined.gateway(handle);
    let through = gateway.map_or_else(|| "its gateway".into(), Phrase::name);
    let claim = Phrase::of("Everything of ") + who() + " passes ".into() + through.clone() + " and nothing else".into();
    let codes = [Code::NotBehindGateway, Code::DefaultNetvm, Code::TorOverTor, Code::NetworkByCall];
    claims.checked(key(handle, "way"), claim, &codes, &of, ways(examined, handle));
    let claim = Phrase::of("What ") + who() + " opens in a disposable stays in it".into();
    claims.checked(key(handle, "disposables"), claim, &[Code::ForeignDisposables], &of, disposables(examined, handle));
    let claim = Phrase::of("Nobody else is behind ") + through;
    claims.checked(key(handle, "gateway"), claim, &[Code::SharedGateway], &of, behind(examined, handle));
    let claim = Phrase::of("Qubes and Whonix know the qubes of ") + who() + " for what they are".into();
    claims.checked(key(handle, "tags"), claim, &[Code::WhonixTag, Code::IsolationTag], &of, "their tags");
    by_tor(examined, handle, claims);
}

/// Who runs Tor for an identity, where that is not for halite to say; and what its VPNs rest on.
fn by_tor(examined: &Examined, handle: &Handle, claims: &mut Claims) {
    let (desired, who) = (examined.desired(), examined.identity(handle));
    let Some(gateway) = examined.gateway(handle) else { return };
    match desired.qubes.get(gateway).map(|qube| qube.role) {
        None => {
            let claim = Phrase::name(gateway) + " runs Tor for ".into() + who.clone();
            claims.told(key(handle, "existing"), claim, Held::Declared, "dom0 has it already, and halite leaves it as it is");
        }
        Some(Role::ExternalGateway) => {
            let claim = Phrase::of("The computer behind ") + Phrase::name(gateway) + " runs Tor for ".into() + who.clone();
            claims.told(
                key(handle, "external"),
                claim,
                Held::OutOfReach,
                "what another computer does, no configuration here can see",
            );
        }
        Some(_) => {}
    }
    for vpn in of_role(examined, handle, Role::Vpn) {
        let claim = Phrase::of("Nothing of ") + who.clone() + " gets past the tunnel of ".into() + Phrase::name(vpn);
        claims.told(
            section_id(&[handle.as_str(), vpn.as_str()]),
            claim,
            Held::Declared,
            "the files that the recipe puts into it see to it",
        );
    }
}

fn disposables(examined: &Examined, handle: &Handle) -> Phrase {
    let own = examined.qubes_of(handle).filter(|(_, qube)| qube.role.holds_applications());
    let told = own.map(|(name, qube)| match qube.pref("default_dispvm") {
        Some(Setting::Qube(template)) => Phrase::of(format!("`{name}` opens them from `{template}`")),
        _ => Phrase::of(format!("`{name}` opens none")),
    });
    Phrase::joined(told, "; ", "it has none")
}

/// Who is behind an identity's gateway, as the bundle says.
fn behind(examined: &Examined, handle: &Handle) -> Phrase {
    let desired = examined.desired();
    let Some(gateway) = examined.gateway(handle) else { return "it has none".into() };
    let own = desired.qubes.iter().filter(|(_, qube)| qube.pref_qube("netvm") == Some(gateway)).map(|(name, _)| name);
    Phrase::of("behind it: ") + names(own, "nothing")
}

fn host(examined: &Examined, claims: &mut Claims) {
    claims.told(
        "dom0",
        "Whoever controls dom0 or Xen controls every identity",
        Held::OutOfReach,
        "keep dom0 updated, its memory encrypted by powering off, and strangers away from the computer",
    );
    claims.checked(
        "commands",
        "No qube of this bundle gives dom0 commands",
        &[Code::CommandsDom0],
        anything,
        format!("all calls of all qubes to dom0, decided by this policy together with that of {}", examined.subject.release),
    );
    claims.told(
        "code",
        "Nothing of this bundle runs in dom0",
        Held::Known,
        "`halite-dom0` reads settings, lists and rules of a closed form, and runs no program from a bundle",
    );
}

fn lowers_the_risk(examined: &Examined, handle: &Handle, _: &Identity, claims: &mut Claims) {
    let who = || examined.identity(handle);
    let vaults = of_role(examined, handle, Role::Vault);
    if !vaults.is_empty() {
        let claim = Phrase::of("The vault of ") + who() + " has no network".into();
        claims.checked(key(handle, "vault"), claim, &[Code::OfflineQube], about(examined.desired(), handle), names(vaults, ""));
    }
    let disposable = of_role(examined, handle, Role::DisposableTemplate);
    let claim = who() + " can open what strangers sent in a disposable".into();
    let (held, evidence) = match disposable.is_empty() {
        true => (Held::Open, Phrase::of("it has no disposable template: what it opens, it opens where its data is")),
        false => (Held::Enforced, Phrase::of("made from ") + names(disposable, "")),
    };
    claims.told(key(handle, "disposable"), claim, held, evidence);
}

fn shared_accounts(examined: &Examined, claims: &mut Claims) {
    let declared: usize = examined.desired().identities.values().map(|identity| identity.accounts.len()).sum();
    let evidence = match declared {
        0 => "the recipe declares no account, so there is nothing to compare".to_owned(),
        1 => "one account is declared".to_owned(),
        many => format!("{many} accounts are declared"),
    };
    let codes = [Code::SharedAccount, Code::SharedDestination];
    claims.checked(
        "accounts",
        "No account and no server is declared in two identities that must not be tied",
        &codes,
        anything,
        evidence,
    );
    claims.told(
        "habits",
        "What you write, when, and how; what a file says about its author",
        Held::OutOfReach,
        "Tor does not clean metadata, and nobody's style is hidden by it",
    );
}

fn accounts(examined: &Examined, handle: &Handle, identity: &Identity, claims: &mut Claims) {
    let who = || examined.identity(handle);
    let accounts = Phrase::joined(identity.accounts.iter().map(|account| examined.account(account)), ", ", "none");
    let claim = match identity.mode {
        Mode::Anonymous => Phrase::of("Nobody learns who ") + who() + " is, as long as it logs in nowhere".into(),
        Mode::KnownRecipient => Phrase::of("Only whom ") + who() + " talks to knows who that is".into(),
        Mode::NonAnonymousOverTor => Phrase::of("The services of ") + who() + " know who that is, and not where".into(),
        Mode::NonAnonymous => Phrase::of("Everybody can know who ") + who() + " is".into(),
    };
    claims.told(key(handle, "accounts"), claim, Held::Declared, Phrase::of("its accounts: ") + accounts);
}

fn browser(examined: &Examined, handle: &Handle, identity: &Identity, claims: &mut Claims) {
    let of = about(examined.desired(), handle);
    let who = || examined.identity(handle);
    if identity.mode.is_anonymous() {
        let claim = who() + " has no other browser than Tor Browser, and no extension".into();
        let evidence = super::workstation_plan::templates(examined, handle);
        claims.checked(key(handle, "browser"), claim, &[Code::Browser, Code::NotWhonix], &of, evidence);
    } else {
        let claim = Phrase::of("The browser of ") + who() + " looks like everybody's".into();
        let why = match identity.mode.over_tor() {
            true => "no check keeps other browsers out of mode 3, where the services know who you are",
            false => "an ordinary browser, in clear: every site can tell it from all others",
        };
        claims.told(key(handle, "browser"), claim, Held::Open, why);
    }
    if identity.mode.over_tor() {
        let claim = Phrase::of("It was decided what the qubes of ") + who() + " see of keyboard and sound".into();
        claims.checked(key(handle, "devices"), claim, &[Code::Keyboard, Code::Audio], &of, devices(examined, handle));
    }
}

fn devices(examined: &Examined, handle: &Handle) -> Phrase {
    let own = examined.qubes_of(handle).filter(|(_, qube)| qube.role.holds_applications());
    let told = own.map(|(name, qube)| {
        let keyboard = qube.pref("keyboard_layout").map_or("dom0's".to_owned(), |layout| match layout {
            Setting::Default => "dom0's".to_owned(),
            other => format!("`{other}`"),
        });
        let audio = match qube.pref("audiovm") {
            Some(Setting::None) => "no sound".to_owned(),
            Some(Setting::Qube(audiovm)) => format!("sound by `{audiovm}`"),
            _ => "sound as dom0 has it".to_owned(),
        };
        Phrase::of(format!("`{name}`: keyboard {keyboard}, {audio}"))
    });
    Phrase::joined(told, "; ", "it has no qubes with applications")
}

fn one_at_a_time(_: &Examined, claims: &mut Claims) {
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

fn workstations(examined: &Examined, handle: &Handle, identity: &Identity, claims: &mut Claims) {
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
    claims.checked(
        key(handle, "template"),
        claim,
        &[Code::SharedTemplate],
        &of,
        super::workstation_plan::templates(examined, handle),
    );
}

fn local(examined: &Examined, handle: &Handle, identity: &Identity, claims: &mut Claims) {
    let (desired, who) = (examined.desired(), examined.identity(handle));
    let claim = Phrase::of("The local network does not see that ") + who.clone() + " uses Tor".into();
    let Some(gateway) = examined.gateway(handle).filter(|_| identity.mode.over_tor()) else {
        claims.told(key(handle, "tor"), who + " uses no Tor".into(), Held::Declared, identity.mode.to_string());
        return;
    };
    let through = desired.qubes.get(gateway).and_then(|qube| Through::of(examined, gateway, qube));
    let bridges = whonix::bridges_file();
    let has_bridges = desired.qubes.get(gateway).is_some_and(|qube| qube.files.contains_key(&bridges));
    let key = key(handle, "tor");
    match through {
        Some(_) if has_bridges => {
            let evidence = format!("bridges in `{bridges}` of `{gateway}`, in place before it first connects");
            claims.checked(key, claim, &[Code::BridgesInBundle], about(desired, handle), evidence);
        }
        Some(Through { tor: Some(TorBy::OtherComputer), .. }) => {
            claims.told(key, claim, Held::OutOfReach, "whether the other computer uses bridges is not for this bundle to say");
        }
        Some(Through { vpn_first: true, .. }) => {
            claims.told(key, claim, Held::Declared, "it sees a VPN; the VPN's provider sees Tor, and who you are");
        }
        Some(_) => claims.told(key, claim, Held::Open, format!("`{gateway}` has no bridges: who uses Tor can be seen")),
        None => {
            let evidence = format!("`{gateway}` is a qube that dom0 has; whether it uses bridges is set inside it");
            claims.told(key, claim, Held::OutOfReach, evidence);
        }
    }
}
