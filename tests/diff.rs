//! What two bundles differ in, told by what it means; dangers first.

#![allow(clippy::disallowed_methods, reason = "a test looks at the files")]

mod support;

use insta::assert_snapshot;
use support::{RECIPE, Run, Sandbox};

/// A sandbox with the sample in `one/`, and what `edit` makes of it in `other/`.
fn edited(edit: impl Fn(String) -> String) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("one/halite.toml", RECIPE);
    sandbox.write("other/halite.toml", edit(RECIPE.to_owned()));
    sandbox
}

/// The sample with this in place of that.
fn with(this: &'static str, that: &'static str) -> impl Fn(String) -> String {
    move |text| {
        assert!(text.contains(this), "{this}");
        text.replacen(this, that, 1)
    }
}

#[track_caller]
fn diff(edit: impl Fn(String) -> String) -> String {
    edited(edit).halite("diff one other").transcript()
}

#[test]
fn the_same_is_the_same() {
    assert_snapshot!(diff(|text| text), @r"
    | from  sample r4.3, serial 1 (one)
    | to    sample r4.3, serial 1 (other)
    |
    | they ask for the same
    exit code 0
    ");
    assert_snapshot!(edited(|text| text).halite("diff one other --json").transcript(), @r#"
    | {
    |   "format": 1,
    |   "from": "sample r4.3, serial 1 (one)",
    |   "to": "sample r4.3, serial 1 (other)",
    |   "changes": []
    | }
    exit code 0
    "#);
}

#[test]
fn settings_of_qubes_and_templates_are_told_one_by_one() {
    assert_snapshot!(diff(|text| {
        let text = with("packages = [\"onionshare\"]", "packages = [\"hexchat\", \"thunderbird\"]")(text);
        let text = with("disposables = \"quiet-dvm\"", "disposables = \"quiet-dvm\"\nmaxmem = 3000\nlabel = \"gray\"")(text);
        with("template = \"debian\"", "template = \"debian\"\nprivate = \"20 GiB\"")(text)
    }), @r#"
    ! error[H0004]: `private` is a whole number, not a string
    !   --> other/halite.toml:40:11
    !    |
    ! 40 | private = "20 GiB"
    !    |           ^^^^^^^^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    "#);
}

#[test]
fn identities_that_come_and_go_are_told_with_their_qubes() {
    let more = "\n[identity.third]\nmode = 4\nupstream = \"sys-firewall\"\n[workstation.third]\nidentity = \"third\"\ntemplate = \"debian\"\n";
    assert_snapshot!(diff(|text| text + more), @r"
    | from  sample r4.3, serial 1 (one)
    | to    sample r4.3, serial 1 (other)
    |
    | + identity third: mode 4
    | + qube third: workstation of identity third, on debian-13-xfce
    exit code 3
    ");
    assert_snapshot!(edited(|text| text + more).halite("diff other one").transcript(), @r"
    | from  sample r4.3, serial 1 (other)
    | to    sample r4.3, serial 1 (one)
    |
    | - identity third: mode 4
    | - qube third: workstation of identity third, on debian-13-xfce
    exit code 3
    ");
}

#[test]
fn what_could_cost_somebody_their_anonymity_comes_first() {
    assert_snapshot!(diff(|text| {
        let flow = "\n[flow.out]\nfrom = \"quiet\"\nto = \"loud\"\nservices = [\"qubes.Filecopy\"]\naction = \"allow\"\nreason = \"It is published there\"\n";
        let text = with("mode = 1\ngateway", "mode = 3\ngateway")(text);
        with("template = \"debian\"", "template = \"debian\"\nlabel = \"gray\"")(text) + flow
    }), @r"
    | from  sample r4.3, serial 1 (one)
    | to    sample r4.3, serial 1 (other)
    |
    | DANGER  ~ identity quiet: mode 1 → mode 3  LESS ANONYMITY
    | DANGER  + flow quiet → loud: qubes.Filecopy, allow  OPENED BETWEEN IDENTITIES
    | ~ qube loud: label: red → gray
    exit code 3
    ");
}

#[test]
fn a_way_out_of_tor_is_told_as_what_it_is() {
    let clear = |text: String| {
        let text = with("mode = 1\ngateway = \"quiet-gateway\"", "mode = 4\nupstream = \"sys-firewall\"")(text);
        let text = with("[gateway.quiet-gateway]\nupstream = \"sys-firewall\"\n", "")(text);
        with("base = \"whonix-workstation\"", "base = \"debian\"")(text)
    };
    assert_snapshot!(diff(clear), @r"
    | from  sample r4.3, serial 1 (one)
    | to    sample r4.3, serial 1 (other)
    |
    | DANGER  ~ identity quiet: mode 1 → mode 4  LESS ANONYMITY
    | DANGER  ~ way quiet: quiet → quiet-gateway → sys-firewall, now quiet → sys-firewall  CLEARNET
    | DANGER  ~ way quiet-dvm: quiet-dvm → quiet-gateway → sys-firewall, now quiet-dvm → sys-firewall  CLEARNET
    | ~ bundle as a whole: updates through: sys-whonix → nothing
    | ~ qube quiet: tags -anon-vm -sdwdate-gui-client; files -/usr/local/etc/sdwdate-gui.d/50_user.conf
    | ~ qube quiet-dvm: tags -anon-vm -sdwdate-gui-client; files -/usr/local/etc/sdwdate-gui.d/50_user.conf
    | - qube quiet-gateway: gateway of identity quiet, on whonix-gateway-18
    | ~ template quiet: base: whonix-workstation-18 → debian-13-xfce; tags -halite-over-tor
    exit code 3
    ");
}

fn dom0<'a>(sandbox: &'a Sandbox, arguments: &str) -> Run<'a> {
    sandbox.halite_dom0(&format!("--simulate dom0 {arguments}"))
}

#[test]
fn generations_and_bundles_are_compared_in_dom0() {
    let sandbox = Sandbox::with_bundle();
    sandbox.write("next/halite.toml", with("serial = 1", "serial = 2")(with("mode = 1", "mode = 2")(RECIPE.to_owned())));
    let id = sandbox.halite("build next --sign author.key").succeeds().stdout;
    dom0(&sandbox, "trust add author.pub --role author").succeeds();
    dom0(&sandbox, "import bundle.halite").succeeds();
    dom0(&sandbox, &format!("import store/{}.halite", id.trim_end())).succeeds();
    let none = dom0(&sandbox, "diff sample@2").exits(1);
    dom0(&sandbox, "switch sample@1").succeeds();
    let against_the_one_in_place = dom0(&sandbox, "diff sample@2").exits(3);
    dom0(&sandbox, "switch sample@2").succeeds();
    let before = sandbox.snapshot();
    let generations = dom0(&sandbox, "diff 1 2 --json").exits(3);
    let bundles = dom0(&sandbox, "diff sample@1 sample@2 --json").exits(3);
    assert_eq!(generations.json()["changes"], bundles.json()["changes"]);
    let elsewhere = sandbox.halite("diff bundle.halite next --json").exits(3);
    assert_eq!(elsewhere.json()["changes"], bundles.json()["changes"], "any machine tells the same");
    dom0(&sandbox, "diff 2").succeeds();
    assert!(before == sandbox.snapshot(), "comparing changes nothing");
    let first = sandbox.halite("show bundle.halite --json").succeeds().json()["id"].as_str().unwrap()[..12].to_owned();
    let shown = |text: String| text.replace(&first, "[FIRST]").replace(&id[..12], "[SECOND]");
    assert_snapshot!(shown(against_the_one_in_place.transcript()), @r"
    | from  generation 1: sample r4.3, serial 1 ([FIRST])
    | to    sample r4.3, serial 2 ([SECOND])
    |
    | DANGER  ~ identity quiet: mode 1 → mode 2  LESS ANONYMITY
    exit code 3
    ");
    assert_snapshot!(none.transcript(), @r"
    ! error: no generation is in place
    ! hint: name what it is to be compared with, too
    exit code 1
    ");
    for wrong in ["9", "nothing", "1234567", "sample@9"] {
        let ended = dom0(&sandbox, &format!("diff {wrong}")).end();
        assert!([1, 2].contains(&ended.code) && ended.stderr.starts_with("error: "), "{wrong}: {}", ended.transcript());
    }
}
