//! The contract of the command line: helps, exit codes, what goes to stdout and what to stderr, JSON, colours.

#![allow(clippy::disallowed_methods, reason = "a test looks at the files")]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};
use std::time::Duration;

use insta::assert_snapshot;
use support::{RECIPE, Sandbox, without_ids};

const VERBS: [&str; 16] = [
    "init",
    "import-salt",
    "build",
    "check",
    "plan",
    "diff",
    "explain",
    "report",
    "show",
    "sign",
    "verify",
    "export",
    "policy",
    "keygen",
    "schema",
    "simulate",
];

#[test]
fn help_of_the_program() {
    let sandbox = Sandbox::new();
    let help = sandbox.halite("--help").succeeds();
    assert_snapshot!(help.transcript(), @r"
    | Compile anonymity modes for Qubes OS into reproducible, signed bundles
    |
    | Usage: halite <COMMAND>
    |
    | Commands:
    |   init         Begin a new recipe
    |   import-salt  Make a recipe of Salt's states for dom0
    |   build        Compile a recipe into a bundle
    |   check        Check a recipe without building it, or a bundle
    |   plan         Show what switching to a recipe or a bundle would change in a captured dom0
    |   diff         Show what two bundles or recipes differ in
    |   explain      Explain a check: what it demands, why, and what to do
    |   report       Explain a recipe or a bundle: what is isolated from what, and how that is known
    |   show         Show what a bundle asks for
    |   sign         Sign a bundle
    |   verify       Verify a bundle with keys of your choice
    |   export       Take Salt out of a bundle, for a dom0 without halite
    |   policy       Study a qrexec policy
    |   keygen       Make a key to sign bundles with
    |   schema       Print the JSON Schema of recipes, for editors
    |   simulate     Answer as qubesd does, at a socket, for a simulated dom0
    |   help         Print this message or the help of the given subcommand(s)
    |
    | Options:
    |   -h, --help     Print help
    |   -V, --version  Print version
    |
    | A first bundle:
    |   halite init my-modes
    |   halite check my-modes
    |   halite build my-modes
    |   halite keygen author
    |   halite sign my-modes@1 --key author.key
    | Then copy the bundle and author.pub to dom0, and see `halite-dom0 --help`.
    exit code 0
    ");
    for same in ["-h", "help"] {
        assert_eq!(sandbox.halite(same).succeeds().stdout, help.stdout, "{same}");
    }
    let none = sandbox.halite("").exits(2);
    assert_eq!((none.stdout.as_str(), none.stderr), ("", help.stdout), "without arguments the same, as a fault");
    assert_snapshot!(sandbox.halite("--version").transcript().replace(env!("CARGO_PKG_VERSION"), "[VERSION]"), @r"
    | halite [VERSION]
    exit code 0
    ");
}

#[test]
fn help_of_each_verb() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite("init --help").transcript(), @r"
    | Begin a new recipe
    |
    | Writes FOLDER/halite.toml with an identity for each `--mode`, and a .gitignore. An identity is what
    | must not be linked to anything else; it gets qubes of its own. Without `--mode`, it is asked at the
    | terminal. A recipe that is there is never overwritten.
    |
    | The first `--identity` is the handle of the first `--mode`, the second that of the second, and so
    | on.
    |
    | Usage: halite init [OPTIONS] [FOLDER]
    |
    | Arguments:
    |   [FOLDER]
    |           The new recipe's folder
    |
    |           [default: .]
    |
    | Options:
    |       --mode <MODE>
    |           An identity in this mode, from 1 (anonymous) to 4 (in clear); may be given more than once
    |
    |       --identity <HANDLE>
    |           The handle of the identity in the mode that stands at the same place; qubes can read it,
    |           so keep it neutral [default: `mode1` for mode 1, and so on]
    |
    |       --name <NAME>
    |           The bundle's name [default: the folder's]
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite init my-modes
    |   halite init my-modes --mode 1 --mode 4
    |   halite init desk --identity press --mode 3 --identity home --mode 4
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("import-salt --help").transcript(), @r"
    | Make a recipe of Salt's states for dom0
    |
    | Reads every .sls and .top below DIR as data (qvm.vm, qvm.present, qvm.prefs and the like; no Jinja
    | is run), and prints a recipe that says the same. Each line that is doubtful is shown with what it
    | was taken to mean and what is wrong with it, and stands as a comment beside what came of it. Read
    | the recipe before you build it: it is a beginning, and nobody's promise.
    |
    | Usage: halite import-salt [OPTIONS] <DIR>
    |
    | Arguments:
    |   <DIR>
    |           The folder with the states
    |
    | Options:
    |       --output <FOLDER>
    |           Write the recipe into this folder in place of printing it; one that is there is never
    |           overwritten
    |
    |       --name <NAME>
    |           The bundle's name [default: the output folder's, or else that of DIR]
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite import-salt /srv/salt/modes
    |   halite import-salt states --output my-modes
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("schema --help").transcript(), @r"
    | Print the JSON Schema of recipes, for editors
    |
    | An editor that knows it completes the keys of a recipe, shows what they mean, and marks what is
    | wrong while you type. It sees no more than the structure; `check` finds everything. docs/recipes.md
    | says how to point an editor at it.
    |
    | Usage: halite schema
    |
    | Options:
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Example:
    |   halite schema > recipe.schema.json
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("build --help").transcript(), @r"
    | Compile a recipe into a bundle
    |
    | Writes `ID.halite` into the store and prints the id. The same recipe gives the same id, on any
    | machine.
    |
    | Usage: halite build [OPTIONS] [RECIPE]
    |
    | Arguments:
    |   [RECIPE]
    |           The recipe's folder
    |
    |           [default: .]
    |
    | Options:
    |       --release <RELEASE>
    |           The release of Qubes OS to build for
    |
    |           [default: r4.3]
    |
    |       --store <DIR>
    |           The directory that bundles are written to
    |
    |           [default: store]
    |
    |       --sign <KEY>
    |           Sign the bundle with this secret key, too
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite build recipes/anonymity-modes
    |   halite build my-recipe --release r4.2 --sign author.key
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("check --help").transcript(), @r"
    | Check a recipe without building it, or a bundle
    |
    | Prints every fault with its place, and writes nothing. Exit code 1 if there is one.
    |
    | Usage: halite check [OPTIONS] [RECIPE|BUNDLE]
    |
    | Arguments:
    |   [RECIPE|BUNDLE]
    |           A recipe's folder; or a bundle: its file, the first digits of its id, or NAME@SERIAL
    |
    |           [default: .]
    |
    | Options:
    |       --against <CAPTURE>
    |           A dom0, as `halite-dom0 capture` wrote it down: with its policy and its qubes
    |
    |       --release <RELEASE>
    |           Only for this release of Qubes OS [default: all of the recipe's; a bundle is for one]
    |
    |       --store <DIR>
    |           The directory of bundles
    |
    |           [default: store]
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite check recipes/anonymity-modes
    |   halite check anonymity-modes@1
    |   halite check recipes/anonymity-modes --against dom0.json
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("show --help").transcript(), @r"
    | Show what a bundle asks for
    |
    | Looks into a file whether it is signed or not, and vouches for nothing: `verify` does that.
    |
    | Usage: halite show [OPTIONS] <BUNDLE>
    |
    | Arguments:
    |   <BUNDLE>
    |           A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    |
    | Options:
    |       --store <DIR>
    |           The directory that bundles are in
    |
    |           [default: store]
    |
    |       --file <PATH>
    |           Print this file of the payload, and nothing else
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Example:
    |   halite show anonymity-modes@1
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("sign --help").transcript(), @r"
    | Sign a bundle
    |
    | Adds a signature to the bundle's file. Before that, everything in the bundle is checked: nobody
    | should vouch for a damaged one.
    |
    | Usage: halite sign [OPTIONS] <--key <KEY>|--add <FILE>> <BUNDLE>
    |
    | Arguments:
    |   <BUNDLE>
    |           A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    |
    | Options:
    |       --key <KEY>
    |           The secret key to sign with
    |
    |       --add <FILE>
    |           Add this signature, which `minisign -S` made of the bundle's `statement`
    |
    |       --store <DIR>
    |           The directory that bundles are in
    |
    |           [default: store]
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite sign 2f1c --key author.key
    |   halite sign anonymity-modes@1 --add statement.minisig
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("verify --help").transcript(), @r"
    | Verify a bundle with keys of your choice
    |
    | Checks the signatures over the statement, the statement, and that manifest and payload are those
    | that it names. Exit code 4 if not enough of the keys vouch for it.
    |
    | Usage: halite verify [OPTIONS] --key <FILE> <BUNDLE>
    |
    | Arguments:
    |   <BUNDLE>
    |           A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    |
    | Options:
    |       --key <FILE>
    |           The public key of a trusted author; may be given more than once
    |
    |       --threshold <N>
    |           How many of the keys must have signed
    |
    |           [default: 1]
    |
    |       --store <DIR>
    |           The directory that bundles are in
    |
    |           [default: store]
    |
    |       --id <ID>
    |           Demand this id, besides the signatures
    |
    |       --contents
    |           Decompress the payload, too, and check each file in it
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite verify 2f1c --key author.pub
    |   halite verify bundle.halite --key a.pub --key b.pub --threshold 2
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("keygen --help").transcript(), @r"
    | Make a key to sign bundles with
    |
    | Writes NAME.key, the secret key, and NAME.pub, which dom0 is told to trust. Both are minisign's own
    | files, and `minisign` can use them. The passphrase is asked at the terminal, or read from the first
    | line of stdin.
    |
    | Usage: halite keygen [OPTIONS] <NAME>
    |
    | Arguments:
    |   <NAME>
    |           Where to write the key, without `.key` and `.pub`
    |
    | Options:
    |   -W, --no-passphrase
    |           Protect the key by nothing but its file's permissions
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite keygen author
    |   halite keygen --no-passphrase test
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("explain --help").transcript(), @r"
    | Explain a check: what it demands, why, and what to do
    |
    | Without a code, all checks are listed.
    |
    | Usage: halite explain [OPTIONS] [CODE]
    |
    | Arguments:
    |   [CODE]
    |           The check, as in H0201
    |
    | Options:
    |       --markdown
    |           Print all of them as the document docs/checks.md
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite explain H0201
    |   halite explain --markdown
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("export --help").transcript(), @r"
    | Take Salt out of a bundle, for a dom0 without halite
    |
    | Writes a folder whose contents belong into /srv/salt. `qubesctl` makes the same qubes of it as
    | halite-dom0, but without its order, its checks and its way back; docs/salt.md says how, and what is
    | missing.
    |
    | Usage: halite export [OPTIONS] --salt <FOLDER> <BUNDLE>
    |
    | Arguments:
    |   <BUNDLE>
    |           A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    |
    | Options:
    |       --store <DIR>
    |           The directory that bundles are in
    |
    |           [default: store]
    |
    |       --salt <FOLDER>
    |           The folder to make; it must not exist yet
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Example:
    |   halite export anonymity-modes@1 --salt srv-salt
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("simulate --help").transcript(), @r"
    | Answer as qubesd does, at a socket, for a simulated dom0
    |
    | Goes on until SIGTERM or Ctrl-C, and keeps every change in the state file. `halite-dom0 --qubesd
    | SOCKET --root DIR` then works as in a real dom0. The calls for dom0's own services are answered at a
    | second socket beside the first, as qubesd does: for `qubesd.sock`, at `qubesd.internal.sock`.
    |
    | Calls are counted from 1, reading included, for what is to go wrong at one of them.
    |
    | Usage: halite simulate [OPTIONS] --socket <SOCKET> --state <FILE>
    |
    | Options:
    |       --socket <SOCKET>
    |           The socket to answer at
    |
    |       --state <FILE>
    |           The file with the simulated system; one that does not exist begins as a stock system
    |
    |       --root <DIR>
    |           Also begin dom0's own files in this directory, if it is empty
    |
    |       --programs <DIR>
    |           Also put stand-ins of dom0's programs into this directory: `halite-dom0 --qubesctl
    |           DIR/qubesctl`
    |
    |       --release <RELEASE>
    |           The release that a new system has
    |
    |           [default: r4.3]
    |
    |       --refuse-at <CALL>
    |           Refuse this call
    |
    |       --hang-at <CALL>
    |           Never answer this call
    |
    |       --die-at <CALL>
    |           End without a word when this call comes
    |
    |       --die-after <CALL>
    |           End without a word after this call, before its reply
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite simulate --socket qubesd.sock --state qubesd.json --root dom0 --programs bin
    |   halite simulate --socket qubesd.sock --state qubesd.json --hang-at 40
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("report --help").transcript(), @r"
    | Explain a recipe or a bundle: what is isolated from what, and how that is known
    |
    | The boundary map, the plan of each identity, the review of its applications, the comparison with a
    | VPN, what may move between identities and by which rules. Nothing in it is written by hand: each
    | claim names the check, the way or the rule that it rests on, and what no configuration can protect
    | is said, too. Exit code 1 if a check found fault.
    |
    | Usage: halite report [OPTIONS] [RECIPE|BUNDLE]
    |
    | Arguments:
    |   [RECIPE|BUNDLE]
    |           A recipe's folder; or a bundle: its file, the first digits of its id, or NAME@SERIAL
    |
    |           [default: .]
    |
    | Options:
    |       --since <RECIPE|BUNDLE>
    |           Mark what is not as in this recipe or bundle
    |
    |       --sheet <SHEET>
    |           Print this sheet alone, such as `flow-matrix`
    |
    |       --markdown
    |           Print Markdown
    |
    |       --html
    |           Print a page for browsers: one file, which needs no other, no script and no network
    |
    |       --map
    |           Print the drawn map alone, as SVG
    |
    |       --json
    |           Print JSON
    |
    |   -o, --output <FILE>
    |           Write to this file, which is then for its owner alone if there are labels in it
    |
    |       --labels <FILE>
    |           Who is behind the handles, for a bundle; a recipe has its own beside it, as `labels.toml`
    |
    |       --no-labels
    |           Leave out who is behind the handles, to share it
    |
    |       --against <CAPTURE>
    |           A dom0, as `halite-dom0 capture` wrote it down: with its policy and its qubes [default: a
    |           stock system]
    |
    |       --release <RELEASE>
    |           The release of Qubes OS that recipes are compiled for [default: that of the capture, or
    |           r4.3]
    |
    |       --store <DIR>
    |           The directory of bundles
    |
    |           [default: store]
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite report recipes/anonymity-modes
    |   halite report anonymity-modes@2 --since anonymity-modes@1
    |   halite report my-recipe --html --no-labels --output report.html
    |   halite report my-recipe --map --output map.svg
    exit code 0
    ");
    let listed = sandbox.halite("--help").succeeds().stdout;
    let listed = listed.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let verbs: Vec<&str> = listed.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(verbs, [&VERBS[..], &["help"]].concat(), "a new verb has its help here");
    for verb in VERBS {
        let help = sandbox.halite(verb).argument("--help").succeeds().stdout;
        assert!(help.contains("\nExample"), "`{verb} --help` has no example");
        for line in help.split("\nExample").nth(1).unwrap().lines().skip(1) {
            assert!(line.starts_with(&format!("  halite {verb} ")), "{line}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= 100), "`{verb} --help` has a line that is too long");
        assert_eq!(sandbox.halite("help").argument(verb).succeeds().stdout, help, "`help {verb}` says the same");
    }
}

#[test]
fn wrong_calls() {
    let sandbox = Sandbox::with_recipe();
    let before = sandbox.snapshot();
    assert_snapshot!(sandbox.halite("frobnicate").transcript(), @r"
    ! error: unrecognized subcommand 'frobnicate'
    !
    ! Usage: halite <COMMAND>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("biuld recipe").transcript(), @r"
    ! error: unrecognized subcommand 'biuld'
    !
    !   tip: a similar subcommand exists: 'build'
    !
    ! Usage: halite <COMMAND>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("build --relese r4.3").transcript(), @r"
    ! error: unexpected argument '--relese' found
    !
    !   tip: a similar argument exists: '--release'
    !
    ! Usage: halite build --release <RELEASE> [RECIPE]
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("keygen --no-pasphrase author").transcript(), @r"
    ! error: unexpected argument '--no-pasphrase' found
    !
    !   tip: a similar argument exists: '--no-passphrase'
    !
    ! Usage: halite keygen --no-passphrase <NAME>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("help biuld").transcript(), @r"
    ! error: unrecognized subcommand 'biuld'
    !
    ! Usage: halite <COMMAND>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("build recipe extra").transcript(), @r"
    ! error: unexpected argument 'extra' found
    !
    ! Usage: halite build [OPTIONS] [RECIPE]
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("build --frob").transcript(), @r"
    ! error: unexpected argument '--frob' found
    !
    !   tip: to pass '--frob' as a value, use '-- --frob'
    !
    ! Usage: halite build [OPTIONS] [RECIPE]
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("build recipe --release r4.1").transcript(), @r"
    ! error: invalid value 'r4.1' for '--release <RELEASE>': expected `r4.2` or `r4.3`
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("build recipe --store").transcript(), @r"
    ! error: a value is required for '--store <DIR>' but none was supplied
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("build recipe --json --json").transcript(), @r"
    ! error: the argument '--json' cannot be used multiple times
    !
    ! Usage: halite build [OPTIONS] [RECIPE]
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("show").transcript(), @r"
    ! error: the following required arguments were not provided:
    !   <BUNDLE>
    !
    ! Usage: halite show <BUNDLE>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("sign x").transcript(), @r"
    ! error: the following required arguments were not provided:
    !   <--key <KEY>|--add <FILE>>
    !
    ! Usage: halite sign <--key <KEY>|--add <FILE>> <BUNDLE>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("sign x --key a --add b").transcript(), @r"
    ! error: the argument '--key <KEY>' cannot be used with '--add <FILE>'
    !
    ! Usage: halite sign <--key <KEY>|--add <FILE>> <BUNDLE>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("verify x --key a --threshold 256").transcript(), @r"
    ! error: invalid value '256' for '--threshold <N>': 256 is not in 1..=255
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("keygen").transcript(), @r"
    ! error: the following required arguments were not provided:
    !   <NAME>
    !
    ! Usage: halite keygen <NAME>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite("show").argument("\u{1b}[2J").transcript(), @r#"
    ! error: `\u{1b}[2J` is no bundle: expected the first digits of a bundle's id (at least 4, at most 64), or NAME@SERIAL
    ! hint: a file is given with a `/` in its path, or the ending `.halite`
    exit code 2
    "#);
    assert_eq!(sandbox.snapshot(), before, "a wrong call writes nothing");
    for bytes in [&b"\xff\xfe"[..], b"build\xff"] {
        use std::os::unix::ffi::OsStrExt;
        sandbox.halite("").argument(std::ffi::OsStr::from_bytes(bytes)).exits(2);
        sandbox.halite("build").argument(std::ffi::OsStr::from_bytes(bytes)).exits(1);
    }
}

#[test]
fn a_release_that_the_recipe_is_not_for() {
    let sandbox = Sandbox::with_recipe();
    assert_snapshot!(sandbox.halite("build recipe --release r4.2").transcript(), @r"
    ! error: the recipe `sample` is not for r4.2
    ! hint: its `releases` are: r4.3
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("check recipe --release r4.2").transcript(), @r"
    ! error: the recipe `sample` is not for r4.2
    ! hint: its `releases` are: r4.3
    exit code 1
    ");
}

/// The whole way of a bundle, as a user sees it.
#[test]
fn a_bundle_from_recipe_to_verified() {
    let sandbox = Sandbox::with_recipe();
    let seen = |arguments: &str| without_ids(&sandbox.halite(arguments).transcript());
    assert_snapshot!(seen("keygen --no-passphrase author"), @r"
    | [KEY]
    ! author.key is secret: keep it out of dom0 and out of the recipe's folder
    ! author.pub is for dom0: halite-dom0 trust add author.pub --role author
    exit code 0
    ");
    assert_snapshot!(seen("build recipe"), @r"
    | [ID]
    ! built sample r4.3, serial 1: 2 identities, 4 qubes, 1 template
    ! store/[ID].halite
    exit code 0
    ");
    assert_snapshot!(seen("build recipe"), @r"
    | [ID]
    ! already built sample r4.3, serial 1: 2 identities, 4 qubes, 1 template
    ! store/[ID].halite
    exit code 0
    ");
    assert_snapshot!(seen("verify sample@1 --key author.pub"), @r"
    ! error: `store/[ID].halite` is not verified: 0 of the 1 signatures needed from a trusted author are there
    ! hint: have it signed, or compare the key ids with those that you trust (in dom0: `halite-dom0 trust list`); never trust a key only because a bundle came with it
    exit code 4
    ");
    assert_snapshot!(seen("sign sample@1 --key author.key"), @r"
    | [ID]
    ! signed sample r4.3, serial 1 with key [KEY]
    exit code 0
    ");
    assert_snapshot!(seen("build recipe --sign author.key"), @r"
    | [ID]
    ! already built; signed sample r4.3, serial 1: 2 identities, 4 qubes, 1 template
    ! store/[ID].halite
    exit code 0
    ");
    assert_snapshot!(seen("verify sample@1 --key author.pub"), @r"
    | verified sample r4.3, serial 1
    |   id         [ID]
    |   author     [KEY]  “halite sample r4.3 serial 1 id [ID]”
    |   files      11, vouched for as a whole; `--contents` checks each one
    exit code 0
    ");
    assert_snapshot!(seen("verify sample@1 --key author.pub --contents"), @r"
    | verified sample r4.3, serial 1
    |   id         [ID]
    |   author     [KEY]  “halite sample r4.3 serial 1 id [ID]”
    |   files      11, each one checked
    exit code 0
    ");
    let sizes = |text: String| {
        text.lines()
            .map(|line| match line.strip_suffix(" bytes").and_then(|rest| rest.rsplit_once(' ')) {
                Some((file, _)) => format!("{} [N] bytes\n", file.trim_end()),
                None => format!("{line}\n"),
            })
            .collect::<String>()
    };
    assert_snapshot!(sizes(seen("show sample@1")), @r"
    | sample r4.3, serial 1: One identity behind Tor, one in clear
    | id [ID]
    |
    | identity loud: mode 4, non-anonymous user, any recipient
    |   loud                     workstation          red     on debian-13-xfce, netvm sys-firewall
    |
    | identity quiet: mode 1, anonymous user, any recipient
    |   quiet                    workstation          red     on h-quiet-187997a4, netvm quiet-gateway
    |     /usr/local/etc/sdwdate-gui.d/50_user.conf = salt/halite/files/[ID]
    |   quiet-dvm                disposable template  red     on h-quiet-187997a4, netvm quiet-gateway
    |     /usr/local/etc/sdwdate-gui.d/50_user.conf = salt/halite/files/[ID]
    |   quiet-gateway            gateway              black   on whonix-gateway-18, netvm sys-firewall
    |
    | templates
    |   h-quiet-187997a4         whonix-workstation-18 + onionshare
    |
    | files
    |   packages/h-quiet-187997a4.list [N] bytes
    |   policy/32-halite.policy [N] bytes
    |   recipe/halite.toml [N] bytes
    |   salt/halite.top [N] bytes
    |   salt/halite/files/[ID] [N] bytes
    |   salt/halite/files/[ID] [N] bytes
    |   salt/halite/in/h-quiet-187997a4.sls [N] bytes
    |   salt/halite/in/quiet-dvm.sls [N] bytes
    |   salt/halite/in/quiet.sls [N] bytes
    |   salt/halite/network.sls [N] bytes
    |   salt/halite/qubes.sls [N] bytes
    ! nobody's signature was checked; `verify` does that
    exit code 0
    ");
    assert_snapshot!(seen("show sample@1 --file nothing"), @r"
    ! error: `store/[ID].halite`: it holds no file `nothing`
    ! hint: it holds: packages/h-quiet-187997a4.list, policy/32-halite.policy, recipe/halite.toml, salt/halite.top, salt/halite/files/[ID], salt/halite/files/[ID], salt/halite/in/h-quiet-187997a4.sls, salt/halite/in/quiet-dvm.sls, salt/halite/in/quiet.sls, salt/halite/network.sls, salt/halite/qubes.sls
    exit code 1
    ");
}

#[test]
fn stdout_holds_only_the_id() {
    let sandbox = Sandbox::with_recipe();
    sandbox.halite("keygen -W author").succeeds();
    let built = sandbox.halite("build recipe").succeeds();
    let id = built.stdout.strip_suffix('\n').unwrap();
    assert!(id.len() == 64 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{id}");
    assert_eq!(sandbox.halite("build recipe").succeeds().stdout, built.stdout);
    assert_eq!(sandbox.halite("build recipe --sign author.key").succeeds().stdout, built.stdout);
    assert_eq!(sandbox.halite(&format!("sign {id} --key author.key")).succeeds().stdout, built.stdout);
    let mut files = fs::read_dir(sandbox.path("store")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!((files.next(), files.next()), (Some(format!("{id}.halite")), None));
    // Found by the beginning of the id, from four digits on, and by its path.
    for selector in [&id[..4], &id[..40], id, "sample@1", &format!("store/{id}.halite")] {
        sandbox.halite(&format!("verify {selector} --key author.pub")).succeeds();
    }
    sandbox.halite(&format!("verify {} --key author.pub", &id[..3])).exits(2);
}

#[test]
fn json_has_a_format() {
    let sandbox = Sandbox::with_recipe();
    for (arguments, first) in [
        ("keygen -W author --json", "format"),
        ("build recipe --json", "id"),
        ("build recipe --json", "id"),
        ("sign sample@1 --key author.key --json", "format"),
        ("check recipe --json", "format"),
        ("show sample@1 --json", "format"),
        ("verify sample@1 --key author.pub --json", "format"),
    ] {
        let ended = sandbox.halite(arguments).succeeds();
        assert_eq!(ended.json()["format"], 1, "{arguments}");
        let second_line = ended.stdout.lines().nth(1).unwrap();
        assert!(second_line.starts_with(&format!("  \"{first}\": ")), "{arguments}: {second_line}");
        assert!(ended.stdout.ends_with("}\n"), "{arguments}");
    }
    let built = sandbox.halite("build recipe --json").succeeds();
    assert_snapshot!(without_ids(&built.stdout), @r#"
    {
      "id": "[ID]",
      "format": 1,
      "name": "sample",
      "release": "r4.3",
      "serial": 1,
      "path": "store/[ID].halite",
      "new": false
    }
    "#);
    let verified = sandbox.halite("verify sample@1 --key author.pub --json").succeeds();
    assert_snapshot!(without_ids(&verified.stdout), @r#"
    {
      "format": 1,
      "id": "[ID]",
      "name": "sample",
      "release": "r4.3",
      "serial": 1,
      "signers": [
        {
          "key": "[KEY]",
          "role": "author",
          "comment": "halite sample r4.3 serial 1 id [ID]"
        }
      ],
      "contents_checked": false
    }
    "#);
    let made = sandbox.halite("keygen -W second --json").succeeds();
    assert_snapshot!(without_ids(&made.stdout), @r#"
    {
      "format": 1,
      "id": "[KEY]",
      "secret": "second.key",
      "public": "second.pub"
    }
    "#);
}

/// No escape sequence ever goes to what is no terminal; `NO_COLOR` and `TERM=dumb` go further.
#[test]
fn colours_are_for_terminals() {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", RECIPE.replace("serial = 1", "serial = 0"));
    for (variable, value) in [("NO_COLOR", ""), ("CLICOLOR_FORCE", "1"), ("FORCE_COLOR", "1"), ("TERM", "xterm-256color")] {
        let ended = sandbox.halite("check recipe").env_remove("NO_COLOR").env(variable, value).exits(1);
        assert!(!ended.stderr.contains('\u{1b}'), "{variable}={value}: {:?}", ended.stderr);
    }
    // `script` gives the program a terminal.
    let at_terminal = |environment: &str| {
        let call = format!("env -u NO_COLOR -u TERM {environment} {} check recipe", env!("CARGO_BIN_EXE_halite"));
        sandbox.run("script", "-q -e -c").argument(call).argument("/dev/null").exits(1).stdout
    };
    assert!(at_terminal("TERM=xterm").contains("\u{1b}["), "{}", at_terminal("TERM=xterm"));
    assert!(at_terminal("TERM=xterm NO_COLOR=").contains("\u{1b}["), "an empty NO_COLOR says nothing (no-color.org)");
    assert!(!at_terminal("TERM=xterm NO_COLOR=1").contains('\u{1b}'));
    assert!(!at_terminal("TERM=dumb").contains('\u{1b}'));
}

/// Whoever reads the output may stop reading.
#[test]
fn a_broken_pipe_is_no_fault() {
    let sandbox = Sandbox::with_bundle();
    for arguments in ["show ./bundle.halite --json", "--help", "build recipe"] {
        let script = format!("exec 3>&1; {{ {} {arguments}; echo $? >&3; }} | true", env!("CARGO_BIN_EXE_halite"));
        let ended = sandbox.bash(&script).end();
        assert_eq!(ended.stdout, "0\n", "{arguments}: {}", ended.transcript());
        assert!(!ended.stderr.contains("panicked"), "{arguments}: {}", ended.stderr);
    }
}

#[test]
fn a_full_disk_is_told() {
    let sandbox = Sandbox::with_bundle();
    let script = format!("{} show ./bundle.halite > /dev/full", env!("CARGO_BIN_EXE_halite"));
    let ended = sandbox.bash(&script).exits(1);
    assert!(ended.stderr.ends_with("error: cannot write to stdout: No space left on device (os error 28)\n"), "{}", ended.stderr);
    // And stderr may be closed, or full.
    for redirection in ["2>&-", "2>/dev/full"] {
        sandbox.bash(&format!("{} build recipe {redirection}", env!("CARGO_BIN_EXE_halite"))).succeeds();
    }
}

#[test]
fn a_store_that_cannot_be_written() {
    let sandbox = Sandbox::with_recipe();
    // Neither root nor anybody else can make a directory in a file, or in /proc.
    sandbox.write("file", "");
    assert_snapshot!(sandbox.halite("build recipe --store file").transcript(), @r"
    ! error: cannot make the directory `file`: File exists (os error 17)
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("build recipe --store file/store").transcript(), @r"
    ! error: cannot make the directory `file/store`: Not a directory (os error 20)
    exit code 1
    ");
    for (store, action) in [("/proc/store", "make the directory"), ("/proc", "write")] {
        let refused = sandbox.halite("build recipe --store").argument(store).exits(1);
        assert!(refused.stderr.starts_with(&format!("error: cannot {action} `/proc/")), "{}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
    assert_snapshot!(sandbox.halite("show sample@1 --store none").transcript(), @r"
    ! error: there is no bundle `sample@1` in `none`
    ! hint: `ls none` shows what is there
    exit code 1
    ");
}

/// As a user for whom permissions count.
#[test]
fn a_store_that_may_not_be_written() {
    let sandbox = Sandbox::with_recipe();
    sandbox.copy_halite();
    fs::create_dir(sandbox.path("store")).unwrap();
    fs::set_permissions(sandbox.path("store"), fs::Permissions::from_mode(0o555)).unwrap();
    let mut run = sandbox.run("./halite", "build recipe");
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        run = run.user(65_534);
    }
    assert_snapshot!(without_ids(&run.transcript()), @r"
    ! error: cannot write `store/[ID].halite`: Permission denied (os error 13)
    exit code 1
    ");
    assert_eq!(fs::read_dir(sandbox.path("store")).unwrap().count(), 0);
}

/// Something else under the name of a bundle in the store.
#[test]
fn a_damaged_store_is_mended_by_building_again() {
    let sandbox = Sandbox::with_recipe();
    let id = sandbox.halite("build recipe").succeeds().stdout;
    let name = format!("store/{}.halite", id.trim());
    let good = sandbox.read(&name);
    for (what, bytes) in [("empty", Vec::new()), ("cut", good[..1000].to_vec()), ("other", b"something else".to_vec())] {
        sandbox.write(&name, bytes);
        assert!(sandbox.halite("build recipe").succeeds().stderr.starts_with("built "), "{what}");
        assert_eq!(sandbox.read(&name), good, "{what}");
    }
    // What else lies there is not the store's.
    for other in ["README.md", "x.halite", &format!("{}.halite.old", id.trim()), ".hidden.halite"] {
        sandbox.write(&format!("store/{other}"), "not a bundle");
    }
    sandbox.halite("show sample@1").succeeds();
    sandbox.halite("show").argument(&id[..4]).succeeds();
    // A directory in its place is not removed, and nothing is lost.
    fs::remove_file(sandbox.path(&name)).unwrap();
    fs::create_dir(sandbox.path(&name)).unwrap();
    let ended = sandbox.halite("build recipe").exits(1);
    assert_snapshot!(without_ids(&ended.transcript()), @r"
    ! error: cannot write `store/[ID].halite`: Is a directory (os error 21)
    exit code 1
    ");
    assert_eq!(fs::read_dir(sandbox.path("store")).unwrap().count(), 5, "no temporary file is left");
}

#[test]
fn two_bundles_of_one_name_and_serial() {
    let sandbox = Sandbox::with_recipe();
    let first = sandbox.halite("build recipe").succeeds().stdout;
    sandbox.write("recipe/halite.toml", format!("{RECIPE}# changed\n"));
    let second = sandbox.halite("build recipe").succeeds().stdout;
    assert_ne!(first, second);
    let ended = sandbox.halite("show sample@1").exits(1);
    for id in [&first, &second] {
        assert!(ended.stderr.contains(&id[..12]), "{}", ended.stderr);
    }
    assert!(ended.stderr.contains("\nhint: give more digits of the id\n"), "{}", ended.stderr);
}

#[test]
fn keys_are_made_once_and_kept_secret() {
    let sandbox = Sandbox::new();
    for umask in ["000", "077"] {
        sandbox.bash(&format!("umask {umask}; {} keygen -W key{umask}", env!("CARGO_BIN_EXE_halite"))).succeeds();
        let mode = |file: &str| fs::metadata(sandbox.path(&format!("key{umask}.{file}"))).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode("key"), mode("pub")), (0o600, 0o644), "umask {umask}");
    }
    let before = sandbox.snapshot();
    assert_snapshot!(sandbox.halite("keygen -W key000").transcript(), @r"
    ! error: `key000.key` exists already
    ! hint: keys are never overwritten; choose another name
    exit code 1
    ");
    fs::remove_file(sandbox.path("key077.key")).unwrap();
    assert_snapshot!(sandbox.halite("keygen -W key077").transcript(), @r"
    ! error: `key077.pub` exists already
    ! hint: keys are never overwritten; choose another name
    exit code 1
    ");
    assert!(!sandbox.path("key077.key").exists());
    assert_eq!(sandbox.snapshot()["key000.key"], before["key000.key"]);
    assert_eq!(sandbox.snapshot()["key077.pub"], before["key077.pub"]);
    // Not even through a link that leads nowhere yet.
    std::os::unix::fs::symlink("elsewhere", sandbox.path("linked.key")).unwrap();
    sandbox.halite("keygen -W linked").exits(1);
    assert!(!sandbox.path("elsewhere").exists());
    assert_snapshot!(sandbox.halite("keygen -W none/key").transcript(), @r"
    ! error: cannot write `none/key.key`: No such file or directory (os error 2)
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("keygen key").transcript(), @r"
    ! error: no passphrase could be read: stdin is empty and no terminal
    exit code 1
    ");
    assert_snapshot!(sandbox.halite("keygen key").stdin("\n").transcript(), @r"
    ! error: no passphrase could be read: the passphrase is empty; a key without one is made with `--no-passphrase`
    exit code 1
    ");
    assert!(!sandbox.path("key.key").exists() && !sandbox.path("key.pub").exists());
    // Two keys are never the same.
    assert_ne!(sandbox.read("key000.key"), sandbox.read("key000.pub"));
    sandbox.halite("keygen -W another").succeeds();
    assert_ne!(sandbox.text("another.pub"), sandbox.text("key000.pub"));
}

/// A key that came while the passphrase was typed is as precious as one that was there before.
#[test]
fn a_key_that_comes_in_between_is_kept() {
    let sandbox = Sandbox::new();
    let script =
        format!("{{ sleep 1; echo precious > late.key; echo correct horse; }} | {} keygen late", env!("CARGO_BIN_EXE_halite"));
    sandbox.bash(&script).exits(1);
    assert_eq!(sandbox.text("late.key"), "precious\n");
    assert!(!sandbox.path("late.pub").exists());
    // Of two at once, one wins, and its two files belong together.
    for round in 0..10 {
        let script = "for n in 1 2 3 4; do PROGRAM keygen -W pair & done 2>/dev/null | cat";
        sandbox.bash(&script.replace("PROGRAM", env!("CARGO_BIN_EXE_halite"))).end();
        sandbox.write("recipe/halite.toml", RECIPE);
        sandbox.halite("build recipe --sign pair.key").succeeds();
        let verified = sandbox.halite("verify sample@1 --key pair.pub").end();
        assert_eq!(verified.code, 0, "round {round}: {}", verified.transcript());
        sandbox.bash("rm -r pair.key pair.pub store").succeeds();
    }
}

/// Many at once in one store, and one killed in between: whole bundles or none, and no litter that stays.
#[test]
fn many_at_once() {
    let sandbox = Sandbox::with_recipe();
    let spawn = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_halite"));
        command.args(["build", "recipe"]).current_dir(sandbox.path("")).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    for round in 0..5 {
        let mut children: Vec<_> = (0..8).map(|_| spawn()).collect();
        if round % 2 == 1 {
            std::thread::sleep(Duration::from_millis(round));
            children[0].kill().unwrap();
        }
        for (n, child) in children.iter_mut().enumerate() {
            let status = child.wait().unwrap();
            assert!(status.success() || (n == 0 && round % 2 == 1), "{status}");
        }
        let id = sandbox.halite("build recipe").succeeds();
        assert!(id.stderr.starts_with("already built "), "{}", id.stderr);
        fs::remove_dir_all(sandbox.path("store")).unwrap();
    }
}

/// `halite` needs neither a home nor a terminal nor a working directory that it may write.
#[test]
fn no_home_no_environment() {
    let sandbox = Sandbox::with_recipe();
    sandbox.halite("build recipe").env_remove("HOME").env_remove("PATH").env_remove("TERM").env_remove("USER").succeeds();
    assert!(!sandbox.path("home").exists(), "nothing is written to HOME");
}
