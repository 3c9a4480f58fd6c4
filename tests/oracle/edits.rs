//! What no recipe can say: changes to a desired state, one as good or bad as any other.

use halite::base::{Handle, QubeName, ServiceName, Tag};
use halite::model::{Answer, Class, Desired, Flow, Mode, Role, Setting, isolated_tag, property};

use crate::dice::Dice;

/// Changes one thing, and says what.
pub fn edit(dice: &mut Dice, desired: &mut Desired) -> String {
    let names: Vec<QubeName> = desired.qubes.keys().cloned().collect();
    let handles: Vec<Handle> = desired.identities.keys().cloned().collect();
    let name = dice.pick(&names).clone();
    let handle = dice.pick(&handles).clone();
    let qube = desired.qubes.get_mut(&name).expect("it is one of them");
    match dice.roll(18) {
        0 => {
            let tags: Vec<Tag> = qube.tags.iter().cloned().collect();
            if tags.is_empty() {
                return format!("{name} has no tag to lose");
            }
            let tag = dice.pick(&tags).clone();
            qube.tags.remove(&tag);
            format!("{name} loses {tag}")
        }
        1 => {
            qube.tags.remove(&isolated_tag());
            format!("{name} loses its wall")
        }
        2 => {
            qube.tags.insert(handle.tag());
            format!("{name} is tagged as {handle}'s")
        }
        number @ 3..=8 => {
            let pref = if number < 6 { "netvm" } else { "default_dispvm" };
            let setting = some_qube(dice, &names, pref);
            let said = format!("{pref} of {name}: {setting:?}");
            match setting {
                Some(setting) => qube.prefs.insert(property(pref), setting),
                None => qube.prefs.remove(&property(pref)),
            };
            said
        }
        9 => {
            let pref = *dice.pick(&["provides_network", "template_for_dispvms"]);
            let now = qube.pref(pref) == Some(&Setting::Bool(true));
            qube.prefs.insert(property(pref), Setting::Bool(!now));
            format!("{pref} of {name}: {}", !now)
        }
        10 => {
            let gateway = match dice.roll(3) {
                0 => None,
                1 => Some(dice.pick(&names).clone()),
                _ => desired.identities.values().find_map(|identity| identity.existing_gateway.clone()),
            };
            let said = format!("{handle} has the existing gateway {gateway:?}");
            desired.identities.get_mut(&handle).expect("it is one of them").existing_gateway = gateway;
            said
        }
        11 => {
            let roles =
                [Role::Gateway, Role::Workstation, Role::DisposableTemplate, Role::ExternalGateway, Role::Vpn, Role::Vault];
            qube.role = *dice.pick(&roles);
            format!("{name} is a {}", qube.role)
        }
        12 => {
            qube.identity = handle.clone();
            format!("{name} is {handle}'s")
        }
        13 => {
            let other = dice.pick(&names).clone();
            let template = desired.qubes[&other].template.clone();
            let said = format!("{name} is on {template}");
            desired.qubes.get_mut(&name).expect("it is one of them").template = template;
            said
        }
        14 => {
            let mode = *dice.pick(&Mode::ALL);
            desired.identities.get_mut(&handle).expect("it is one of them").mode = mode;
            format!("{handle} is in {mode}")
        }
        15 => {
            let flows: Vec<Handle> = desired.flows.keys().cloned().collect();
            if flows.is_empty() || dice.once_in(2) {
                let (from, to) = (dice.pick(&names).clone(), dice.pick(&names).clone());
                let services: [ServiceName; 1] = ["qubes.Filecopy".parse().expect("a service")];
                let said = format!("a flow of files from {from} to {to}");
                let answer = *dice.pick(&[Answer::Ask, Answer::Allow]);
                let flow = Flow { from, to, services: services.into(), answer, reason: "Drawn".parse().expect("a text") };
                desired.flows.insert("drawn".parse().expect("a handle"), flow);
                said
            } else {
                let flow = dice.pick(&flows);
                desired.flows.remove(flow);
                format!("no flow {flow}")
            }
        }
        16 => {
            qube.class = if qube.class == Class::App { Class::Disposable } else { Class::App };
            format!("{name} is of the other class")
        }
        _ => {
            let gateway = dice.pick(&names).clone();
            let said = format!("templates are updated through {gateway}");
            desired.update_gateway = Some(gateway);
            said
        }
    }
}

/// What a property may hold that is for a qube; none, if it is not said.
fn some_qube(dice: &mut Dice, names: &[QubeName], pref: &str) -> Option<Setting> {
    let outside = if pref == "netvm" { ["sys-firewall", "sys-whonix"] } else { ["default-dvm", "whonix-workstation-18-dvm"] };
    Some(match dice.roll(8) {
        0 => return None,
        1 => Setting::Default,
        2 => Setting::None,
        3 | 4 => Setting::Qube(dice.pick(&outside).parse().expect("a name")),
        _ => Setting::Qube(dice.pick(names).clone()),
    })
}
