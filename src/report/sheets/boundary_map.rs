//! The first sheet: for each identity, what is between it and the world.

use super::claims::{Claims, about};
use super::evidence::{calls, of_role, on_template, ways};
use crate::base::Handle;
use crate::check::Code;
use crate::model::{Identity, Role};
use crate::report::document::{Block, Section, section_id};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::standing::Held;

/// The section.
pub fn section(examined: &Examined) -> Section {
    let each = examined.desired().identities.iter().map(|(handle, identity)| of(examined, handle, identity));
    let intro = "Host, hypervisor, gateway, workstation and network path of each identity; whether it can reach the internet directly; \
                 its accounts; what may move in and out.";
    Section::new("boundary-map", "Boundary map", vec![Block::text(intro)]).with(each.collect())
}

fn of(examined: &Examined, handle: &Handle, identity: &Identity) -> Section {
    let desired = examined.desired();
    let of = about(desired, handle);
    let mut claims = Claims::about(examined, Phrase::of("Boundaries of ") + examined.identity(handle));
    claims.told("host", "Host: this computer's dom0", Held::OutOfReach, "if it falls, everything falls");
    claims.told("hypervisor", "Hypervisor: Xen", Held::OutOfReach, "if it falls, everything falls");
    match (examined.gateway(handle), identity.mode.over_tor()) {
        (Some(gateway), _) => match desired.qubes.get(gateway) {
            Some(qube) if qube.role == Role::ExternalGateway => claims.told(
                "gateway",
                Phrase::of("Gateway: another computer, behind ") + Phrase::name(gateway),
                Held::OutOfReach,
                "what runs there, no configuration here can see",
            ),
            Some(qube) => {
                let claim = Phrase::of("Gateway: ") + Phrase::name(gateway);
                claims.checked("gateway", claim, &[Code::GatewayTemplate], &of, on_template(examined, gateway, qube));
            }
            None => {
                let claim = Phrase::of("Gateway: ") + Phrase::name(gateway);
                claims.told("gateway", claim, Held::Declared, "dom0 has it already, and halite leaves it as it is");
            }
        },
        (None, _) => claims.told("gateway", "Gateway: none", Held::Declared, identity.mode.to_string()),
    }
    let own = examined.qubes_of(handle).filter(|(_, qube)| !qube.role.provides_network());
    let qubes = Phrase::joined(own.map(|(name, qube)| on_template(examined, name, qube)), "; ", "none");
    let workstations = Phrase::joined(of_role(examined, handle, Role::Workstation).into_iter().map(Phrase::name), ", ", "none");
    let claim = Phrase::of("Workstation: ") + workstations;
    claims.checked("workstation", claim, &[Code::NotWhonix, Code::NotWhonixKnown, Code::GatewayTemplate], &of, qubes);
    let (path, direct) = match identity.mode.over_tor() {
        true => ("Network path: through Tor alone", "Direct way to the internet: none"),
        false => ("Network path: in clear", "Direct way to the internet: yes, on purpose"),
    };
    let codes = [Code::NotBehindGateway, Code::DefaultNetvm, Code::Upstream, Code::ThroughTor];
    claims.checked("path", path, &codes, &of, ways(examined, handle));
    match identity.mode.over_tor() {
        true => {
            let codes = [Code::NotBehindGateway, Code::DefaultNetvm, Code::NetworkByCall, Code::ForeignDisposables];
            let evidence = "its netvms, its disposables, and all calls that lead to a network";
            claims.checked("direct", direct, &codes, &of, evidence);
        }
        false => claims.told("direct", direct, Held::Declared, identity.mode.to_string()),
    }
    let accounts = Phrase::joined(identity.accounts.iter().map(|account| examined.account(account)), ", ", "none");
    claims.told(
        "accounts",
        Phrase::of("Accounts: ") + accounts,
        Held::Declared,
        "what the recipe says; nothing can see where you log in",
    );
    let codes = [Code::UndeclaredFlow, Code::IndirectFlow];
    let moves = calls(examined.crossing(handle), "nothing: the policy was evaluated for all pairs of qubes");
    claims.checked("files", "What may move in and out", &codes, &of, moves);
    let title = examined.identity(handle) + Phrase::of(format!(", {}", identity.mode));
    Section::new(section_id(&["boundary-map", handle.as_str()]), title, vec![Block::Table(claims.table())])
}
