//! Policies that halite did not write: its own with rules drawn at random among them, or without some.

use halite::model::{Desired, Release};
use halite::qrexec::{Origin, POLICY_FILE, Rule, parse_policy};

use crate::dice::Dice;
use crate::services::SERVICES;

/// Changes the rules in one way, and says in which.
pub fn edit(dice: &mut Dice, desired: &Desired, rules: &mut Vec<Rule>) -> String {
    match dice.roll(5) {
        0 if rules.len() > 1 => {
            let lost = rules.remove(dice.roll(rules.len()));
            format!("without the rule: {lost}")
        }
        1 if rules.len() > 1 => {
            let begin = dice.roll(rules.len());
            let end = (begin + 1 + dice.roll(12)).min(rules.len());
            // The first one stays: its file says where the others belong.
            rules.drain(begin.max(1)..end.max(1));
            format!("without the rules from {begin} to {end}")
        }
        _ => {
            let text = rule(dice, desired);
            let origin = Origin { file: POLICY_FILE.into(), line: None };
            // Most rules that Qubes takes have no place in a bundle, which the way into dom0 sees to. The checks judge them all the same.
            let Ok(rule) = parse_policy(&text).map(|mut rules| rules.remove(0)).or(Rule::parse(&text, origin, Release::R4_3))
            else {
                return format!("no rule: {text}");
            };
            let at = if dice.once_in(4) { dice.roll(rules.len() + 1) } else { 0 };
            rules.insert(at, rule);
            format!("with the rule {at}: {text}")
        }
    }
}

fn rule(dice: &mut Dice, desired: &Desired) -> String {
    let service = if dice.once_in(8) { "*" } else { SERVICES[dice.roll(SERVICES.len())].name };
    let argument = if service != "*" && dice.once_in(6) { *dice.pick(&["+", "+x", "+restart"]) } else { "*" };
    let source = loop {
        let word = word(dice, desired);
        if !matches!(word.as_str(), "@default" | "@dispvm") && !word.starts_with("@dispvm:") {
            break word;
        }
    };
    let target = word(dice, desired);
    let action = match dice.roll(6) {
        0 | 1 => "allow",
        2 | 3 => "ask",
        4 => *dice.pick(&["deny", "allow autostart=no", "ask default_target=@dispvm"]),
        _ => "allow target=",
    };
    let redirect = if action.ends_with('=') {
        loop {
            let word = word(dice, desired);
            if !word.starts_with('@') || word == "@dispvm" || (word.starts_with("@dispvm:") && !word.contains("@tag:")) {
                break word;
            }
        }
    } else {
        String::new()
    };
    format!("{service} {argument} {source} {target} {action}{redirect}")
}

fn word(dice: &mut Dice, desired: &Desired) -> String {
    let names: Vec<&str> = desired.qubes.keys().map(|name| name.as_str()).collect();
    let handles: Vec<_> = desired.identities.keys().collect();
    match dice.roll(14) {
        0..=4 => (*dice.pick(&names)).to_owned(),
        5 | 6 => format!("@tag:{}", dice.pick(&handles).tag()),
        7 => format!("@tag:{}", dice.pick(&["halite-isolated", "anon-vm", "anon-gateway", "x-desk", "x-unknown"])),
        8 => "@anyvm".to_owned(),
        9 => (*dice.pick(&["@default", "@dispvm", "*"])).to_owned(),
        10 => format!("@type:{}", dice.pick(&["AppVM", "DispVM", "TemplateVM", "StandaloneVM"])),
        11 => format!("@dispvm:{}", dice.pick(&names)),
        12 => format!("@dispvm:@tag:{}", dice.pick(&handles).tag()),
        _ => (*dice.pick(&["sys-usb", "personal", "sys-whonix", "sys-firewall", "shared", "unheard-of"])).to_owned(),
    }
}
