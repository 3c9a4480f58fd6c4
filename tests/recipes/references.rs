//! Names that nothing has, and things that exclude each other.

use crate::*;

#[test]
fn names_that_nothing_has() {
    assert_snapshot!(fault("gateway = \"quiet-gateway\"", "gateway = \"quiet-gatewy\""), @r#"
    error[H0005]: there is no gateway `quiet-gatewy` in this recipe
      --> recipe/halite.toml:11:11
       |
    11 | gateway = "quiet-gatewy"
       |           ^^^^^^^^^^^^^^
       |
       = help: did you mean `quiet-gateway`?

    error[H0005]: no identity has the gateway `quiet-gateway`
      --> recipe/halite.toml:15:10
       |
    15 | [gateway.quiet-gateway]
       |          ^^^^^^^^^^^^^
       |
       = help: say `gateway = "quiet-gateway"` in the identity that it is for, or leave it out
    "#);
    assert_snapshot!(fault("identity = \"loud\"", "identity = \"lout\""), @r#"
    error[H0005]: there is no identity `lout` in this recipe
      --> recipe/halite.toml:36:12
       |
    36 | identity = "lout"
       |            ^^^^^^
       |
       = help: did you mean `loud`?
    "#);
    assert_snapshot!(fault("identity = \"loud\"", "identity = \"somebody-else\""), @r#"
    error[H0005]: there is no identity `somebody-else` in this recipe
      --> recipe/halite.toml:36:12
       |
    36 | identity = "somebody-else"
       |            ^^^^^^^^^^^^^^^
       |
       = help: declare it: `[identity.somebody-else]`
    "#);
    assert_snapshot!(fault("disposables = \"quiet-dvm\"", "disposables = \"quiet-dmv\""), @r#"
    error[H0005]: there is no disposable `quiet-dmv` in this recipe
      --> recipe/halite.toml:21:15
       |
    21 | disposables = "quiet-dmv"
       |               ^^^^^^^^^^^
       |
       = help: did you mean `quiet-dvm`?
    "#);
    assert_snapshot!(fault("[identity.loud]", "[gateway.lonely]\nupstream = \"sys-firewall\"\n[identity.loud]"), @r#"
    error[H0005]: no identity has the gateway `lonely`
      --> recipe/halite.toml:31:10
       |
    31 | [gateway.lonely]
       |          ^^^^^^
       |
       = help: say `gateway = "lonely"` in the identity that it is for, or leave it out
    "#);
}

/// Qubes tells capitals from small letters.
#[test]
fn names_in_other_letters() {
    assert_snapshot!(fault("disposables = \"quiet-dvm\"", "disposables = \"QUIET-DVM\""), @r#"
    error[H0005]: there is no disposable `QUIET-DVM` in this recipe
      --> recipe/halite.toml:21:15
       |
    21 | disposables = "QUIET-DVM"
       |               ^^^^^^^^^^^
       |
       = help: did you mean `quiet-dvm`? upper and lower case differ
    "#);
    assert_snapshot!(fault("identity = \"loud\"", "identity = \"LOUD\""), @r#"
    error[H0004]: a handle begins with a lower-case letter
      --> recipe/halite.toml:36:12
       |
    36 | identity = "LOUD"
       |            ^^^^^^
       |
       = help: did you mean `loud`?
    "#);
    assert_snapshot!(fault("template = \"debian\"", "template = \"DEBIAN\""), @r#"
    error[H0005]: there is no template `DEBIAN`
      --> recipe/halite.toml:37:12
       |
    37 | template = "DEBIAN"
       |            ^^^^^^^^
       |
       = help: did you mean `debian`? upper and lower case differ
    "#);
}

/// A template is one of the recipe's, or a stock one; the nearest of both is what may have been meant.
#[test]
fn templates_that_there_are_not() {
    let template = |name: &str| fault("template = \"debian\"", &format!("template = \"{name}\""));
    assert_snapshot!(template("quite"), @r#"
    error[H0005]: there is no template `quite` in this recipe
      --> recipe/halite.toml:37:12
       |
    37 | template = "quite"
       |            ^^^^^^^
       |
       = help: did you mean `quiet`?
    "#);
    assert_snapshot!(template("debain"), @r#"
    error[H0005]: there is no template `debain` in this recipe
      --> recipe/halite.toml:37:12
       |
    37 | template = "debain"
       |            ^^^^^^^^
       |
       = help: did you mean `debian`?
    "#);
    assert_snapshot!(template("whonix-worksation"), @r#"
    error[H0005]: there is no template `whonix-worksation`
      --> recipe/halite.toml:37:12
       |
    37 | template = "whonix-worksation"
       |            ^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `whonix-workstation`?
    "#);
    assert_snapshot!(template("gentoo"), @r#"
    error[H0005]: there is no template `gentoo` in this recipe
      --> recipe/halite.toml:37:12
       |
    37 | template = "gentoo"
       |            ^^^^^^^^
       |
       = help: declare it: `[template.gentoo]`
    "#);
    assert_snapshot!(template("debian-13-xfce"), @r#"
    error[H0005]: there is no template `debian-13-xfce`
      --> recipe/halite.toml:37:12
       |
    37 | template = "debian-13-xfce"
       |            ^^^^^^^^^^^^^^^^
       |
       = help: declare it, `[template.NAME]`, or say one of debian, fedora, whonix-gateway, whonix-workstation
    "#);
}

#[test]
fn identities_and_their_way_to_the_network() {
    let clear = "mode = 4\nupstream = \"sys-firewall\"";
    assert_snapshot!(fault(clear, "mode = 4\ngateway = \"quiet-gateway\""), @r#"
    error[H0006]: mode 4 does not go through Tor; say `upstream` in place of `gateway`
      --> recipe/halite.toml:33:11
       |
    33 | gateway = "quiet-gateway"
       |           ^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(fault("mode = 1\ngateway = \"quiet-gateway\"", "mode = 1\nupstream = \"sys-firewall\""), @r#"
    error[H0006]: mode 1 goes through Tor; say `gateway`, and the `upstream` at the gateway
      --> recipe/halite.toml:11:12
       |
    11 | upstream = "sys-firewall"
       |            ^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(fault("mode = 4", "mode = 4\ngateway = \"quiet-gateway\""), @r#"
    error[H0006]: an identity has a `gateway` or an `upstream`, not both
      --> recipe/halite.toml:34:12
       |
    34 | upstream = "sys-firewall"
       |            ^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(fault(clear, "mode = 2\ngateway = \"quiet-gateway\""), @r#"
    error[H0006]: `quiet-gateway` is already the gateway of identity `loud`
      --> recipe/halite.toml:11:11
       |
    11 | gateway = "quiet-gateway"
       |           ^^^^^^^^^^^^^^^
    ...
    33 | gateway = "quiet-gateway"
       |           --------------- the other one
       |
       = help: two identities behind one gateway could be linked by it; give this one a gateway of its own
    "#);
    assert_snapshot!(fault("upstream = \"sys-firewall\"", "upstream = \"loud\""), @r#"
    error[H0006]: `loud` is a qube of this recipe, and no way out
      --> recipe/halite.toml:16:12
       |
    16 | upstream = "loud"
       |            ^^^^^^
       |
       = help: an upstream is a qube that dom0 already has, such as `sys-firewall`, or a VPN qube
    "#);
    assert_snapshot!(fault("upstream = \"sys-firewall\"", "upstream = \"quiet-gateway\""), @r#"
    error[H0006]: `quiet-gateway` is a qube of this recipe, and no way out
      --> recipe/halite.toml:16:12
       |
    16 | upstream = "quiet-gateway"
       |            ^^^^^^^^^^^^^^^
       |
       = help: an upstream is a qube that dom0 already has, such as `sys-firewall`, or a VPN qube
    "#);
    assert_snapshot!(fault(clear, "mode = 4\nupstream = \"quiet-gateway\""), @r#"
    error[H0006]: `quiet-gateway` is a qube of this recipe, and no way out
      --> recipe/halite.toml:33:12
       |
    33 | upstream = "quiet-gateway"
       |            ^^^^^^^^^^^^^^^
       |
       = help: an upstream is a qube that dom0 already has, such as `sys-firewall`, or a VPN qube
    "#);
}

#[test]
fn one_name_for_two_qubes() {
    let second = "[disposable.loud]\nidentity = \"quiet\"\ntemplate = \"quiet\"\n[disposable.quiet-dvm]";
    assert_snapshot!(fault("[disposable.quiet-dvm]", second), @r"
    error[H0006]: there is already a qube `loud`
      --> recipe/halite.toml:23:13
       |
    23 | [disposable.loud]
       |             ^^^^
    ...
    38 | [workstation.loud]
       |              ---- the other one
    ");
}

/// Places that are far from each other are drawn one by one.
#[test]
fn two_places_that_are_far_from_each_other() {
    let second = format!("{}[disposable.loud]\nidentity = \"quiet\"\ntemplate = \"quiet\"\n", "\n".repeat(1000));
    assert_snapshot!(refused(format!("{RECIPE}\n{second}")), @r"
    error[H0006]: there is already a qube `loud`
        --> recipe/halite.toml:1039:13
         |
    1039 | [disposable.loud]
         |             ^^^^
         |
        ::: recipe/halite.toml:35:14
         |
      35 | [workstation.loud]
         |              ---- the other one
    ");
}

/// Files that halite writes itself.
#[test]
fn files_that_are_not_the_recipes_to_write() {
    let sandbox = Sandbox::new();
    let gateway = "[gateway.quiet-gateway]";
    let bridges = "bridges = [\"192.0.2.1:443\"]\nfiles = { \"/usr/local/etc/torrc.d/50_user.conf\" = \"a\" }";
    sandbox.write("recipe/halite.toml", edited(&[(gateway, &format!("{gateway}\n{bridges}"))]));
    sandbox.write("recipe/a", "a");
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0006]: `/usr/local/etc/torrc.d/50_user.conf` is written by halite itself: the bridges of this gateway are written there
      --> recipe/halite.toml:17:11
       |
    17 | files = { "/usr/local/etc/torrc.d/50_user.conf" = "a" }
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    let disposable = "[disposable.quiet-dvm]";
    let own = "files = { \"/usr/local/etc/sdwdate-gui.d/50_user.conf\" = { source = \"a\" } }";
    sandbox.write("recipe/halite.toml", edited(&[(disposable, &format!("{disposable}\n{own}"))]));
    assert_snapshot!(drawn(&sandbox, "recipe"), @r#"
    error[H0006]: `/usr/local/etc/sdwdate-gui.d/50_user.conf` is written by halite itself: the gateway's name is written there
      --> recipe/halite.toml:24:11
       |
    24 | files = { "/usr/local/etc/sdwdate-gui.d/50_user.conf" = { source = "a" } }
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}
