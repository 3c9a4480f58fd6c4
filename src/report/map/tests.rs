//! What a map shows of what is examined, what it folds, and what it marks.

use super::*;
use crate::base::{BundleId, BundleName, Digest, Handle, QubeName, Text};
use crate::check::Surroundings;
use crate::compare::Mark;
use crate::model::{Answer, Class, Desired, Identity, Label, Labels, Mode, Qube, Release, Role, Setting};
use crate::report::{Examined, Subject};

fn name(text: &str) -> QubeName {
    text.parse().unwrap()
}

/// A system of these qubes: identity, name, role, and netvm; none is `-`, and the global default is left out.
fn desired(qubes: &[(&str, &str, Role, &str)]) -> Desired {
    let mut desired = Desired::default();
    for (identity, qube, role, netvm) in qubes {
        let identity: Handle = identity.parse().unwrap();
        desired.identities.entry(identity.clone()).or_insert(Identity::new(Mode::Anonymous));
        let mut prefs = vec![("provides_network".parse().unwrap(), Setting::Bool(role.provides_network()))];
        match *netvm {
            "" => {}
            "-" => prefs.push(("netvm".parse().unwrap(), Setting::None)),
            netvm => prefs.push(("netvm".parse().unwrap(), Setting::Qube(name(netvm)))),
        }
        let qube_of = Qube {
            role: *role,
            class: Class::App,
            identity,
            template: name("whonix-workstation-18"),
            label: Label::Red,
            prefs: prefs.into_iter().collect(),
            tags: [].into(),
            features: [].into(),
            private_volume: None,
            files: [].into(),
            firewall: None,
            configuration: None,
        };
        desired.qubes.insert(name(qube), qube_of);
    }
    desired
}

/// Its map, with nothing but stock policy.
fn map(desired: &Desired) -> Map {
    let release = Release::R4_3;
    let bundle: BundleName = "sample".parse().unwrap();
    let summary: Text = "A sample".parse().unwrap();
    let id = BundleId(Digest::of(b"sample"));
    let (surroundings, labels) = (Surroundings::stock(release, Vec::new()), Labels::default());
    let (name, summary, surroundings, labels) = (&bundle, &summary, &surroundings, &labels);
    let subject = Subject { name, release, serial: 1, id, summary, desired, rules: &[], surroundings, labels };
    Map::of(&Examined::of(subject))
}

/// The lines about ways.
fn ways(map: &Map) -> Vec<String> {
    map.lines().into_iter().filter(|line| line.contains('←') || line.starts_with("  no network")).collect()
}

#[test]
fn a_way_is_shown_as_far_as_it_leads() {
    let map = map(&desired(&[
        ("a", "gw", Role::Gateway, "outer"),
        ("a", "outer", Role::Vpn, "sys-firewall"),
        ("a", "inner", Role::Vpn, "gw"),
        ("a", "work", Role::Workstation, "inner"),
        ("a", "dvm", Role::DisposableTemplate, "gw"),
        ("a", "vault", Role::Vault, "-"),
        ("b", "card", Role::ExternalGateway, "-"),
        ("b", "far", Role::Workstation, "card"),
    ]));
    let shown = [
        "  anything ← Tor ← sys-firewall ← outer ← gw ← dvm (disposables)",
        "  anything ← Tor ← sys-firewall ← outer ← gw ← inner ← work",
        "  no network: vault",
        "  anything ← Tor ← another computer ← card ← far",
    ];
    assert_eq!(ways(&map), shown);
    let kinds: Vec<Kind> = map.lanes[0].nodes.iter().map(|node| node.kind).collect();
    assert_eq!(kinds, [Kind::Vpn, Kind::Gateway, Kind::VpnBehindTor, Kind::Workstation, Kind::Disposables, Kind::Vault]);
    assert_eq!(map.lanes[0].nodes[3].dangers.iter().filter(|danger| danger.is_way).count(), 0);
}

#[test]
fn a_way_that_does_not_pass_the_gateway_is_a_danger() {
    let map = map(&desired(&[
        ("a", "gw", Role::Gateway, "sys-firewall"),
        ("a", "leak", Role::Workstation, "sys-firewall"),
        ("a", "unset", Role::Workstation, ""),
        ("a", "strange", Role::Workstation, "other-gw"),
        ("a", "stock", Role::Workstation, "sys-whonix"),
        ("a", "round", Role::Vpn, "about"),
        ("a", "about", Role::Vpn, "round"),
        ("b", "other-gw", Role::Gateway, "sys-firewall"),
    ]));
    let shown = [
        "  anything ← Tor ← sys-firewall ← other-gw",
        "  anything ← sys-firewall ← leak",
        "  anything ← Tor ← sys-firewall ← gw",
        "  anything ← Tor ← sys-whonix ← stock",
        "  anything ← Tor ← other-gw ← strange",
        "  anything ← global default ← unset",
        "  back to itself ← about, round",
    ];
    assert_eq!(ways(&map), shown);
    for node in &map.lane("a").unwrap().nodes {
        assert_eq!(node.is_off_its_way(), node.name != "gw", "{node:?}");
    }
    assert!(map.lines().iter().any(|line| line.starts_with("  DANGER H0201: qube `leak`: its netvm `sys-firewall` is not")));
}

#[test]
fn what_no_flow_declares_is_a_danger() {
    let map = map(&desired(&[
        ("a", "gw", Role::Gateway, "sys-firewall"),
        ("a", "work", Role::Workstation, "gw"),
        ("b", "other", Role::Workstation, "-"),
    ]));
    let qube = |lane: &str, node: &str| End::Qube { lane: lane.to_owned(), node: node.to_owned() };
    let flow =
        |from: End, to: End| map.flows.iter().find(|flow| flow.from == from && flow.to == to && flow.answer == Answer::Ask);
    let copied = flow(qube("a", "work"), qube("b", "other")).unwrap();
    assert!(copied.is_danger() && copied.services.contains("qubes.Filecopy"), "{copied:?}");
    assert!(flow(qube("a", "work"), End::Others).unwrap().others.contains("any other qube"));
    assert!(map.flows.iter().all(|flow| flow.from != flow.to), "what stays within an identity crosses nothing");
}

fn lane(number: usize, nodes: &[(&str, Kind, Leads)]) -> Lane {
    let nodes = nodes.iter().map(|(name, kind, leads)| {
        let leads = match leads {
            Leads::Within(netvm) => Leads::Within(format!("{netvm}{number}")),
            other => other.clone(),
        };
        Node::new(format!("{name}{number}"), *kind, Some(Label::Red), leads)
    });
    Lane {
        id: format!("id{number}"),
        title: format!("id{number}"),
        mode: Some(Mode::Anonymous),
        over_tor: true,
        destinations: Vec::new(),
        nodes: nodes.collect(),
        dangers: Vec::new(),
        mark: None,
    }
}

/// So many identities that look alike, with a flow from the first to the second.
fn alike(count: usize) -> Map {
    let exit = Leads::Out(Exit { through: Through::Existing("sys-firewall".to_owned()), over_tor: true });
    let behind = Leads::Within("gw".to_owned());
    let nodes = [
        ("gw", Kind::Gateway, exit),
        ("work", Kind::Workstation, behind.clone()),
        ("dvm", Kind::Disposables, behind),
        ("vault", Kind::Vault, Leads::Nowhere),
    ];
    let end = |number: usize, what: &str| End::Qube { lane: format!("id{number}"), node: format!("{what}{number}") };
    let flow = Flow {
        from: end(0, "work"),
        to: end(1, "vault"),
        services: ["qubes.Filecopy".to_owned()].into(),
        answer: Answer::Ask,
        declared: ["scans".parse().unwrap()].into(),
        others: [].into(),
        mark: None,
    };
    let lanes = (0..count).map(|number| lane(number, &nodes)).collect();
    Map { bundle: "sample".to_owned(), lanes, flows: vec![flow], updates: None }
}

#[test]
fn a_small_map_shows_each_qube() {
    let map = alike(15);
    assert_eq!(map.folded(), map);
    let shown = [
        "id0, mode 1",
        "  anything ← Tor ← sys-firewall ← gw0 ← work0, dvm0 (disposables)",
        "  no network: vault0",
        "id1, mode 1",
        "  anything ← Tor ← sys-firewall ← gw1 ← work1, dvm1 (disposables)",
        "  no network: vault1",
        "between identities",
        "  work0 → vault1: qubes.Filecopy, ask",
    ];
    assert_eq!(alike(2).lines(), shown);
    let said = "id0, mode 1: to anything through gw0, sys-firewall, Tor: work0, dvm0 (disposables); without network: vault0. \
                id1, mode 1: to anything through gw1, sys-firewall, Tor: work1, dvm1 (disposables); without network: vault1. \
                Between identities: work0 to vault1: qubes.Filecopy, ask.";
    assert_eq!(alike(2).sentences(), said);
}

#[test]
fn a_large_map_folds_what_looks_alike_and_keeps_what_does_not() {
    let mut map = alike(16);
    let danger = Danger { code: crate::check::Code::NotBehindGateway, message: "its netvm is another".to_owned(), is_way: true };
    map.lanes[5].nodes[1].dangers.push(danger);
    map.lanes[6].nodes[2].mark = Some(Mark::Added);
    let shown = [
        "id0, mode 1",
        "  anything ← Tor ← sys-firewall ← gw0 ← 1 workstation, 1 disposable template, 1 vault",
        "id1, mode 1",
        "  anything ← Tor ← sys-firewall ← gw1 ← 1 workstation, 1 disposable template, 1 vault",
        "12 identities, mode 1",
        "  anything ← Tor ← sys-firewall ← 12 gateways ← 12 workstations, 12 disposable templates, 12 vaults",
        "id5, mode 1",
        "  anything ← Tor ← sys-firewall ← gw5 ← work5, 1 disposable template, 1 vault",
        "  DANGER H0201: its netvm is another",
        "id6, mode 1",
        "  anything ← Tor ← sys-firewall ← gw6 ← dvm6 (disposables) [new], 1 workstation, 1 vault",
        "between identities",
        "  id0, mode 1 → id1, mode 1: qubes.Filecopy, ask",
    ];
    assert_eq!(map.lines(), shown);
    let many = alike(1_000).folded();
    assert_eq!(many.lanes.len(), 3, "a group, and the two with a flow");
    // Nothing is lost: what is drawn stands for all that there is.
    let stands_for = |node: &Node| if node.stands_for.is_empty() { 1 } else { node.stands_for.values().sum() };
    assert_eq!(many.lanes.iter().flat_map(|lane| &lane.nodes).map(stands_for).sum::<usize>(), 4_000);
    for flow in &many.flows {
        let (End::Qube { lane, node }, End::Qube { .. }) = (&flow.from, &flow.to) else { panic!("{flow:?}") };
        assert!(many.lane(lane).unwrap().node(node).is_some(), "a flow ends at what is drawn: {flow:?}");
    }
}

#[test]
fn what_has_changed_is_marked() {
    let old = alike(3);
    assert_eq!(old.since(&old), old);
    let mut new = alike(4);
    new.lanes.remove(2);
    new.lanes[0].nodes[1].leads = Leads::Nowhere;
    new.lanes[0].nodes.remove(3);
    new.flows[0].services.insert("qubes.OpenURL".to_owned());
    let shown = [
        "id0, mode 1",
        "  anything ← Tor ← sys-firewall ← gw0 ← dvm0 (disposables)",
        "  no network: work0 [changed], vault0 [gone]",
        "id1, mode 1",
        "  anything ← Tor ← sys-firewall ← gw1 ← work1, dvm1 (disposables)",
        "  no network: vault1",
        "id2, mode 1 [gone]",
        "  anything ← Tor ← sys-firewall ← gw2 [gone] ← work2 [gone], dvm2 (disposables) [gone]",
        "  no network: vault2 [gone]",
        "id3, mode 1 [new]",
        "  anything ← Tor ← sys-firewall ← gw3 [new] ← work3 [new], dvm3 (disposables) [new]",
        "  no network: vault3 [new]",
        "between identities",
        "  work0 → vault1: qubes.Filecopy, qubes.OpenURL, ask [changed]",
    ];
    assert_eq!(new.since(&old).lines(), shown);
    let back = old.since(&new);
    assert_eq!(back.lane("id3").unwrap().mark, Some(Mark::Removed));
    assert_eq!(back.lane("id2").unwrap().mark, Some(Mark::Added));
    assert_eq!(back.lane("id0").unwrap().node("vault0").unwrap().mark, Some(Mark::Added));
}
