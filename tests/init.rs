//! `halite init`: what it writes is a recipe without faults, and what it must not do.

#![allow(clippy::disallowed_methods, reason = "a test looks at the files")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;
use serde_json::json;
use support::{Ended, Sandbox};

#[test]
fn a_new_recipe() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite("init my-modes --identity first --mode 1 --identity second --mode 4").transcript(), @r"
    | my-modes/halite.toml
    ! new recipe `my-modes`: `first` in mode 1, `second` in mode 4
    ! read it, change what you need, and then:
    !   halite check my-modes
    !   halite build my-modes
    exit code 0
    ");
    assert_snapshot!(sandbox.text("my-modes/halite.toml"), @r#"
    # A recipe for halite. It is data, and all of it, comments included, is packed into the bundle; who an identity really is stands in
    # `labels.toml` beside it, which is never packed. docs/recipes.md describes every key.
    #
    # Nothing moves between identities: file copies, the clipboard and "open in another qube" stay inside one. Upstreams, labels and memory
    # are the usual ones; change what does not fit.

    [bundle]
    name = "my-modes"
    serial = 1 # one more for each bundle that you give away
    summary = "2 identities, each kept apart from the others"
    releases = ["r4.2", "r4.3"]

    # Mode 1: anonymous user, any recipient.
    # Nobody learns who you are: post to a forum, blow a whistle, read in peace.

    [identity.first]
    mode = 1
    gateway = "first-gateway" # its own: qubes behind one gateway could be linked by it
    keyboard = "us++" # `dom0`: yours, which tells something about you; `us++`: what most people have
    audio = false

    [gateway.first-gateway]
    upstream = "sys-firewall" # or a VPN's qube, for Tor through a VPN
    memory = 500 # MiB, here and below

    [workstation.first]
    identity = "first"
    template = "whonix-workstation"
    label = "red"
    memory = 1500
    maxmem = 4000
    disposables = "first-dvm"

    # What is opened in a disposable stays in this identity.
    [disposable.first-dvm]
    identity = "first"
    template = "whonix-workstation"
    label = "red"
    memory = 1000
    maxmem = 3000

    # Mode 4: non-anonymous user, any recipient.
    # Ordinary browsing. Everybody can learn who and where you are.

    [identity.second]
    mode = 4
    upstream = "sys-firewall"

    [workstation.second]
    identity = "second"
    template = "debian"
    label = "orange"
    memory = 1000
    maxmem = 4000

    # Is a package missing in a stock template? Declare a clone with it, and name that as a workstation's `template`:
    #
    # [template.chat]
    # base = "whonix-workstation"
    # packages = ["hexchat"]
    "#);
    assert_snapshot!(sandbox.text("my-modes/.gitignore"), @r"
    # Who is behind the handles, and secret keys: for nobody else.
    labels.toml
    *.key
    ");
    assert_eq!(sandbox.snapshot().len(), 3, "a folder with two files");
}

/// The two modes that the recipe above does not have.
#[test]
fn the_other_modes() {
    let sandbox = Sandbox::new();
    sandbox.halite("init other --mode 2 --mode 3").succeeds();
    let text = sandbox.text("other/halite.toml");
    assert_snapshot!(text.split_once("\n# Mode 2").unwrap().1, @r#"
    : user knows recipient, both use Tor.
    # You and your contact know each other and both use Tor; nobody else learns that you talk.

    [identity.mode2]
    mode = 2
    gateway = "mode2-gateway" # its own: qubes behind one gateway could be linked by it
    keyboard = "us++" # `dom0`: yours, which tells something about you; `us++`: what most people have
    audio = false

    [gateway.mode2-gateway]
    upstream = "sys-firewall" # or a VPN's qube, for Tor through a VPN
    memory = 500 # MiB, here and below

    [workstation.mode2]
    identity = "mode2"
    template = "whonix-workstation"
    label = "purple"
    memory = 1500
    maxmem = 4000

    # Mode 3: non-anonymous user over Tor, any recipient.
    # The service knows who you are, but not where: webmail or a messenger under a known name.

    [identity.mode3]
    mode = 3
    gateway = "mode3-gateway" # its own: qubes behind one gateway could be linked by it
    keyboard = "dom0" # `dom0`: yours, which tells something about you; `us++`: what most people have
    audio = true

    [gateway.mode3-gateway]
    upstream = "sys-firewall" # or a VPN's qube, for Tor through a VPN
    memory = 500 # MiB, here and below

    [workstation.mode3]
    identity = "mode3"
    template = "whonix-workstation"
    label = "blue"
    memory = 1500
    maxmem = 4000

    # Is a package missing in a stock template? Declare a clone with it, and name that as a workstation's `template`:
    #
    # [template.chat]
    # base = "whonix-workstation"
    # packages = ["hexchat"]
    "#);
}

#[test]
fn every_mode_compiles_without_a_warning() {
    for modes in ["1", "2", "3", "4", "1 2 3 4", "1 1 1", "4 4"] {
        let sandbox = Sandbox::new();
        let options: String = modes.split(' ').map(|mode| format!(" --mode {mode}")).collect();
        sandbox.halite(&format!("init{options}")).succeeds();
        assert_eq!(sandbox.halite("check --json").succeeds().json(), json!({ "format": 1, "faults": [], "more": 0 }), "{modes}");
        for release in ["r4.2", "r4.3"] {
            let built = sandbox.halite(&format!("build --release {release}")).succeeds();
            let warned = built.stderr.lines().filter(|line| line.contains("warning")).collect::<Vec<_>>();
            let of_the_release = |line: &&str| line.starts_with("warning: support for Qubes r4.2 ended");
            assert!(warned.iter().all(of_the_release), "{modes}: {}", built.stderr);
            assert!(
                built.stderr.contains(" 0 templates\n"),
                "only stock templates, so that any dom0 can switch: {}",
                built.stderr
            );
        }
    }
}

/// What was made: the line that lists it.
#[track_caller]
fn made(options: &str) -> String {
    let ended = Sandbox::new().halite(&format!("init x {options}")).succeeds();
    ended.stderr.lines().next().unwrap().to_owned()
}

#[test]
fn handles_go_with_modes_in_their_order() {
    assert_eq!(made("--mode 4"), "new recipe `x`: `mode4` in mode 4");
    assert_eq!(made("--identity press --mode 3"), "new recipe `x`: `press` in mode 3");
    let pair = "new recipe `x`: `press` in mode 3, `home` in mode 4";
    assert_eq!(made("--identity press --mode 3 --identity home --mode 4"), pair);
    assert_eq!(made("--mode 3 --mode 4 --identity press --identity home"), pair);
    assert_eq!(made("--identity press --mode 3 --mode 1"), "new recipe `x`: `press` in mode 3, `mode1` in mode 1");
    assert_eq!(made("--mode 3 --mode 3 --mode 3"), "new recipe `x`: `mode3` in mode 3, `mode3-2` in mode 3, `mode3-3` in mode 3");
    assert_eq!(made("--identity mode4 --mode 1 --mode 4"), "new recipe `x`: `mode4` in mode 1, `mode4-2` in mode 4");
}

#[test]
fn wrong_calls() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite("init").transcript(), @r"
    ! error: no `--mode` is given, and stdin is no terminal to ask at
    ! hint: say which identities there are to be, as in `--mode 1 --mode 3 --identity first --identity second`
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("init --identity press").transcript(), @r"
    ! error: the following required arguments were not provided:
    !   --mode <MODE>
    !
    ! Usage: halite init --mode <MODE> --identity <HANDLE> [FOLDER]
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("init --mode 5").transcript(), @r"
    ! error: invalid value '5' for '--mode <MODE>': expected a mode from 1 to 4
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("init --mode 1 --name My").transcript(), @r"
    ! error: invalid value 'My' for '--name <NAME>': a bundle's name begins with a lower-case letter
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("init --mode 1 --identity a --identity b").transcript(), @r"
    ! error: there is no `--mode` for the identity `b`
    ! hint: give a `--mode` for each `--identity`; the first goes with the first, and so on
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("init --mode 1 --mode 2 --identity a --identity a").transcript(), @r"
    ! error: there are two identities `a`
    ! hint: give each a handle of its own
    exit code 2
    ");
    assert!(sandbox.snapshot().is_empty(), "nothing was written");
}

/// Handles from which no names of qubes can be made.
#[test]
fn handles_that_do_not_do() {
    let sandbox = Sandbox::new();
    let long = "a".repeat(20);
    assert_snapshot!(sandbox.halite(&format!("init --mode 1 --identity a{long}")).transcript(), @r"
    ! error: invalid value 'aaaaaaaaaaaaaaaaaaaaa' for '--identity <HANDLE>': a handle has at most 20 characters
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite(&format!("init --mode 1 --identity {long}")).transcript(), @r"
    ! error: no recipe can be made with these handles: qube `aaaaaaaaaaaaaaaaaaaa-gateway`: `aaaaaaaaaaaaaaaaaaaa-gateway` and `aaaaaaaaaaaaaaaaaaaa-dvm` begin with the same 21 characters
    ! hint: Salt would use one management disposable for both; choose shorter names
    ! hint: choose other handles
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("init --mode 4 --identity default").transcript(), @r"
    ! error: no recipe can be made with these handles: `default`: a qube's name must not be one that Qubes reserves
    ! hint: choose other handles
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("init --mode 4 --identity sys-firewall").transcript(), @r"
    ! error: no recipe can be made with these handles: `sys-firewall` is a qube of this recipe, and no way out
    ! hint: an upstream is a qube that dom0 already has, such as `sys-firewall`, or a VPN qube
    ! hint: choose other handles
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("init --mode 1 --mode 4 --identity a --identity a-dvm").transcript(), @r"
    ! error: no recipe can be made with these handles: there is already a qube `a-dvm`
    ! hint: choose other handles
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("init --mode 4 --identity dom0").transcript(), @r"
    ! error: no recipe can be made with these handles: qube `dom0`: dom0 is not a qube that a bundle can hold
    ! hint: choose another name
    ! hint: choose other handles
    exit code 2
    ");
    assert!(sandbox.snapshot().is_empty(), "nothing was written");
    // One letter less, or no disposables, and it fits.
    sandbox.halite(&format!("init one --mode 1 --identity {}", &long[1..])).succeeds();
    sandbox.halite(&format!("init two --mode 2 --identity {long}")).succeeds();
}

#[test]
fn a_recipe_is_never_overwritten() {
    let sandbox = Sandbox::with_recipe();
    let before = sandbox.snapshot();
    assert_snapshot!(sandbox.halite("init recipe --mode 1").transcript(), @r"
    ! error: `recipe/halite.toml` exists already
    ! hint: a recipe is never overwritten; name another folder, or change that one
    exit code 1
    ");
    sandbox.halite("init --mode 1").within("recipe").exits(1);
    assert!(sandbox.snapshot() == before);
    // Not even where it is a link that leads nowhere yet.
    fs::create_dir(sandbox.path("linked")).unwrap();
    symlink("../elsewhere", sandbox.path("linked/halite.toml")).unwrap();
    sandbox.halite("init linked --mode 1").exits(1);
    assert!(!sandbox.path("elsewhere").exists() && !sandbox.path("linked/.gitignore").exists());
}

#[test]
fn nothing_is_half_written() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    let before = sandbox.snapshot();
    assert_snapshot!(sandbox.halite("init file --mode 1").transcript(), @r"
    ! error: `file/halite.toml` exists already
    ! hint: a recipe is never overwritten; name another folder, or change that one
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("init file/below --mode 1").transcript(), @r"
    ! error: cannot make the directory `file/below`: Not a directory (os error 20)
    exit code 1
    ");
    let refused = sandbox.halite("init /proc/none/below --mode 1").exits(1);
    assert!(refused.stderr.starts_with("error: cannot make the directory `/proc/none/below`: "), "{}", refused.stderr);
    assert!(sandbox.snapshot() == before);
    // A disk that is full after the first of the two files: by a limit on what one process may write.
    let limited = format!("ulimit -f 1; trap '' XFSZ; {} init deep/er --mode 1", env!("CARGO_BIN_EXE_halite"));
    assert_snapshot!(sandbox.bash(&limited).transcript(), @r"
    ! error: cannot write `deep/er/halite.toml`: File too large (os error 27)
    exit code 1
    ");
    assert!(sandbox.snapshot() == before);
}

#[test]
fn a_gitignore_that_is_there_stays() {
    let sandbox = Sandbox::new();
    sandbox.write("old/.gitignore", "target\n");
    assert_snapshot!(sandbox.halite("init old --mode 4").transcript(), @r"
    | old/halite.toml
    ! new recipe `old`: `mode4` in mode 4
    ! old/.gitignore was there already; add to it: labels.toml, *.key
    ! read it, change what you need, and then:
    !   halite check old
    !   halite build old
    exit code 0
    ");
    assert_eq!(sandbox.text("old/.gitignore"), "target\n");
    sandbox.write("good/.gitignore", "labels.toml\ntarget\n*.key\n");
    let made = sandbox.halite("init good --mode 4").succeeds();
    assert!(!made.stderr.contains("gitignore"), "{}", made.stderr);
}

#[test]
fn bundles_are_called_after_the_folder() {
    for (folder, name) in [
        ("desk", "desk"),
        ("Desk of 2027", "desk-of-2027"),
        ("_2nd.try_", "nd-try"),
        ("grün", "gr-n"),
        ("2027", "my-modes"),
        ("日本", "my-modes"),
        ("-x", "x"),
        ("a--b", "a-b"),
        ("a23456789-123456789-123456789-123456789-123", "a23456789-123456789-123456789-123456789"),
        ("deep/er", "er"),
        ("it's", "it-s"),
    ] {
        let sandbox = Sandbox::new();
        let made = sandbox.halite("init --mode 4 --").argument(folder).succeeds();
        assert!(made.stderr.starts_with(&format!("new recipe `{name}`: ")), "{folder}: {}", made.stderr);
        // The commands that it names work in a shell.
        let commands: Vec<&str> = made.stderr.lines().filter_map(|line| line.strip_prefix("  halite ")).collect();
        assert_eq!(commands.len(), 2);
        for command in commands {
            sandbox.bash(&format!("{} {command}", env!("CARGO_BIN_EXE_halite"))).succeeds();
        }
        // From within, the folder has the same name.
        fs::remove_file(sandbox.path(folder).join("halite.toml")).unwrap();
        let again = sandbox.halite("init --mode 4").within(folder).succeeds();
        assert!(again.stderr.starts_with(&format!("new recipe `{name}`: ")), "{folder}: {}", again.stderr);
    }
    assert!(made("--mode 4 --name other").starts_with("new recipe `other`: "));
}

/// `halite init` at a terminal, with these answers.
fn at_terminal(sandbox: &Sandbox, answers: &str) -> Ended {
    let call = format!("{} init asked", env!("CARGO_BIN_EXE_halite"));
    sandbox.run("script", "-q -e -c").argument(call).argument("/dev/null").stdin(answers).end()
}

#[test]
fn at_a_terminal_it_asks() {
    let sandbox = Sandbox::new();
    let ended = at_terminal(&sandbox, "3 4\npress\n\n");
    assert_eq!(ended.code, 0, "{}", ended.transcript());
    for said in [
        "  3  non-anonymous user over Tor, any recipient\r\n",
        "Modes, one for each identity [1 2 3 4]: ",
        "A neutral handle for the identity in mode 3 [mode3]: ",
        "A neutral handle for the identity in mode 4 [mode4]: ",
        "new recipe `asked`: `press` in mode 3, `mode4` in mode 4\r\n",
    ] {
        assert!(ended.stdout.contains(said), "{said}: {}", ended.transcript());
    }
    sandbox.halite("check asked").succeeds();
}

#[test]
fn a_terminal_s_defaults_are_the_four_modes() {
    let sandbox = Sandbox::new();
    let ended = at_terminal(&sandbox, "\n\n\n\n\n");
    assert_eq!(ended.code, 0, "{}", ended.transcript());
    let all = "`mode1` in mode 1, `mode2` in mode 2, `mode3` in mode 3, `mode4` in mode 4\r\n";
    assert!(ended.stdout.contains(all), "{}", ended.transcript());
}

#[test]
fn answers_that_cannot_be_read_are_asked_for_again() {
    let sandbox = Sandbox::new();
    let ended = at_terminal(&sandbox, "all\n , \n1,1\nA\nsame\nsame\nother\n");
    assert_eq!(ended.code, 0, "{}", ended.transcript());
    for said in [
        "  expected a mode from 1 to 4\r\n",
        "  expected at least one mode\r\n",
        "  a handle begins with a lower-case letter\r\n",
        "  another identity has this handle\r\n",
        "new recipe `asked`: `same` in mode 1, `other` in mode 1\r\n",
    ] {
        assert!(ended.stdout.contains(said), "{said}: {}", ended.transcript());
    }
}

#[test]
fn a_terminal_that_ends_is_told() {
    let sandbox = Sandbox::new();
    for (answers, why) in [
        ("", "the input ended"),
        ("1 2\nfirst\n", "the input ended"),
        (&*format!("{}\n", "1 ".repeat(200)), "it is longer than 200 bytes"),
    ] {
        let ended = at_terminal(&sandbox, answers);
        assert_eq!(ended.code, 1, "{}", ended.transcript());
        let error = format!("\nerror: no answer could be read: {why}\r\nhint: nothing was written; ");
        assert!(ended.stdout.contains(&error), "{}", ended.transcript());
        assert!(sandbox.snapshot().is_empty());
    }
}
