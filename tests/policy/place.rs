//! Where the policy and the system are read from, and where they cannot be.

use insta::assert_snapshot;

use super::small;

#[test]
fn directories_mask_each_other_by_the_names_of_files() {
    let sandbox = small("qubes.Filecopy * m1 vault allow\n");
    sandbox.write("run/50-own.policy", "qubes.Filecopy * m1 vault deny\n");
    let count =
        |options: &str| sandbox.halite(&format!("policy graph {options} --system-info system.json --count")).succeeds().stdout;
    assert_eq!(count("--policy-dir policy.d"), "1\n");
    assert_eq!(count("--policy-dir run --policy-dir policy.d"), "0\n");
    assert_eq!(count("--policy-dir policy.d --policy-dir run"), "1\n");
}

#[test]
fn wrong_calls() {
    let sandbox = small("");
    let transcript = |arguments: &str| sandbox.halite(arguments).transcript();
    assert_snapshot!(transcript("policy graph --policy-dir none --system-info system.json"), @r"
    ! error: cannot find `none`: No such file or directory (os error 2)
    ! hint: name a directory with policy files, such as `--policy-dir policy.d`
    exit code 1
    ");
    assert_snapshot!(transcript("policy graph --policy-dir policy.d --system-info policy.d/50-own.policy"), @r#"
    ! error: `policy.d/50-own.policy`: it is no system information: EOF while parsing a value at line 1 column 0
    ! hint: it is what `internal.GetSystemInfo` answers: {"domains": {NAME: {…}}}
    exit code 1
    "#);
    assert_snapshot!(transcript("policy graph --policy-dir policy.d"), @r"
    ! error: no system is named
    ! hint: name a file, with `--system-info FILE`; in dom0, `halite-dom0 policy` asks qubesd by itself
    exit code 2
    ");
    sandbox.write("bad.json", "{\"domains\": {\"a\": {}}}");
    assert_snapshot!(transcript("policy graph --policy-dir policy.d --system-info bad.json"), @r#"
    ! error: `bad.json`: it is no system information: missing field `type` at line 1 column 20
    ! hint: it is what `internal.GetSystemInfo` answers: {"domains": {NAME: {…}}}
    exit code 1
    "#);
}

#[test]
fn nothing_is_assumed_about_a_system() {
    let sandbox = small("");
    assert_snapshot!(sandbox.halite("policy eval --policy-dir policy.d").transcript(), @r"
    ! error: no system is named
    ! hint: name a file, with `--system-info FILE`; in dom0, `halite-dom0 policy` asks qubesd by itself
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("policy lint --policy-dir policy.d --system-info none.json").transcript(), @r"
    ! error: cannot read `none.json`: No such file or directory (os error 2)
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("policy lint --policy-dir system.json").transcript(), @r"
    ! error: cannot read the directory `[DIR]/system.json`: Not a directory (os error 20)
    exit code 1
    ");
}

/// The old directory, and who decides where it is.
#[test]
fn policies_of_old() {
    let sandbox = small("!compat-4.0\n");
    sandbox.write("old/qubes.Filecopy", "$anyvm $anyvm allow\n");
    let count = |options: &str| {
        let arguments = format!("policy graph --policy-dir policy.d --system-info system.json --count {options}");
        sandbox.halite(&arguments).transcript()
    };
    assert_snapshot!(count("--compat-dir old"), @r"
    | 9
    exit code 0
    ");
    assert_snapshot!(count("--compat-dir none"), @r"
    ! error: 50-own.policy:1:1: `[DIR]/none` cannot be included: cannot read the directory `[DIR]/none`: No such file or directory (os error 2)
    ! error: with this, Qubes denies every call of every qube
    exit code 1
    ");
}
