//! A dom0 that its user has made something of: qubes of their own, other defaults, and what they did to halite's.

use halite::model::Release;
use halite::qubesd::Reply;
use serde_json::Value;

use crate::dice::Dice;
use crate::dom0::Dom0;
use crate::snapshot::qubes;

/// Stock templates that recipes may name, and the release may have come without.
const STOCK: [&str; 2] = ["debian", "fedora"];

/// A system with all that recipes may stand on.
pub fn stock(release: Release) -> Dom0 {
    let mut dom0 = Dom0::stock(release);
    let there = qubes(&dom0.system);
    for template in STOCK.map(|base| release.stock_template(base).expect("it is one").to_string()) {
        if !there.contains_key(&template) {
            dom0.hand("admin.vm.Create.TemplateVM", "", "dom0", &format!("name={template} label=black"));
        }
    }
    dom0
}

/// Lets the user make some qubes of their own, and choose other defaults.
pub fn grow(dom0: &mut Dom0, dice: &mut Dice) {
    if dice.once_in(5) {
        let netvm = *dice.pick(&["sys-whonix", ""]);
        dom0.by_hand("admin.property.Set", "default_netvm", "dom0", netvm);
    }
    if dice.once_in(5) {
        dom0.by_hand("admin.property.Set", "default_dispvm", "dom0", "");
    }
    for number in 0..dice.roll(4) {
        let name = format!("mine-{number}");
        let base = *dice.pick(&["debian", "fedora", "whonix-workstation", "whonix-gateway"]);
        let template = dom0.release.stock_template(base).expect("it is one");
        dom0.hand("admin.vm.Create.AppVM", template.as_str(), "dom0", &format!("name={name} label=gray"));
        if dice.once_in(2) {
            dom0.by_hand("admin.vm.property.Set", "provides_network", &name, "True");
        }
        if dice.once_in(2) {
            let netvm = *dice.pick(&["sys-firewall", "sys-whonix", "", "mine-0"]);
            dom0.by_hand("admin.vm.property.Set", "netvm", &name, netvm);
        }
        if dice.once_in(3) {
            let tag = *dice.pick(&["x-desk", "anon-vm", "anon-gateway"]);
            dom0.by_hand("admin.vm.tag.Set", tag, &name, "");
        }
        if dice.once_in(3) {
            dom0.by_hand("admin.vm.Start", "", &name, "");
        }
    }
    if dice.once_in(8) {
        dom0.set_policy("# the user's own\n");
    }
}

/// Makes a gateway of the user's own, if there is no qube of that name.
pub fn make_gateway(dom0: &mut Dom0, name: &str) {
    let template = dom0.release.stock_template("whonix-gateway").expect("it is one");
    dom0.by_hand("admin.vm.Create.AppVM", template.as_str(), "dom0", &format!("name={name} label=gray"));
    dom0.by_hand("admin.vm.property.Set", "provides_network", name, "True");
}

/// Lets the user change some things of halite's qubes, as far as qubesd lets them. Says whether that came to anything.
pub fn edit(dom0: &mut Dom0, dice: &mut Dice, count: usize) -> bool {
    if count == 0 {
        return false;
    }
    let is_made = |qube: &Value| qube["features"]["x-halite-made"] == "1" && qube["class"] != "TemplateVM";
    let made: Vec<(String, Value)> = qubes(&dom0.system).into_iter().filter(|(_, qube)| is_made(qube)).collect();
    let mut has_changed = false;
    for _ in 0..if made.is_empty() { 0 } else { count } {
        has_changed |= edit_one(dom0, dice, &made);
    }
    has_changed
}

/// Lets a qube of the user's own hang on one of halite's.
fn hang(dom0: &mut Dom0, dice: &mut Dice, property: &'static str, on: &str) -> Reply {
    let name = format!("hanging-{}", dice.roll(3));
    let template = dom0.release.stock_template("debian").expect("it is one");
    dom0.by_hand("admin.vm.Create.AppVM", template.as_str(), "dom0", &format!("name={name} label=gray"));
    dom0.by_hand("admin.vm.property.Set", property, &name, on)
}

fn edit_one(dom0: &mut Dom0, dice: &mut Dice, made: &[(String, Value)]) -> bool {
    let (qube, was) = dice.pick(made);
    let other = match dice.roll(3) {
        0 => *dice.pick(&["sys-firewall", "sys-whonix", "sys-net", ""]),
        _ => dice.pick(made).0.as_str(),
    };
    let reply = match dice.roll(16) {
        0..=3 => dom0.by_hand("admin.vm.property.Set", "netvm", qube, other),
        4 => dom0.by_hand("admin.vm.property.Reset", "netvm", qube, ""),
        5 => dom0.by_hand("admin.vm.property.Set", "default_dispvm", qube, other),
        6 => dom0.by_hand("admin.vm.property.Reset", "default_dispvm", qube, ""),
        7 => {
            let tags: Vec<String> = serde_json::from_value(was["tags"].clone()).unwrap_or_default();
            if tags.is_empty() {
                return false;
            }
            dom0.by_hand("admin.vm.tag.Remove", dice.pick(&tags).as_str(), qube, "")
        }
        8 => dom0.by_hand("admin.vm.feature.Remove", "prohibit-start", qube, ""),
        9 => dom0.by_hand("admin.vm.Start", "", qube, ""),
        10 => dom0.by_hand("admin.vm.property.Set", "provides_network", qube, "True"),
        11 => dom0.by_hand("admin.vm.property.Set", "template_for_dispvms", qube, "True"),
        // Qubes of the user's own that hang on halite's: what these are to become must not fail because of them.
        12 => dom0.by_hand("admin.vm.CreateDisposable", "", qube, ""),
        13 => hang(dom0, dice, "netvm", qube),
        14 => hang(dom0, dice, "default_dispvm", qube),
        _ => {
            dom0.set_policy("# mine\n");
            return true;
        }
    };
    matches!(reply, Reply::Ok(_))
}
