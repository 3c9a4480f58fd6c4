//! How each code looks where it is drawn in a recipe: what the first mutant of a shipped recipe brings about. Codes that recipes bring about
//! as they are written are drawn in tests/recipes.

use std::collections::BTreeMap;

use halite::check::Code;
use halite::model::Release;
use halite::recipe;
use insta::assert_snapshot;

use crate::mutants::{Subject, recipes};

#[test]
fn each_code_is_drawn() {
    let mut drawn: BTreeMap<Code, String> = BTreeMap::new();
    for folder in recipes() {
        let source = recipe::load(&folder).unwrap();
        for (code, findings) in Subject::of(&folder, Release::R4_3).found_by_code() {
            let text = source.found(findings.into_iter().take(1).collect()).draw(false);
            // Whoever runs this has the recipes somewhere.
            let text = text.replace(&format!("{}/", env!("CARGO_MANIFEST_DIR")), "");
            drawn.entry(code).or_insert(text);
        }
    }
    assert_snapshot!(drawn.into_values().collect::<Vec<_>>().join("\n"), @r#"
    error[H0102]: qube `mode1`: its template `h-mutant-00000000` is not in the bundle
      --> recipes/anonymity-modes/halite.toml:39:12
       |
    39 | template = "mode1"
       |            ^^^^^^^


    error[H0103]: qube `mode1`: its netvm `mode1-gateway` does not provide network
      --> recipes/anonymity-modes/halite.toml:28:11
       |
    28 | gateway = "mode1-gateway"
       |           ^^^^^^^^^^^^^^^
       |
       = help: a netvm is a qube that provides network, such as `sys-firewall`


    error[H0104]: qube `mode1`: its network path leads back to itself: mode1 → mode1-gateway → mode1
      --> recipes/anonymity-modes/halite.toml:28:11
       |
    28 | gateway = "mode1-gateway"
       |           ^^^^^^^^^^^^^^^


    error[H0105]: qube `mode1`: `xid` is not a property that a bundle may set
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0106]: qube `mode1`: the tag `created-by-mutant` is Qubes' own
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0108]: qube `mode1`: memory is 5000 MiB and maxmem, the most that it gets, 4000 MiB
      --> recipes/anonymity-modes/halite.toml:41:10
       |
    41 | memory = 1500
       |          ^^^^


    error[H0109]: template `h-mutant-00000000`: its name is not `h-STEM-` and the hash of its base, packages and files
     --> recipes/anonymity-modes/halite.toml:1:1
      |
    1 | # The four anonymity modes of Whonix, with the applications that people use in them.
      | ^


    error[H0110]: qube `mode1`: `/etc/mutant` would be gone with the next start
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^
       |
       = help: a qube keeps what is below /rw, /home and /usr/local; what lies elsewhere belongs into its template


    error[H0111]: identity `mode1`: its qubes start with 4000 MiB together, and the computer has 100 MiB for qubes
      --> recipes/anonymity-modes/halite.toml:26:11
       |
     1 | # The four anonymity modes of Whonix, with the applications that people use in them.
       | - the other one
    ...
    26 | [identity.mode1]
       |           ^^^^^


    error[H0113]: flow `mutant`: both ends belong to identity `mode1`
     --> recipes/anonymity-modes/halite.toml:1:1
      |
    1 | # The four anonymity modes of Whonix, with the applications that people use in them.
      | ^


    warning[H0114]: qube `mode1`: it has firewall rules, which the Whonix gateway `mode1-gateway` does not enforce
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0201]: qube `mode1`: its netvm `sys-firewall` is not a gateway of identity `mode1`
      --> recipes/anonymity-modes/halite.toml:28:11
       |
    28 | gateway = "mode1-gateway"
       |           ^^^^^^^^^^^^^^^


    error[H0202]: qube `mode1`: its netvm is left to the global default, which is in clear
      --> recipes/anonymity-modes/halite.toml:28:11
       |
    28 | gateway = "mode1-gateway"
       |           ^^^^^^^^^^^^^^^


    error[H0203]: qube `mode1-gateway`: it is a gateway behind the gateway `mode2-gateway`: Tor over Tor
      --> recipes/anonymity-modes/halite.toml:34:12
       |
    34 | upstream = "sys-firewall"
       |            ^^^^^^^^^^^^^^
       |
       = help: behind a gateway comes a qube in clear, such as `sys-firewall`


    error[H0204]: qube `mode1`: its default_dispvm is left to the global default, whose disposables are in clear
      --> recipes/anonymity-modes/halite.toml:43:15
       |
    43 | disposables = "mode1-dvm"
       |               ^^^^^^^^^^^
       |
       = help: name a disposable template of its own identity, or none


    error[H0205]: qube `mode1`: the tag `anon-vm` is missing, which qubes on `whonix-workstation-18` need
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0206]: qube `mode1`: the tag `halite-isolated` is missing
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0207]: qube `mode1-gateway`: its netvm `mode2` is a workstation of the bundle
      --> recipes/anonymity-modes/halite.toml:34:12
       |
    34 | upstream = "sys-firewall"
       |            ^^^^^^^^^^^^^^
       |
       = help: behind a gateway comes a qube in clear, such as `sys-firewall`


    error[H0208]: qube `mode1-gateway`: it is a gateway on `debian-13-xfce`, which is no Whonix gateway, and would lead everything into the clearnet
      --> recipes/anonymity-modes/halite.toml:33:10
       |
    33 | [gateway.mode1-gateway]
       |          ^^^^^^^^^^^^^
       |
       = help: a gateway is on `whonix-gateway`, or on a template that is cloned from it


    error[H0209]: qube `birch-vault`: it is a vault, and its netvm is `sys-firewall`
      --> recipes/journalist/halite.toml:84:11
       |
    84 | gateway = "birch-gateway"
       |           ^^^^^^^^^^^^^^^


    error[H0210]: the bundle: templates are updated through `mode1-gateway`, which is a gateway of identity `mode1`
      --> recipes/anonymity-modes/halite.toml:16:1
       |
    16 | [bundle]
       | ^^^^^^^^
       |
       = help: name a gateway that dom0 has and no identity uses, such as `sys-whonix`


    error[H0211]: qube `mode1`: it lacks `/usr/local/etc/sdwdate-gui.d/50_user.conf`, which would name its gateway `mode1-gateway`
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0212]: qube `mode4`: its netvm `sys-whonix` is a Tor gateway, and identity `mode4` is in clear
       --> recipes/anonymity-modes/halite.toml:146:12
        |
    146 | upstream = "sys-firewall"
        |            ^^^^^^^^^^^^^^


    error[H0213]: template `h-mode1-4c62788c`: an identity over Tor uses it, and the tag `halite-over-tor` is missing
      --> recipes/anonymity-modes/halite.toml:57:11
       |
    57 | [template.mode1]
       |           ^^^^^


    error[H0214]: the bundle: it says no gateway that templates are updated through, and has identities over Tor
      --> recipes/anonymity-modes/halite.toml:16:1
       |
    16 | [bundle]
       | ^^^^^^^^


    error[H0215]: qube `mode1`: its audiovm is `mode2` of identity `mode2`
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0216]: qube `mode1`: it starts with the computer, before anybody has chosen an identity
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0301]: identity `mode2`: the account `mutant` is also one of identity `mode1`
      --> recipes/anonymity-modes/halite.toml:84:11
       |
    26 | [identity.mode1]
       |           ----- the other one
    ...
    84 | [identity.mode2]
       |           ^^^^^
       |
       = help: an account used in two identities tells its provider that they are one


    error[H0302]: identity `mode3`: it reaches `mutant` in mode 3, and identity `mode1` does so in mode 1
       --> recipes/anonymity-modes/halite.toml:112:11
        |
     26 | [identity.mode1]
        |           ----- the other one
    ...
    112 | [identity.mode3]
        |           ^^^^^


    error[H0303]: qube `outer-vpn`: its VPN `mutant` is also that of `inner-vpn`
       --> recipes/vpn-chains/halite.toml:60:17
        |
     60 | configuration = "provider-a"
        |                 ^^^^^^^^^^^^
    ...
    107 | configuration = "provider-b"
        |                 ------------ the other one


    warning[H0304]: qube `mode2`: its template `h-mode1-4c62788c` serves mode 2, and `mode1` in mode 1, too
      --> recipes/anonymity-modes/halite.toml:97:12
       |
    39 | template = "mode1"
       |            ------- the other one
    ...
    97 | template = "mode2"
       |            ^^^^^^^


    error[H0305]: template `h-mode1-994981ba`: `firefox-esr` is another browser than Tor Browser, and an identity in mode 1 uses the template
      --> recipes/anonymity-modes/halite.toml:57:11
       |
    57 | [template.mode1]
       |           ^^^^^


    error[H0306]: qube `mode1`: it is a workstation in mode 1 on `debian-13-xfce`, which is no Whonix workstation
      --> recipes/anonymity-modes/halite.toml:39:12
       |
    39 | template = "mode1"
       |            ^^^^^^^


    warning[H0307]: qube `mode3`: it is a workstation in mode 3 on `debian-13-xfce`, which is no Whonix workstation
       --> recipes/anonymity-modes/halite.toml:125:12
        |
    125 | template = "mode3"
        |            ^^^^^^^


    warning[H0308]: identity `mode1`: nobody chose which keyboard layout its qubes see; `mode1` sees what dom0 has
      --> recipes/anonymity-modes/halite.toml:26:11
       |
    26 | [identity.mode1]
       |           ^^^^^


    warning[H0309]: identity `mode1`: nobody chose whether its qubes have sound; `mode1` sees what dom0 has
      --> recipes/anonymity-modes/halite.toml:26:11
       |
    26 | [identity.mode1]
       |           ^^^^^


    warning[H0401]: qube `alder-gateway`: its `/usr/local/etc/torrc.d/50_user.conf` is in the bundle as it is, bridges included
      --> recipes/journalist/halite.toml:49:5
       |
    49 |     "obfs4 192.0.2.1:443 0000000000000000000000000000000000000001 cert=YOUR+OWN+BRIDGE+GOES+HERE iat-mode=0",
       |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: whoever has the bundle, or the recipe, can read it; once you have seen to it that nobody does, say `sensitive = true`


    error[H0501]: qube `mode1`: `mode1` may call `mode2` (qubes.Filecopy, allow, 32-halite.policy:1), and there is another such call
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0502]: identity `mode1`: it reaches identity `mode2`, and no flow says so: mode1 → some-vault (qubes.Filecopy, ask, 32-halite.policy:7) → mode2 (qubes.Filecopy, ask, 32-halite.policy:4)
      --> recipes/anonymity-modes/halite.toml:26:11
       |
    26 | [identity.mode1]
       |           ^^^^^
    ...
    84 | [identity.mode2]
       |           ----- the other one


    error[H0503]: flow `mutant-too`: the policy answers qubes.Filecopy with ask, not allow (32-halite.policy:4)
     --> recipes/anonymity-modes/halite.toml:1:1
      |
    1 | # The four anonymity modes of Whonix, with the applications that people use in them.
      | ^


    error[H0504]: qube `mode1`: `mode1` would reach the network through `mode2` (qubes.ConnectTCP, allow, 32-halite.policy:1)
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0505]: qube `mode1`: `mode1` may call `mode2-gateway` (whonix.NewStatus, allow, 32-halite.policy:1)
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0506]: qube `mode1`: `mode1` may call `dom0` (admin.vm.List, allow, 32-halite.policy:1)
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0507]: qube `mode1`: whonix.NewStatus from `mode1` to `mode1-gateway` is denied
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0508]: qube `mode1`: a notification pops up whenever it asks for whonix.NewStatus of `sys-whonix`
      --> recipes/anonymity-modes/halite.toml:37:14
       |
    37 | [workstation.mode1]
       |              ^^^^^


    error[H0509]: template `h-mode1-4c62788c`: it is updated through `sys-net`, not `sys-whonix`
      --> recipes/anonymity-modes/halite.toml:57:11
       |
    57 | [template.mode1]
       |           ^^^^^


    warning[H0510]: identity `mode1`: what it sends may come back to identity `mode2`: mode1 → some-signer (qubes.Gpg, ask, 32-halite.policy:7) → mode2 as an answer (qubes.Gpg, ask, 32-halite.policy:4)
      --> recipes/anonymity-modes/halite.toml:26:11
       |
    26 | [identity.mode1]
       |           ^^^^^
    ...
    84 | [identity.mode2]
       |           ----- the other one


    error[H0601]: exception `mutant`: H0201 has no exceptions: in modes 1 to 3, every qube reaches the network through its identity's own gateway alone
     --> recipes/anonymity-modes/halite.toml:1:1
      |
    1 | # The four anonymity modes of Whonix, with the applications that people use in them.
      | ^


    warning[H0602]: exception `mutant`: there is no finding H0304 at this place
     --> recipes/anonymity-modes/halite.toml:1:1
      |
    1 | # The four anonymity modes of Whonix, with the applications that people use in them.
      | ^
    "#);
}
