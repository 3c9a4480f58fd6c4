//! Modes, gateways, VPN qubes, disposables and vaults: what states look like, and what they are taken for.

use insta::assert_snapshot;

use crate::{drawn, imported, recipe};

/// A state that makes a qube, with these properties.
fn qube(name: &str, template: &str, prefs: &str) -> String {
    let prefs: String = prefs.split(", ").map(|pref| format!("      - {pref}\n")).collect();
    format!("{name}:\n  qvm.vm:\n    - present:\n      - template: {template}\n    - prefs:\n{prefs}")
}

#[track_caller]
fn both(states: &[String]) -> String {
    // Whether the recipe is faultless is for the checks to say.
    let ended = crate::states(&[("x.sls", &states.concat())]).halite("import-salt states --name x").end();
    format!("{}\n\n{}", drawn(&ended), recipe(&ended))
}

const WHONIX: &str = "whonix-workstation-18";
const DEBIAN: &str = "debian-13-xfce";

#[test]
fn modes_are_guessed_from_the_way() {
    let states = [
        qube("quiet", WHONIX, "netvm: sys-whonix"),
        qube("mail", DEBIAN, "netvm: sys-whonix-2"),
        qube("home", DEBIAN, "netvm: sys-firewall"),
        qube("lost", DEBIAN, "vcpus: 2"),
        qube("ws", WHONIX, "vcpus: 2"),
    ];
    assert_snapshot!(both(&states), @r#"
    warning[H0908]: which mode `quiet` is for no state says; it is a Whonix workstation behind Tor, and taken as mode 1
     --> states/x.sls:1:1
      |
    1 | quiet:
      | ^^^^^
      |
      = help: say `mode = 2` if the recipient knows who you are, `mode = 3` if a service does

    warning[H0909]: `sys-whonix` serves no identity in a recipe, but the updates of templates; `quiet` gets its own, `quiet-gateway`
     --> states/x.sls:6:16
      |
    6 |       - netvm: sys-whonix
      |                ^^^^^^^^^^
      |
      = help: let each identity keep a gateway of its own

    warning[H0908]: which mode `mail` is for no state says; it is behind Tor and no Whonix workstation, and taken as mode 3
     --> states/x.sls:7:1
      |
    7 | mail:
      | ^^^^
      |
      = help: for mode 1 or 2, put it on `whonix-workstation`

    warning[H0907]: `debian` is updated in clear, and `mail` is over Tor; it gets a clone, `mail`, that is updated over Tor
      --> states/x.sls:10:19
       |
    10 |       - template: debian-13-xfce
       |                   ^^^^^^^^^^^^^^
       |
       = help: let nothing in clear use that clone

    warning[H0909]: no state makes `sys-whonix-2`; taken as a gateway that dom0 has, and that `mail` has for itself
      --> states/x.sls:12:16
       |
    12 |       - netvm: sys-whonix-2
       |                ^^^^^^^^^^^^
       |
       = help: make sure that no qube of another identity is behind it

    warning[H0908]: which mode `home` is for no state says; it goes out in clear, and is taken as mode 4
      --> states/x.sls:13:1
       |
    13 | home:
       | ^^^^
       |
       = help: say `mode` and a `gateway` if it is to be anonymous

    warning[H0908]: which mode `lost` is for no state says; it goes out in clear, and is taken as mode 4
      --> states/x.sls:19:1
       |
    19 | lost:
       | ^^^^
       |
       = help: say `mode` and a `gateway` if it is to be anonymous

    warning[H0909]: no state says what `lost` reaches the network through, and Qubes takes what is in clear; taken as `sys-firewall`
      --> states/x.sls:19:1
       |
    19 | lost:
       | ^^^^
       |
       = help: name its netvm

    warning[H0908]: which mode `ws` is for no state says; it is a Whonix workstation behind Tor, and taken as mode 1
      --> states/x.sls:25:1
       |
    25 | ws:
       | ^^
       |
       = help: say `mode = 2` if the recipient knows who you are, `mode = 3` if a service does

    warning[H0909]: no state says what `ws` reaches the network through; Whonix takes `sys-whonix`, and so is it taken
      --> states/x.sls:25:1
       |
    25 | ws:
       | ^^
       |
       = help: name its gateway

    [identity.quiet]
    mode = 1
    gateway = "quiet-gateway"

    [gateway.quiet-gateway]
    upstream = "sys-firewall"
    memory = 500

    [workstation.quiet]
    identity = "quiet"
    template = "whonix-workstation"

    [identity.ws]
    mode = 1
    gateway = "ws-gateway"

    [gateway.ws-gateway]
    upstream = "sys-firewall"
    memory = 500

    [workstation.ws]
    identity = "ws"
    template = "whonix-workstation"
    prefs = { vcpus = 2 }

    [identity.mail]
    mode = 3
    gateway = "sys-whonix-2"

    [gateway.sys-whonix-2]
    existing = true

    [workstation.mail]
    identity = "mail"
    template = "mail"

    [identity.home]
    mode = 4
    upstream = "sys-firewall"

    [workstation.home]
    identity = "home"
    template = "debian"

    [identity.lost]
    mode = 4
    upstream = "sys-firewall"

    [workstation.lost]
    identity = "lost"
    template = "debian"
    prefs = { vcpus = 2 }

    [template.mail]
    base = "debian"
    "#);
}

#[test]
fn nothing_that_was_behind_tor_or_is_called_anonymous_ends_up_in_clear() {
    let states = [
        qube("mode-4", DEBIAN, "netvm: sys-whonix"),
        qube("mode-1", WHONIX, "netvm: sys-firewall"),
        qube("my-anon", DEBIAN, "netvm: sys-net"),
    ];
    assert_snapshot!(both(&states), @r#"
    warning[H0907]: `debian` is updated in clear, and `mode-4` is over Tor; it gets a clone, `mode-4`, that is updated over Tor
     --> states/x.sls:4:19
      |
    4 |       - template: debian-13-xfce
      |                   ^^^^^^^^^^^^^^
      |
      = help: let nothing in clear use that clone

    warning[H0908]: `mode-4` is called mode 4, in clear, and is behind Tor; taken as mode 3, so that it stays there
     --> states/x.sls:6:16
      |
    6 |       - netvm: sys-whonix
      |                ^^^^^^^^^^
      |
      = help: if it is to be in clear, say `mode = 4` and an `upstream`

    warning[H0909]: `sys-whonix` serves no identity in a recipe, but the updates of templates; `mode-4` gets its own, `mode-4-gateway`
     --> states/x.sls:6:16
      |
    6 |       - netvm: sys-whonix
      |                ^^^^^^^^^^
      |
      = help: let each identity keep a gateway of its own

    warning[H0908]: `mode-1` is called mode 1, over Tor, and goes out in clear through `sys-firewall`; taken as mode 1, behind a gateway
      --> states/x.sls:12:16
       |
    12 |       - netvm: sys-firewall
       |                ^^^^^^^^^^^^
       |
       = help: until then, do not use it: it is not anonymous

    warning[H0907]: `debian` is updated in clear, and `my-anon` is over Tor; it gets a clone, `my-anon`, that is updated over Tor
      --> states/x.sls:16:19
       |
    16 |       - template: debian-13-xfce
       |                   ^^^^^^^^^^^^^^
       |
       = help: let nothing in clear use that clone

    warning[H0908]: `my-anon` looks anonymous, and goes out in clear through `sys-net`; taken as mode 1, behind a gateway
      --> states/x.sls:18:16
       |
    18 |       - netvm: sys-net
       |                ^^^^^^^
       |
       = help: until then, do not use it: it is not anonymous

    [identity.mode-1]
    mode = 1
    gateway = "mode-1-gateway"

    [gateway.mode-1-gateway]
    upstream = "sys-firewall"
    memory = 500

    [workstation.mode-1]
    identity = "mode-1"
    template = "whonix-workstation"

    [identity.my-anon]
    mode = 1
    gateway = "my-anon-gateway"

    [gateway.my-anon-gateway]
    upstream = "sys-net"
    memory = 500

    [workstation.my-anon]
    identity = "my-anon"
    template = "my-anon"

    [identity.mode-4]
    mode = 3
    gateway = "mode-4-gateway"

    [gateway.mode-4-gateway]
    upstream = "sys-firewall"
    memory = 500

    [workstation.mode-4]
    identity = "mode-4"
    template = "mode-4"

    [template.mode-4]
    base = "debian"

    [template.my-anon]
    base = "debian"
    "#);
}

#[test]
fn a_gateway_of_the_states_stays_with_the_first_who_is_behind_it() {
    let states = [
        qube("gate", "whonix-gateway-18", "netvm: sys-net, memory: 600"),
        qube("mode-1", WHONIX, "netvm: gate"),
        qube("mode-2", WHONIX, "netvm: gate"),
        qube("idle", "whonix-gateway-18", "netvm: sys-net"),
    ];
    assert_snapshot!(both(&states), @r#"
    warning[H0909]: `gate` is the gateway of several qubes here; `mode-2` gets its own, `mode-2-gateway`
      --> states/x.sls:19:16
       |
    19 |       - netvm: gate
       |                ^^^^
       |
       = help: two identities behind one gateway could be linked by it: let each keep its own

    warning[H0909]: no identity here has `idle` on its way to the network: left out
      --> states/x.sls:20:1
       |
    20 | idle:
       | ^^^^
       |
       = help: name it as a gateway or an upstream if it is to be part of the recipe

    [identity.mode-1]
    mode = 1
    gateway = "gate"

    [gateway.gate]
    upstream = "sys-net"
    memory = 600

    [workstation.mode-1]
    identity = "mode-1"
    template = "whonix-workstation"

    [identity.mode-2]
    mode = 2
    gateway = "mode-2-gateway"

    [gateway.mode-2-gateway]
    upstream = "sys-net"
    memory = 500

    [workstation.mode-2]
    identity = "mode-2"
    template = "whonix-workstation"
    "#);
}

#[test]
fn vpn_qubes_stay_on_the_way() {
    let states = [
        qube("vpn-a", DEBIAN, "netvm: sys-firewall, provides-network: true"),
        qube("vpn-b", DEBIAN, "netvm: sys-firewall, provides-network: true"),
        qube("vpn-c", DEBIAN, "netvm: sys-whonix, provides-network: true"),
        qube("gate", "whonix-gateway-18", "netvm: vpn-b"),
        qube("mode-4", DEBIAN, "netvm: vpn-a"),
        qube("mode-1", WHONIX, "netvm: gate"),
        qube("mode-3", DEBIAN, "netvm: vpn-c"),
        qube("other-mode-4", DEBIAN, "netvm: vpn-a"),
    ];
    assert_snapshot!(both(&states), @r#"
    warning[H0907]: `debian` is updated in clear, and `vpn-b` is over Tor; it gets a clone, `vpn-b`, that is updated over Tor
      --> states/x.sls:11:19
       |
    11 |       - template: debian-13-xfce
       |                   ^^^^^^^^^^^^^^
       |
       = help: let nothing in clear use that clone

    warning[H0907]: `debian` is updated in clear, and `vpn-c` is over Tor; it gets a clone, `vpn-c`, that is updated over Tor
      --> states/x.sls:18:19
       |
    18 |       - template: debian-13-xfce
       |                   ^^^^^^^^^^^^^^
       |
       = help: let nothing in clear use that clone

    warning[H0909]: `sys-whonix` serves no identity in a recipe, but the updates of templates; `mode-3` gets its own, `mode-3-gateway`
      --> states/x.sls:20:16
       |
    20 |       - netvm: sys-whonix
       |                ^^^^^^^^^^
       |
       = help: let each identity keep a gateway of its own

    warning[H0907]: `debian` is updated in clear, and `mode-3` is over Tor; it gets a clone, `mode-3`, that is updated over Tor
      --> states/x.sls:43:19
       |
    43 |       - template: debian-13-xfce
       |                   ^^^^^^^^^^^^^^
       |
       = help: let nothing in clear use that clone

    warning[H0909]: `vpn-a` is on the way of another identity already, by which the two could be linked: `other-mode-4` is left out
      --> states/x.sls:51:16
       |
    51 |       - netvm: vpn-a
       |                ^^^^^
       |
       = help: give it a VPN qube with another provider, or none, and declare both in the recipe

    [identity.mode-1]
    mode = 1
    gateway = "gate"

    [gateway.gate]
    upstream = "vpn-b"

    [vpn.vpn-b]
    upstream = "sys-firewall"
    configuration = "mode-1-vpn"
    template = "vpn-b"

    [workstation.mode-1]
    identity = "mode-1"
    template = "whonix-workstation"

    [identity.mode-3]
    mode = 3
    gateway = "mode-3-gateway"
    vpn = "vpn-c"

    [gateway.mode-3-gateway]
    upstream = "sys-firewall"
    memory = 500

    [vpn.vpn-c]
    upstream = "mode-3-gateway"
    configuration = "mode-3-vpn"
    template = "vpn-c"

    [workstation.mode-3]
    identity = "mode-3"
    template = "mode-3"

    [identity.mode-4]
    mode = 4
    upstream = "vpn-a"

    [vpn.vpn-a]
    upstream = "sys-firewall"
    configuration = "mode-4-vpn"
    template = "debian"

    [workstation.mode-4]
    identity = "mode-4"
    template = "debian"

    [template.vpn-b]
    base = "debian"

    [template.mode-3]
    base = "debian"

    [template.vpn-c]
    base = "debian"
    "#);
}

#[test]
fn disposables_and_vaults_belong_to_somebody() {
    let states = [
        qube("mode-1", WHONIX, "netvm: sys-whonix, default_dispvm: mode-1-dvm"),
        qube("mode-1-dvm", WHONIX, "netvm: sys-whonix, template_for_dispvms: True"),
        qube("mode-4", DEBIAN, "netvm: sys-firewall, default_dispvm: default-dvm"),
        qube("mode-4-vault", DEBIAN, "netvm: none"),
        qube("keys", DEBIAN, "netvm: none"),
        qube("mode-4-dvm", DEBIAN, "netvm: sys-firewall, template_for_dispvms: True"),
        qube("offline-dvm", DEBIAN, "netvm: none, template_for_dispvms: True"),
        qube("mode-3-dvm", DEBIAN, "netvm: sys-whonix, template_for_dispvms: True"),
    ];
    assert_snapshot!(both(&states), @r#"
    warning[H0909]: `sys-whonix` serves no identity in a recipe, but the updates of templates; `mode-1` gets its own, `mode-1-gateway`
     --> states/x.sls:6:16
      |
    6 |       - netvm: sys-whonix
      |                ^^^^^^^^^^
      |
      = help: let each identity keep a gateway of its own

    warning[H0909]: `default-dvm` is no disposable template of this identity; `mode-4` opens none
      --> states/x.sls:21:25
       |
    21 |       - default_dispvm: default-dvm
       |                         ^^^^^^^^^^^
       |
       = help: declare a `[disposable.QUBE]` of its own, and name it as its `disposables`

    warning[H0908]: whose `mode-4-vault` is no state says; taken as a qube of `mode-4`
      --> states/x.sls:22:1
       |
    22 | mode-4-vault:
       | ^^^^^^^^^^^^
       |
       = help: say whose it is

    warning[H0904]: whose vault `keys` is no state says: left out
      --> states/x.sls:28:1
       |
    28 | keys:
       | ^^^^
       |
       = help: declare it as a `[vault.QUBE]` of one of the identities

    warning[H0908]: whose `mode-4-dvm` is no state says; taken as a qube of `mode-4`
      --> states/x.sls:34:1
       |
    34 | mode-4-dvm:
       | ^^^^^^^^^^
       |
       = help: say whose it is

    warning[H0904]: `offline-dvm` has no network, and the disposables of a recipe have their identity's: left out
      --> states/x.sls:41:1
       |
    41 | offline-dvm:
       | ^^^^^^^^^^^
       |
       = help: declare a `[disposable.QUBE]` if its identity's network is what they may have

    warning[H0907]: `debian` is updated in clear, and `mode-3-dvm` is over Tor; it gets a clone, `mode-3-dvm`, that is updated over Tor
      --> states/x.sls:51:19
       |
    51 |       - template: debian-13-xfce
       |                   ^^^^^^^^^^^^^^
       |
       = help: let nothing in clear use that clone

    warning[H0909]: `sys-whonix` serves no identity in a recipe, but the updates of templates; `mode-3-dvm` gets its own, `mode-3-dvm-gateway`
      --> states/x.sls:53:16
       |
    53 |       - netvm: sys-whonix
       |                ^^^^^^^^^^
       |
       = help: let each identity keep a gateway of its own

    [identity.mode-1]
    mode = 1
    gateway = "mode-1-gateway"

    [gateway.mode-1-gateway]
    upstream = "sys-firewall"
    memory = 500

    [workstation.mode-1]
    identity = "mode-1"
    template = "whonix-workstation"
    disposables = "mode-1-dvm"

    [disposable.mode-1-dvm]
    identity = "mode-1"
    template = "whonix-workstation"

    [identity.mode-3-dvm]
    mode = 3
    gateway = "mode-3-dvm-gateway"

    [gateway.mode-3-dvm-gateway]
    upstream = "sys-firewall"
    memory = 500

    [disposable.mode-3-dvm]
    identity = "mode-3-dvm"
    template = "mode-3-dvm"

    [identity.mode-4]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4]
    identity = "mode-4"
    template = "debian"

    [vault.mode-4-vault]
    identity = "mode-4"
    template = "debian"

    [disposable.mode-4-dvm]
    identity = "mode-4"
    template = "debian"

    [template.mode-3-dvm]
    base = "debian"
    "#);
}

#[test]
fn a_vault_beside_one_identity_is_taken_as_its_own() {
    assert_snapshot!(both(&[qube("mode-4", DEBIAN, "netvm: sys-firewall"), qube("keys", DEBIAN, "netvm: none")]), @r#"
    warning[H0908]: whose `keys` is no state says; taken as a qube of `mode-4`
     --> states/x.sls:7:1
      |
    7 | keys:
      | ^^^^
      |
      = help: say whose it is

    [identity.mode-4]
    mode = 4
    upstream = "sys-firewall"

    [workstation.mode-4]
    identity = "mode-4"
    template = "debian"

    [vault.keys]
    identity = "mode-4"
    template = "debian"
    "#);
}

#[test]
fn long_and_strange_names_become_handles_stems_and_gateways() {
    let long = "a-very-long-name.of_a.mode-3.qb";
    let states = [
        qube(long, "Template_With.Long-Name", "netvm: sys-whonix"),
        qube("A-Very-Long-Name.of_a.mode-3", "Template_With.Long-Other", "netvm: sys-whonix"),
    ];
    assert_snapshot!(recipe(&imported(&[("x.sls", &states.concat())])), @r#"
    [identity.a-very-long-name-of]
    mode = 3
    gateway = "gateway1-a-very-long-name.of_a"

    [gateway."gateway1-a-very-long-name.of_a"]
    upstream = "sys-firewall"
    memory = 500

    [workstation."a-very-long-name.of_a.mode-3.qb"]
    identity = "a-very-long-name-of"
    template = "template-w"

    [identity.a-very-long-name-o-2]
    mode = 3
    gateway = "gateway1-A-Very-Long-Name.of_a"

    [gateway."gateway1-A-Very-Long-Name.of_a"]
    upstream = "sys-firewall"
    memory = 500

    [workstation."A-Very-Long-Name.of_a.mode-3"]
    identity = "a-very-long-name-o-2"
    template = "template2"

    [template.template-w]
    base = "Template_With.Long-Name"

    [template.template2]
    base = "Template_With.Long-Other"
    "#);
}

#[test]
fn a_clear_disposable_of_an_identity_over_tor_is_told() {
    let states = [
        qube("mode-1", WHONIX, "netvm: sys-whonix, default_dispvm: dvm"),
        qube("dvm", DEBIAN, "netvm: sys-firewall, template_for_dispvms: True"),
    ];
    assert_snapshot!(both(&states), @r#"
    warning[H0909]: `sys-whonix` serves no identity in a recipe, but the updates of templates; `mode-1` gets its own, `mode-1-gateway`
     --> states/x.sls:6:16
      |
    6 |       - netvm: sys-whonix
      |                ^^^^^^^^^^
      |
      = help: let each identity keep a gateway of its own

    warning[H0907]: `debian` is updated in clear, and `dvm` is over Tor; it gets a clone, `dvm`, that is updated over Tor
      --> states/x.sls:11:19
       |
    11 |       - template: debian-13-xfce
       |                   ^^^^^^^^^^^^^^
       |
       = help: let nothing in clear use that clone

    warning[H0909]: `dvm` goes out in clear, and `mode-1` is over Tor; taken as behind its gateway
      --> states/x.sls:13:16
       |
    13 |       - netvm: sys-firewall
       |                ^^^^^^^^^^^^
       |
       = help: until then, open nothing in a disposable: its network is not that of the qube it is opened from

    [identity.mode-1]
    mode = 1
    gateway = "mode-1-gateway"

    [gateway.mode-1-gateway]
    upstream = "sys-firewall"
    memory = 500

    [workstation.mode-1]
    identity = "mode-1"
    template = "whonix-workstation"
    disposables = "dvm"

    [disposable.dvm]
    identity = "mode-1"
    template = "dvm"

    [template.dvm]
    base = "debian"
    "#);
}

#[test]
fn what_has_a_network_card_leads_to_another_computer_or_is_left_to_dom0() {
    let states = [
        qube("card", DEBIAN, "netvm: none, provides-network: true, virt_mode: hvm"),
        qube("mode-1", WHONIX, "netvm: card"),
        qube("net", DEBIAN, "netvm: none, provides-network: true"),
        qube("mode-4", DEBIAN, "netvm: net"),
    ];
    assert_snapshot!(both(&states), @r#"
    warning[H0909]: `card` provides network and has no netvm; taken as the way to a gateway on another computer
     --> states/x.sls:1:1
      |
    1 | card:
      | ^^^^
      |
      = help: make sure that its network card leads there and nowhere else

    warning[H0907]: `debian` is updated in clear, and `card` is over Tor; it gets a clone, `card`, that is updated over Tor
     --> states/x.sls:4:19
      |
    4 |       - template: debian-13-xfce
      |                   ^^^^^^^^^^^^^^
      |
      = help: let nothing in clear use that clone

    warning[H0909]: `net` provides network and has no netvm, which no recipe says; taken as one that dom0 has
      --> states/x.sls:15:1
       |
    15 | net:
       | ^^^
       |
       = help: go on setting it up by other means

    [identity.mode-1]
    mode = 1
    gateway = "card"

    [gateway.card]
    external = true
    template = "card"
    prefs = { virt_mode = "hvm" }

    [workstation.mode-1]
    identity = "mode-1"
    template = "whonix-workstation"

    [identity.mode-4]
    mode = 4
    upstream = "net"

    [workstation.mode-4]
    identity = "mode-4"
    template = "debian"

    [template.card]
    base = "debian"
    "#);
}

/// Whether the identity of a qube has a gateway; nothing where the recipe has no such qube.
fn is_over_tor(recipe: &toml::Table, name: &str) -> Option<bool> {
    let tables = ["workstation", "disposable", "vault"];
    let qube = tables.into_iter().find_map(|table| recipe.get(table)?.get(name))?;
    Some(recipe["identity"][qube["identity"].as_str().unwrap()].get("gateway").is_some())
}

#[test]
fn in_every_combination_what_was_behind_tor_stays_there() {
    let providers = [
        qube("gate", "whonix-gateway-18", "netvm: sys-firewall"),
        qube("vpn-tor", DEBIAN, "netvm: sys-whonix, provides-network: true"),
        qube("vpn-gate", DEBIAN, "netvm: gate, provides-network: true"),
        qube("vpn-clear", DEBIAN, "netvm: sys-firewall, provides-network: true"),
    ]
    .concat();
    let netvms = ["sys-whonix", "gate", "vpn-tor", "vpn-gate", "vpn-clear", "sys-firewall", "'*default*'"];
    let is_tor = |netvm: &str, template: &str| match netvm {
        "sys-whonix" | "gate" | "vpn-tor" | "vpn-gate" => true,
        "'*default*'" => template == WHONIX,
        _ => false,
    };
    let (mut count, sandbox) = (0, crate::Sandbox::new());
    for name in ["mode-1", "mode-4", "plain"] {
        for template in [WHONIX, DEBIAN] {
            for netvm in netvms {
                for of_dvm in netvms {
                    let dvm = format!("{name}-dvm");
                    let first = qube(name, template, &format!("netvm: {netvm}, default_dispvm: {dvm}"));
                    let second = qube(&dvm, DEBIAN, &format!("netvm: {of_dvm}, template_for_dispvms: true"));
                    sandbox.write("states/x.sls", format!("{providers}{first}{second}"));
                    let ended = sandbox.halite("import-salt states --name x").end();
                    let recipe: toml::Table = ended.stdout.parse().unwrap();
                    for (qube, was) in [(name, is_tor(netvm, template)), (&dvm, is_tor(of_dvm, DEBIAN))] {
                        let is = is_over_tor(&recipe, qube);
                        assert!(!was || is != Some(false), "{qube} is in clear now:\n{}", ended.stdout);
                        count += usize::from(is.is_some());
                    }
                }
            }
        }
    }
    assert!(count > 400, "{count}");
}
