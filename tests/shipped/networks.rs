//! Through what each workstation of the recipes for special networks reaches the network, and what holds if something breaks on the way.

use std::collections::BTreeSet;

use halite::base::{FileMode, FilePath, QubeName};
use halite::model::{Desired, Role};

use crate::compiled;

/// The names on a qube's way to the network.
fn way(desired: &Desired, from: &str) -> Vec<String> {
    let mut way = vec![from.to_owned()];
    let mut at: QubeName = from.parse().unwrap();
    while let Some(netvm) = desired.qubes.get(&at).and_then(|qube| qube.pref_qube("netvm")) {
        way.push(netvm.to_string());
        at = netvm.clone();
    }
    way
}

#[test]
fn the_ways_are_those_that_the_recipes_draw() {
    for (name, release, compiled) in compiled() {
        let expected: &[&[&str]] = match name.as_str() {
            "vpn-chains" => &[
                &["outer", "outer-gateway", "outer-vpn", "sys-firewall"],
                &["outer-dvm", "outer-gateway", "outer-vpn", "sys-firewall"],
                &["inner", "inner-vpn", "inner-gateway", "sys-firewall"],
            ],
            "physical-gateway" => &[&["mode1", "tor-net"], &["mode1-dvm", "tor-net"]],
            "journalist" => &[
                &["alder", "alder-gateway", "sys-firewall"],
                &["birch", "birch-gateway", "sys-firewall"],
                &["cedar-signal", "cedar-gateway", "sys-firewall"],
                &["birch-vault"],
            ],
            _ => continue,
        };
        for expected in expected {
            assert_eq!(way(&compiled.desired, expected[0]), *expected, "{name} {release}");
        }
    }
}

#[test]
fn each_vpn_qube_and_each_card_to_a_gateway_fails_closed() {
    let script: FilePath = "/rw/config/qubes-firewall-user-script".parse().unwrap();
    let mut guarded = BTreeSet::new();
    for (name, release, compiled) in compiled() {
        let desired = &compiled.desired;
        for (qube, own) in desired.qubes.iter().filter(|(_, own)| matches!(own.role, Role::Vpn | Role::ExternalGateway)) {
            let file = own.files.get(&script).unwrap_or_else(|| panic!("{name} {release}: {qube} has no {script}"));
            assert_eq!(file.mode, FileMode::Executable, "{name}: Qubes runs it only if it is executable");
            let text = String::from_utf8(compiled.contents[&file.blake3].clone()).unwrap();
            assert!(text.contains("hook forward") && text.contains("policy drop;"), "{name}: {qube}");
            let is_run = own.features.iter().any(|(feature, value)| feature.as_str() == "service.qubes-firewall" && value == "1");
            assert!(is_run, "{name}: {qube} runs it");
            guarded.insert(qube.to_string());
        }
    }
    assert_eq!(guarded, ["inner-vpn", "outer-vpn", "tor-net"].map(str::to_owned).into());
}

/// What is before Tor can reach nothing but the VPN's server, whatever becomes of the VPN qube.
#[test]
fn the_vpn_before_tor_reaches_its_server_alone() {
    for (_, release, compiled) in compiled().into_iter().filter(|(name, ..)| name == "vpn-chains") {
        let qube = &compiled.desired.qubes[&"outer-vpn".parse::<QubeName>().unwrap()];
        let rules: Vec<&str> = qube.firewall.iter().flatten().map(|rule| rule.as_str()).collect();
        let [accepted, "action=drop"] = rules[..] else { panic!("{release}: {rules:?}") };
        let configuration = &qube.files[&"/rw/config/vpn/tun0.conf".parse::<FilePath>().unwrap()];
        let text = String::from_utf8(compiled.contents[&configuration.blake3].clone()).unwrap();
        let endpoint = text.lines().find_map(|line| line.strip_prefix("Endpoint = ")).unwrap();
        let (address, port) = endpoint.rsplit_once(':').unwrap();
        for part in [address, port, "proto=udp"] {
            assert!(accepted.contains(part), "{accepted} is about {endpoint}");
        }
    }
}
