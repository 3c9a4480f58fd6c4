//! A system as people have it who keep many identities apart.

use serde_json::{Map, Value, json};

const COLOURS: [&str; 8] = ["0xcc0000", "0xf57900", "0xedd400", "0x73d216", "0x555753", "0x3465a4", "0x75507b", "0x000000"];

/// What `internal.GetSystemInfo` answers on a system of so many qubes: a stock R4.3, and so many identities over Tor, each with a gateway,
/// a disposable template, and as many workstations as there is room for.
pub fn json(qubes: usize, identities: usize) -> String {
    let mut domains = Map::new();
    let mut add = |name: &str, class: &str, tags: &[&str], dispvm: &str, number: usize| {
        let uuid = format!("00000000-0000-4000-8000-{:012x}", domains.len());
        let template = name.ends_with("-dvm");
        let is_running = class == "AdminVM" || name.starts_with("sys-") || number % 50 == 1;
        domains.insert(
            name.to_owned(),
            json!({
                "type": class, "tags": tags, "template_for_dispvms": template, "default_dispvm": dispvm, "uuid": uuid,
                "power_state": if is_running { "Running" } else { "Halted" }, "label": COLOURS[number % COLOURS.len()],
                "icon": "appvm-red", "guivm": "dom0", "internal": null, "relayvm": null, "transport_rpc": null,
            }),
        );
        domains.len()
    };
    let by_dom0 = &["created-by-dom0", "guivm-dom0"];
    add("dom0", "AdminVM", &[], "default-dvm", 0);
    for name in ["default-dvm", "sys-firewall", "sys-net", "vault"] {
        add(name, "AppVM", by_dom0, "default-dvm", 0);
    }
    add("debian-13-xfce", "TemplateVM", by_dom0, "default-dvm", 0);
    for name in ["whonix-gateway-18", "whonix-workstation-18"] {
        add(name, "TemplateVM", &["created-by-dom0", "guivm-dom0", "whonix-updatevm"], "default-dvm", 0);
    }
    let mut count = add("sys-whonix", "AppVM", &["anon-gateway", "created-by-dom0", "sdwdate-gui-server"], "default-dvm", 0);
    for number in 0.. {
        if count >= qubes {
            break;
        }
        let (identity, part) = (number % identities, number / identities);
        let tag = format!("halite-identity-i{identity}");
        let dispvm = format!("i{identity}-dvm");
        let gateway = ["anon-gateway", "created-by-dom0", "guivm-dom0", "halite-isolated", &tag, "sdwdate-gui-server"];
        let workstation = ["anon-vm", "created-by-dom0", "guivm-dom0", "halite-isolated", &tag, "sdwdate-gui-client"];
        count = match part {
            0 => add(&format!("i{identity}-gateway"), "AppVM", &gateway, "default-dvm", identity),
            1 => add(&dispvm, "AppVM", &workstation, &dispvm, identity),
            _ => add(&format!("i{identity}-workstation-{part}"), "AppVM", &workstation, &dispvm, identity),
        };
    }
    let system: Map<String, Value> = [("domains".to_owned(), domains.into())].into_iter().collect();
    Value::Object(system).to_string()
}
