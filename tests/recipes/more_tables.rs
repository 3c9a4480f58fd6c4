//! Gateways of each kind, VPN qubes, disposables with names, flows, exceptions, and further settings: what can be wrong with them.

use crate::*;

#[test]
fn gateways_of_two_kinds() {
    assert_snapshot!(full_fault("external = true", "external = true\nexisting = true"), @r#"
    error[H0006]: a gateway is `existing` or `external`, not both
       --> recipe/halite.toml:114:12
        |
    114 | external = true
        |            ^^^^
    "#);
    assert_snapshot!(full_fault("external = true\ntemplate = \"vpn\"", "external = true"), @r"
    error[H0003]: [gateway.remote-net] lacks the key `template`
       --> recipe/halite.toml:113:10
        |
    113 | [gateway.remote-net]
        |          ^^^^^^^^^^
    ");
    assert_snapshot!(full_fault("existing = true", "existing = \"yes\""), @r#"
    error[H0003]: [gateway.work-gateway] lacks the key `upstream`
      --> recipe/halite.toml:68:10
       |
    68 | [gateway.work-gateway]
       |          ^^^^^^^^^^^^

    error[H0004]: `existing` is `true` or `false`, not a string
      --> recipe/halite.toml:69:12
       |
    69 | existing = "yes"
       |            ^^^^^
    "#);
    assert_snapshot!(full_fault("existing = true", "existing = true\nlabel = \"red\""), @r#"
    error[H0002]: [gateway.work-gateway] has no key `label`
      --> recipe/halite.toml:70:1
       |
    70 | label = "red"
       | ^^^^^
       |
       = help: expected one of `existing`, `external`, `replaces`
    "#);
    assert_snapshot!(fault("[gateway.quiet-gateway]", "[gateway.quiet-gateway]\nsensitive = true"), @r"
    error[H0006]: `sensitive` is about `bridges`, and this gateway has none
      --> recipe/halite.toml:16:13
       |
    16 | sensitive = true
       |             ^^^^
    ");
}

#[test]
fn vpns_that_do_not_fit() {
    assert_snapshot!(full_fault("upstream = \"work-gateway\"", "upstream = \"sys-firewall\""), @r#"
    error[H0006]: `work-vpn` is to be behind the gateway `work-gateway`, and its upstream is `sys-firewall`
      --> recipe/halite.toml:72:12
       |
    63 | vpn = "work-vpn"
       |       ---------- because of this
    ...
    72 | upstream = "sys-firewall"
       |            ^^^^^^^^^^^^^^
       |
       = help: for user → Tor → VPN, say `upstream = "work-gateway"` in [vpn.work-vpn]
    "#);
    assert_snapshot!(full_fault("vpn = \"work-vpn\"", "vpn = \"work-vpm\""), @r#"
    error[H0005]: there is no vpn `work-vpm` in this recipe
      --> recipe/halite.toml:63:7
       |
    63 | vpn = "work-vpm"
       |       ^^^^^^^^^^
       |
       = help: did you mean `work-vpn`?

    error[H0005]: no identity has the VPN qube `work-vpn`
      --> recipe/halite.toml:71:6
       |
    71 | [vpn.work-vpn]
       |      ^^^^^^^^
       |
       = help: name it as the `upstream` of a gateway or an identity, or say `vpn = "work-vpn"` in an identity
    "#);
    assert_snapshot!(full_fault("vpn = \"work-vpn\"\n", ""), @r#"
    error[H0005]: no identity has the VPN qube `work-vpn`
      --> recipe/halite.toml:70:6
       |
    70 | [vpn.work-vpn]
       |      ^^^^^^^^
       |
       = help: name it as the `upstream` of a gateway or an identity, or say `vpn = "work-vpn"` in an identity
    "#);
    assert_snapshot!(full_fault("upstream = \"home-vpn\"", "upstream = \"home-vpn\"\nvpn = \"work-vpn\""), @r#"
    error[H0006]: `vpn` is a VPN behind Tor, and this mode does not go through Tor
       --> recipe/halite.toml:129:7
        |
    129 | vpn = "work-vpn"
        |       ^^^^^^^^^^
        |
        = help: name the `[vpn.QUBE]` as its `upstream`
    "#);
    assert_snapshot!(full_fault("upstream = \"home-vpn\"", "upstream = \"press-vpn\""), @r#"
    error[H0006]: `press-vpn` is already the VPN qube of identity `home`
       --> recipe/halite.toml:28:12
        |
     28 | upstream = "press-vpn"
        |            ^^^^^^^^^^^
    ...
    128 | upstream = "press-vpn"
        |            ----------- the other one
        |
        = help: two identities behind one VPN qube could be linked by it; give this one a VPN qube of its own

    error[H0005]: no identity has the VPN qube `home-vpn`
       --> recipe/halite.toml:130:6
        |
    130 | [vpn.home-vpn]
        |      ^^^^^^^^
        |
        = help: name it as the `upstream` of a gateway or an identity, or say `vpn = "home-vpn"` in an identity
    "#);
    assert_snapshot!(full_fault("upstream = \"sys-firewall\"\nconfiguration = \"first\"", "upstream = \"work\"\nconfiguration = \"first\""), @r#"
    error[H0006]: `work` is a qube of this recipe, and no way out
      --> recipe/halite.toml:23:12
       |
    23 | upstream = "work"
       |            ^^^^^^
       |
       = help: an upstream is a qube that dom0 already has, such as `sys-firewall`, or a VPN qube
    "#);
}

#[test]
fn disposables_with_names() {
    assert_snapshot!(full_fault("template = \"press-dvm\"", "template = \"press\""), @r#"
    error[H0005]: there is no disposable `press` in this recipe
      --> recipe/halite.toml:46:12
       |
    46 | template = "press"
       |            ^^^^^^^
       |
       = help: declare it: `[disposable.press]`
    "#);
    assert_snapshot!(full_fault("[named-disposable.press-once]", "[named-disposable.press-once]\nprivate = 4096"), @r"
    error[H0002]: [named-disposable.press-once] has no key `private`
      --> recipe/halite.toml:46:1
       |
    46 | private = 4096
       | ^^^^^^^
       |
       = help: expected one of `features`, `firewall`, `label`, `maxmem`, `memory`, `prefs`, `r4.2`, `r4.3`, `replaces`, `services`, `tags`, `template`
    ");
    assert_snapshot!(full_fault("[named-disposable.press-once]\ntemplate", "[named-disposable.work]\ntemplate"), @r"
    error[H0006]: there is already a qube `work`
      --> recipe/halite.toml:45:19
       |
    45 | [named-disposable.work]
       |                   ^^^^
    ...
    78 | [workstation.work]
       |              ---- the other one
    ");
}

#[test]
fn flows() {
    assert_snapshot!(full_fault("from = \"sys-usb\"", "from = \"sys-usc\""), @r#"
    error[H0005]: there is no qube `sys-usc` in this recipe
       --> recipe/halite.toml:149:8
        |
    149 | from = "sys-usc"
        |        ^^^^^^^^^
        |
        = help: did you mean `sys-usb`?
    "#);
    assert_snapshot!(full_fault("to = \"work\"", "to = \"elsewhere\""), @r#"
    error[H0005]: there is no qube `elsewhere` in this recipe
       --> recipe/halite.toml:150:6
        |
    150 | to = "elsewhere"
        |      ^^^^^^^^^^^
        |
        = help: if dom0 has it already, declare it: `[existing.elsewhere]`
    "#);
    assert_snapshot!(full_fault("services = [\"qubes.Filecopy\"]\n", ""), @r#"
    error[H0003]: [flow.scans] lacks the key `services`
       --> recipe/halite.toml:148:7
        |
    148 | [flow.scans]
        |       ^^^^^
        |
        = help: name the services of qrexec, such as `services = ["qubes.Filecopy"]`
    "#);
    assert_snapshot!(full_fault("services = [\"qubes.Filecopy\"]", "services = [\"admin.vm.Start\", \"-\"]"), @r#"
    error[H0004]: `admin.vm.Start` commands dom0, or other qubes through it; no bundle may give that away
       --> recipe/halite.toml:151:13
        |
    151 | services = ["admin.vm.Start", "-"]
        |             ^^^^^^^^^^^^^^^^

    error[H0004]: a service's name begins with a letter or a digit
       --> recipe/halite.toml:151:31
        |
    151 | services = ["admin.vm.Start", "-"]
        |                               ^^^
    "#);
    assert_snapshot!(full_fault("action = \"ask\"", "action = \"deny\""), @r#"
    error[H0004]: `action` is `ask` or `allow`; what no flow names is denied
       --> recipe/halite.toml:152:10
        |
    152 | action = "deny"
        |          ^^^^^^
    "#);
    assert_snapshot!(full_fault("reason = \"Scans come from the scanner at sys-usb\"\n", ""), @r"
    error[H0003]: [flow.scans] lacks the key `reason`
       --> recipe/halite.toml:148:7
        |
    148 | [flow.scans]
        |       ^^^^^
    ");
}

#[test]
fn exceptions() {
    assert_snapshot!(full_fault("code = \"H0114\"", "code = \"H114\""), @r#"
    error[H0004]: a check's code is `H` and four digits, such as `H0302`
       --> recipe/halite.toml:156:8
        |
    156 | code = "H114"
        |        ^^^^^^
    "#);
    assert_snapshot!(full_fault("code = \"H0114\"", "code = \"0114\""), @r#"
    error[H0004]: a check's code begins with `H`, such as `H0302`
       --> recipe/halite.toml:156:8
        |
    156 | code = "0114"
        |        ^^^^^^
    "#);
    assert_snapshot!(full_fault("code = \"H0114\"", "code = \"H01145\""), @r#"
    error[H0004]: a check's code is `H` and four digits, such as `H0302`
       --> recipe/halite.toml:156:8
        |
    156 | code = "H01145"
        |        ^^^^^^^^
    "#);
    assert_snapshot!(full_fault("code = \"H0114\"", "code = \"H0a14\""), @r#"
    error[H0004]: a check's code is `H` and four digits, such as `H0302`
       --> recipe/halite.toml:156:8
        |
    156 | code = "H0a14"
        |        ^^^^^^^
    "#);
    assert_snapshot!(full_fault("qube = \"work-vpn\"", "qube = \"work-vpn\"\nidentity = \"work\""), @r"
    error[H0006]: [exception.office] is about one thing: an `identity`, a `template` or a `qube`
       --> recipe/halite.toml:155:12
        |
    155 | [exception.office]
        |            ^^^^^^
    ");
    assert_snapshot!(full_fault("qube = \"work-vpn\"", "qube = \"work-vnp\""), @r#"
    error[H0005]: there is no qube `work-vnp` in this recipe
       --> recipe/halite.toml:157:8
        |
    157 | qube = "work-vnp"
        |        ^^^^^^^^^^
        |
        = help: did you mean `work-vpn`?
    "#);
    assert_snapshot!(full_fault("qube = \"work-vpn\"", "template = \"nothing\""), @r#"
    error[H0005]: there is no template `nothing` in this recipe
       --> recipe/halite.toml:157:12
        |
    157 | template = "nothing"
        |            ^^^^^^^^^
        |
        = help: declare it: `[template.nothing]`
    "#);
    assert_snapshot!(full_fault("qube = \"work-vpn\"", "identity = \"works\""), @r#"
    error[H0005]: there is no identity `works` in this recipe
       --> recipe/halite.toml:157:12
        |
    157 | identity = "works"
        |            ^^^^^^^
        |
        = help: did you mean `work`?
    "#);
}

#[test]
fn keyboards_and_sound() {
    assert_snapshot!(full_fault("keyboard = \"dom0\"", "keyboard = \"de\""), @r#"
    error[H0004]: a keyboard is `dom0`, or `LAYOUT+VARIANT+OPTIONS` as Qubes spells it, such as `us++`
      --> recipe/halite.toml:65:12
       |
    65 | keyboard = "de"
       |            ^^^^
    "#);
    assert_snapshot!(full_fault("audio = true", "audio = \"no\""), @r#"
    error[H0004]: `audio` is `true` or `false`, not a string
      --> recipe/halite.toml:66:9
       |
    66 | audio = "no"
       |         ^^^^
    "#);
}

fn with(line: &str) -> String {
    fault("template = \"debian\"", &format!("template = \"debian\"\n{line}"))
}

#[test]
fn prefs_that_are_said_elsewhere() {
    for (pref, instead) in [
        ("netvm", "it follows from the identity, or from `upstream`"),
        ("default_dispvm", "say `disposables`"),
        ("provides_network", "gateways and VPN qubes have it"),
        ("template_for_dispvms", "declare it as `[disposable.QUBE]`"),
        ("memory", "say `memory` beside it"),
        ("maxmem", "say `maxmem` beside it"),
        ("label", "say `label` beside it"),
        ("template", "say `template` beside it"),
        ("keyboard_layout", "say `keyboard` in the identity"),
    ] {
        let drawn = with(&format!("prefs = {{ {pref} = \"x\" }}"));
        assert!(drawn.starts_with(&format!("error[H0006]: `{pref}` is not set in `prefs`\n")), "{drawn}");
        assert!(drawn.ends_with(&format!(" = help: {instead}")), "{drawn}");
    }
}

#[test]
fn settings_of_the_wrong_kind() {
    assert_snapshot!(with("prefs = { vcpus = 1.5 }"), @r"
    error[H0004]: `vcpus` is a string, a number, `true` or `false`, not a fraction
      --> recipe/halite.toml:38:19
       |
    38 | prefs = { vcpus = 1.5 }
       |                   ^^^
    ");
    assert_snapshot!(with("prefs = { vcpus = -1 }"), @r"
    error[H0004]: `vcpus` lies between 0 and 4294967295
      --> recipe/halite.toml:38:19
       |
    38 | prefs = { vcpus = -1 }
       |                   ^^
    ");
    assert_snapshot!(with("prefs = { audiovm = \"-\" }"), @r#"
    error[H0004]: a qube's name begins with a letter
      --> recipe/halite.toml:38:21
       |
    38 | prefs = { audiovm = "-" }
       |                     ^^^
    "#);
    assert_snapshot!(with("prefs = { Vcpus = 1 }"), @r"
    error[H0004]: a property's name begins with a lower-case letter
      --> recipe/halite.toml:38:11
       |
    38 | prefs = { Vcpus = 1 }
       |           ^^^^^
       |
       = help: did you mean `vcpus`?
    ");
    assert_snapshot!(with("prefs = [\"vcpus\"]"), @r#"
    error[H0004]: `prefs` is a table, not a list
      --> recipe/halite.toml:38:9
       |
    38 | prefs = ["vcpus"]
       |         ^^^^^^^^^
    "#);
    assert_snapshot!(with("prefs = { va-r = 1 }"), @r"
    error[H0004]: a property's name has only lower-case letters, digits and `_`
      --> recipe/halite.toml:38:11
       |
    38 | prefs = { va-r = 1 }
       |           ^^^^
    ");
    assert_snapshot!(with("prefs = { -a = 1 }"), @r"
    error[H0004]: a property's name begins with a lower-case letter
      --> recipe/halite.toml:38:11
       |
    38 | prefs = { -a = 1 }
       |           ^^
    ");
    assert_snapshot!(with(&format!("prefs = {{ {} = 1 }}", "a".repeat(41))), @r"
    error[H0004]: a property's name has at most 40 characters
      --> recipe/halite.toml:38:11
       |
    38 | prefs = { aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1 }
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(with("tags = [\"a b\", \"!\"]"), @r#"
    error[H0004]: a tag has only letters, digits, `-` and `_`
      --> recipe/halite.toml:38:9
       |
    38 | tags = ["a b", "!"]
       |         ^^^^^

    error[H0004]: a tag begins with a letter, a digit, `-` or `_`
      --> recipe/halite.toml:38:16
       |
    38 | tags = ["a b", "!"]
       |                ^^^
    "#);
    assert_snapshot!(with(&format!("tags = [\"{}\"]", "a".repeat(65))), @r#"
    error[H0004]: a tag has at most 64 characters
      --> recipe/halite.toml:38:9
       |
    38 | tags = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(with("tags = [\"halite-identity-quiet\"]"), @r#"
    error[H0006]: the tag `halite-identity-quiet` is halite's own: policy is written for it
      --> recipe/halite.toml:38:9
       |
    38 | tags = ["halite-identity-quiet"]
       |         ^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(with("features = { \"-x\" = true, \"x/y\" = true }"), @r#"
    error[H0004]: a feature's name begins with a letter or a digit
      --> recipe/halite.toml:38:14
       |
    38 | features = { "-x" = true, "x/y" = true }
       |              ^^^^

    error[H0004]: a feature's name has only letters, digits, `-`, `_` and `.`
      --> recipe/halite.toml:38:27
       |
    38 | features = { "-x" = true, "x/y" = true }
       |                           ^^^^^
    "#);
    assert_snapshot!(with(&format!("features = {{ {} = true }}", "a".repeat(129))), @r"
    error[H0004]: a feature's name has at most 128 characters
      --> recipe/halite.toml:38:14
       |
    38 | ... { aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = ...
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(with(&format!("services = {{ {} = true }}", "a".repeat(49))), @r"
    error[H0004]: a service's name has at most 48 characters
      --> recipe/halite.toml:38:14
       |
    38 | services = { aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = true }
       |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(with("services = { \"-x\" = true, \"x/y\" = true }"), @r#"
    error[H0004]: a service's name begins with a letter or a digit
      --> recipe/halite.toml:38:14
       |
    38 | services = { "-x" = true, "x/y" = true }
       |              ^^^^

    error[H0004]: a service's name has only letters, digits, `-`, `_` and `.`
      --> recipe/halite.toml:38:27
       |
    38 | services = { "-x" = true, "x/y" = true }
       |                           ^^^^^
    "#);
    assert_snapshot!(with("services = { cups = \"1\" }"), @r#"
    error[H0004]: each of `services` is `true` or `false`
      --> recipe/halite.toml:38:21
       |
    38 | services = { cups = "1" }
       |                     ^^^
    "#);
    assert_snapshot!(with("services = { cups = true }\nfeatures = { \"service.cups\" = false }"), @r"
    error[H0006]: the feature `service.cups` is said twice
      --> recipe/halite.toml:38:14
       |
    38 | services = { cups = true }
       |              ^^^^
    ");
    assert_snapshot!(with("\"r4.2\" = { label = \"red\" }"), @r#"
    error[H0002]: [r4.2] has no key `label`
      --> recipe/halite.toml:38:12
       |
    38 | "r4.2" = { label = "red" }
       |            ^^^^^
       |
       = help: expected one of `features`, `prefs`, `services`, `tags`
    "#);
    assert_snapshot!(with("\"r4.2\" = 3"), @r#"
    error[H0004]: `r4.2` is a table, not a whole number
      --> recipe/halite.toml:38:10
       |
    38 | "r4.2" = 3
       |          ^
    "#);
}

/// A table of a release that the recipe is not for is read all the same.
#[test]
fn settings_of_other_releases() {
    let sandbox = Sandbox::new();
    let recipe = |line: &str| edited(&[("template = \"debian\"", &format!("template = \"debian\"\n{line}"))]);
    sandbox.write("recipe/halite.toml", recipe("\"r4.2\" = { tags = [\"old\"] }\n\"r4.3\" = { tags = [\"new\"] }"));
    let id = sandbox.halite("build recipe").succeeds().stdout;
    let shown = sandbox.halite("show --json").argument(id.trim()).succeeds().json();
    let tags = shown["manifest"]["desired"]["qubes"]["loud"]["tags"].to_string();
    assert!(tags.contains("\"new\"") && !tags.contains("\"old\""), "{tags}");
}

#[test]
fn rules_of_firewalls() {
    let rule = |rule: &str| with(&format!("firewall = [\"{rule}\"]"));
    assert_snapshot!(rule("accept"), @r#"
    error[H0004]: `accept` is no option of a firewall's rule; they are `action`, `dsthost`, `proto`, `specialtarget`, `dstports` and `icmptype`
      --> recipe/halite.toml:38:13
       |
    38 | firewall = ["accept"]
       |             ^^^^^^^^
    "#);
    assert_snapshot!(rule("proto=tcp"), @r#"
    error[H0004]: a rule says `action=accept` or `action=drop`
      --> recipe/halite.toml:38:13
       |
    38 | firewall = ["proto=tcp"]
       |             ^^^^^^^^^^^
    "#);
    assert_snapshot!(rule("action=allow"), @r#"
    error[H0004]: `action` cannot be `allow`
      --> recipe/halite.toml:38:13
       |
    38 | firewall = ["action=allow"]
       |             ^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(rule("action=accept dsthost=192.0.2.1 dst4=192.0.2.2"), @r#"
    error[H0004]: `dsthost` is said twice
      --> recipe/halite.toml:38:13
       |
    38 | firewall = ["action=accept dsthost=192.0.2.1 dst4=192.0.2.2"]
       |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(rule("action=accept dstports=443"), @r#"
    error[H0004]: `dstports` needs `proto=tcp` or `proto=udp`
      --> recipe/halite.toml:38:13
       |
    38 | firewall = ["action=accept dstports=443"]
       |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(rule("action=accept proto=tcp icmptype=8"), @r#"
    error[H0004]: `icmptype` needs `proto=icmp`
      --> recipe/halite.toml:38:13
       |
    38 | firewall = ["action=accept proto=tcp icmptype=8"]
       |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(with("firewall = \"action=drop\""), @r#"
    error[H0004]: `firewall` is a list of strings, not a string
      --> recipe/halite.toml:38:12
       |
    38 | firewall = "action=drop"
       |            ^^^^^^^^^^^^^
    "#);
}

#[test]
fn what_is_sensitive_is_said_when_it_is_built() {
    let sandbox = Sandbox::new();
    let gateway = "[gateway.quiet-gateway]";
    let bridges = format!("{gateway}\nbridges = [\"192.0.2.1:443\"]\nsensitive = true");
    let files = "template = \"debian\"\nfiles = { \"/rw/key\" = { source = \"key\", sensitive = true } }";
    sandbox.write("recipe/halite.toml", edited(&[(gateway, &bridges), ("template = \"debian\"", files)]));
    sandbox.write("recipe/key", "secret\n");
    assert_snapshot!(support::without_ids(&sandbox.halite("build recipe").transcript()), @r"
    | [ID]
    ! built sample r4.3, serial 1: 2 identities, 4 qubes, 1 template
    ! sensitive, and in clear in the bundle: `/rw/key` of `loud`
    ! sensitive, and in clear in the bundle: `/usr/local/etc/torrc.d/50_user.conf` of `quiet-gateway`
    ! store/[ID].halite
    exit code 0
    ");
}

/// All that its template has, but for what it says itself; and none of what only templates of disposables have.
#[test]
fn what_a_disposable_with_a_name_becomes() {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", FULL);
    let id = sandbox.halite("build recipe").succeeds().stdout;
    let shown = sandbox.halite("show --json").argument(id.trim()).succeeds().json();
    let qubes = &shown["manifest"]["desired"]["qubes"];
    let (once, template) = (&qubes["press-once"], &qubes["press-dvm"]);
    let mut wanted = template.clone();
    wanted.as_object_mut().unwrap().remove("files").expect("the file that names its gateway");
    wanted["prefs"].as_object_mut().unwrap().remove("template_for_dispvms").unwrap();
    wanted["features"].as_object_mut().unwrap().remove("appmenus-dispvm").unwrap();
    wanted["role"] = "workstation".into();
    wanted["class"] = "DispVM".into();
    wanted["template"] = "press-dvm".into();
    wanted["label"] = "purple".into();
    wanted["prefs"]["maxmem"]["int"] = 2000.into();
    wanted["features"]["x-note"] = "once".into();
    assert_eq!(*once, wanted);
    let policy = sandbox.halite("show").argument(id.trim()).argument("--file").argument("policy/32-halite.policy").succeeds();
    assert!(!policy.stdout.contains("press-once"), "it is its identity's by its tags");
}

/// The rules that these tables can break.
#[test]
fn rules() {
    assert_snapshot!(full_fault("updates = \"sys-whonix\"", "updates = \"press-gateway\""), @r#"
    error[H0210]: the bundle: templates are updated through `press-gateway`, which is a gateway of identity `press`
     --> recipe/halite.toml:9:11
      |
    9 | updates = "press-gateway"
      |           ^^^^^^^^^^^^^^^
      |
      = help: name a gateway that dom0 has and no identity uses, such as `sys-whonix`
    "#);
    assert_snapshot!(full_fault("updates = \"sys-whonix\"", "updates = \"work-gateway\""), @r#"
    error[H0210]: identity `work`: its gateway `work-gateway` is the one that templates are updated through
      --> recipe/halite.toml:62:11
       |
    62 | gateway = "work-gateway"
       |           ^^^^^^^^^^^^^^
       |
       = help: declare a gateway of its own for the identity
    "#);
    assert_snapshot!(full_fault("[workstation.remote]\nidentity = \"remote\"\ntemplate = \"remote\"", "[workstation.remote]\nidentity = \"remote\"\ntemplate = \"debian\""), @r#"
    error[H0213]: qube `remote`: its template `debian-13-xfce` is updated in clear
       --> recipe/halite.toml:119:12
        |
    119 | template = "debian"
        |            ^^^^^^^^
        |
        = help: declare a template of the recipe with that base, and use it

    error[H0306]: qube `remote`: it is a workstation in mode 2 on `debian-13-xfce`, which is no Whonix workstation
       --> recipe/halite.toml:119:12
        |
    119 | template = "debian"
        |            ^^^^^^^^
    "#);
    assert_snapshot!(full_fault("memory = 16000", "memory = 2000"), @r"
    error[H0111]: identity `press`: its qubes start with 2900 MiB together, and the computer has 2000 MiB for qubes
      --> recipe/halite.toml:13:11
       |
     8 | memory = 2000
       |          ---- the other one
    ...
    13 | [identity.press]
       |           ^^^^^
    ");
    assert_snapshot!(full_fault("configuration = \"second\"", "configuration = \"first\""), @r#"
    error[H0303]: qube `work-vpn`: its VPN `first` is also that of `press-vpn`
      --> recipe/halite.toml:73:17
       |
    24 | configuration = "first"
       |                 ------- the other one
    ...
    73 | configuration = "first"
       |                 ^^^^^^^
    "#);
    assert_snapshot!(full_fault("features.x-note = \"once\"", "features.x-halite-made = true"), @r"
    error[H0106]: qube `press-once`: the feature `x-halite-made` is what halite itself keeps qubes safe with
      --> recipe/halite.toml:45:19
       |
    45 | [named-disposable.press-once]
       |                   ^^^^^^^^^^
    ");
    assert_snapshot!(full_fault("features.x-note = \"once\"", "prefs = { netvn = \"none\" }"), @r"
    error[H0105]: qube `press-once`: `netvn` is not a property that a bundle may set
      --> recipe/halite.toml:45:19
       |
    45 | [named-disposable.press-once]
       |                   ^^^^^^^^^^
    ");
    assert_snapshot!(full_fault("to = \"work\"", "to = \"dom0\""), @r"
    error[H0113]: flow `scans`: dom0 takes part in no flow
       --> recipe/halite.toml:148:7
        |
    148 | [flow.scans]
        |       ^^^^^
    ");
    assert_snapshot!(full_fault("code = \"H0114\"", "code = \"H0201\""), @r"
    warning[H0114]: qube `work-vpn`: it has firewall rules, which the Whonix gateway `work-gateway` does not enforce
      --> recipe/halite.toml:71:6
       |
    71 | [vpn.work-vpn]
       |      ^^^^^^^^

    error[H0601]: exception `office`: H0201 has no exceptions: in modes 1 to 3, every qube reaches the network through its identity's own gateway alone
       --> recipe/halite.toml:155:12
        |
    155 | [exception.office]
        |            ^^^^^^
    ");
}
