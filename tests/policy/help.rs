//! What the verbs say of themselves.

use insta::assert_snapshot;

use super::support::Sandbox;

const VERBS: [&str; 4] = ["graph", "eval", "lint", "reach"];

#[test]
fn help_of_halite() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite("policy graph --help").transcript(), @r"
    | Draw who may call whom
    |
    | Prints what `qrexec-policy-graph` of Qubes OS prints, in the language of Graphviz: red edges for
    | calls that go through, orange ones for those that the user is asked about.
    |
    | Usage: halite policy graph [OPTIONS]
    |
    | Options:
    |       --policy-dir <DIR>
    |           A directory with policy files; may be given more than once, and a file masks those of the
    |           same name in later ones [default: those of dom0]
    |
    |       --compat-dir <DIR>
    |           The directory that `!compat-4.0` stands for [default: /etc/qubes-rpc/policy]
    |
    |       --system-info <FILE>
    |           The system, as the JSON that qubesd answers to `internal.GetSystemInfo` [default:
    |           `halite-dom0` asks qubesd]
    |
    |       --capture <FILE>
    |           A dom0, as `halite-dom0 capture` wrote it down: its policy and its system
    |
    |       --include-ask
    |           Also what the user is asked about
    |
    |       --full-output
    |           With arguments and parameters, and what the user is asked about
    |
    |       --skip-labels
    |           Without the names of services
    |
    |       --service <SERVICE>...
    |           Only these services, with or without +ARGUMENT
    |
    |       --source <QUBE>...
    |           Only calls from these qubes
    |
    |       --target <TARGET>...
    |           Only calls to these qubes
    |
    |       --output <FILE>
    |           Write to this file
    |
    |       --count
    |           Print the number of edges, and not the edges
    |
    |       --json
    |           Print JSON, an edge a line
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Example:
    |   halite policy graph --policy-dir policy.d --system-info system.json --output graph.dot
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("policy eval --help").transcript(), @r#"
    | Decide calls
    |
    | Reads calls from stdin, each a line of JSON with `source`, `service`, `argument` and `target`, and
    | prints a line of JSON for each, in the same order.
    |
    | Usage: halite policy eval [OPTIONS]
    |
    | Options:
    |       --policy-dir <DIR>
    |           A directory with policy files; may be given more than once, and a file masks those of the
    |           same name in later ones [default: those of dom0]
    |
    |       --compat-dir <DIR>
    |           The directory that `!compat-4.0` stands for [default: /etc/qubes-rpc/policy]
    |
    |       --system-info <FILE>
    |           The system, as the JSON that qubesd answers to `internal.GetSystemInfo` [default:
    |           `halite-dom0` asks qubesd]
    |
    |       --capture <FILE>
    |           A dom0, as `halite-dom0 capture` wrote it down: its policy and its system
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Example:
    |   echo '{"source": "work", "service": "qubes.Filecopy", "argument": "+", "target": "vault"}' |
    |     halite policy eval --policy-dir policy.d --system-info system.json
    exit code 0
    "#);
    assert_snapshot!(sandbox.halite("policy lint --help").transcript(), @r"
    | Find what breaks a policy, or deceives its reader
    |
    | Errors are what makes Qubes deny every call: lines that it cannot read, names of files that it does
    | not accept, includes that are missing. Warnings are rules and files that do not do what they seem to
    | do. Without a system, names and tags are not looked up. Exit code 1 if there is an error.
    |
    | Usage: halite policy lint [OPTIONS]
    |
    | Options:
    |       --policy-dir <DIR>
    |           A directory with policy files; may be given more than once, and a file masks those of the
    |           same name in later ones [default: those of dom0]
    |
    |       --compat-dir <DIR>
    |           The directory that `!compat-4.0` stands for [default: /etc/qubes-rpc/policy]
    |
    |       --system-info <FILE>
    |           The system, as the JSON that qubesd answers to `internal.GetSystemInfo` [default:
    |           `halite-dom0` asks qubesd]
    |
    |       --capture <FILE>
    |           A dom0, as `halite-dom0 capture` wrote it down: its policy and its system
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Example:
    |   halite policy lint --policy-dir policy.d --system-info system.json
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("policy reach --help").transcript(), @r"
    | Show how something gets from one qube to another
    |
    | Over any number of qubes in between: data, and control over another qube; what is allowed, and what
    | the user is asked about on the way. Prints a shortest way of each, with the service and the rule of
    | each hop.
    |
    | Usage: halite policy reach [OPTIONS] --from <QUBE>
    |
    | Options:
    |       --policy-dir <DIR>
    |           A directory with policy files; may be given more than once, and a file masks those of the
    |           same name in later ones [default: those of dom0]
    |
    |       --compat-dir <DIR>
    |           The directory that `!compat-4.0` stands for [default: /etc/qubes-rpc/policy]
    |
    |       --system-info <FILE>
    |           The system, as the JSON that qubesd answers to `internal.GetSystemInfo` [default:
    |           `halite-dom0` asks qubesd]
    |
    |       --capture <FILE>
    |           A dom0, as `halite-dom0 capture` wrote it down: its policy and its system
    |
    |       --from <QUBE>
    |           The qube where it begins; a new disposable is `@dispvm:TEMPLATE`
    |
    |       --to <QUBE>
    |           The qube where it ends [default: all that can be reached]
    |
    |       --what <WHAT>
    |           What is to get there [default: both]
    |
    |           [possible values: data, control]
    |
    |       --without-ask
    |           Only what needs no consent of the user
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite policy reach --policy-dir policy.d --system-info system.json --from work --to vault
    |   halite policy reach --policy-dir policy.d --system-info system.json --from work --what control
    exit code 0
    ");
}

#[test]
fn help_of_halite_dom0() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite_dom0("policy --help").transcript(), @r"
    | Study the qrexec policy of this dom0, or another one
    |
    | Reads /run/qubes/policy.d (R4.3) and /etc/qubes/policy.d, asks qubesd which qubes there are, and
    | decides calls as dom0 would. Changes nothing.
    |
    | Usage: halite-dom0 policy [OPTIONS] <COMMAND>
    |
    | Commands:
    |   graph  Draw who may call whom
    |   eval   Decide calls
    |   lint   Find what breaks a policy, or deceives its reader
    |   reach  Show how something gets from one qube to another
    |   help   Print this message or the help of the given subcommand(s)
    |
    | Options:
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --qubesd-internal <SOCKET>
    |           qubesd's socket for dom0's own services, if it is not beside the other as
    |           `NAME.internal.sock`
    |
    |       --qubesctl <PROGRAM>
    |           The program by which Salt works inside qubes
    |
    |       --timeout <DURATION>
    |           How long qubesd may be silent, and Salt may work inside one qube, before it is given up
    |
    |       --simulate <DIR>
    |           Work in a simulated dom0 that is kept in this directory; an empty one begins as a stock
    |           system
    |
    |       --simulate-release <RELEASE>
    |           The release that a simulation begins as
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite-dom0 policy reach --from work --to vault
    |   halite-dom0 policy lint
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("policy reach --help").transcript(), @r"
    | Show how something gets from one qube to another
    |
    | Over any number of qubes in between: data, and control over another qube; what is allowed, and what
    | the user is asked about on the way. Prints a shortest way of each, with the service and the rule of
    | each hop.
    |
    | Usage: halite-dom0 policy reach [OPTIONS] --from <QUBE>
    |
    | Options:
    |       --policy-dir <DIR>
    |           A directory with policy files; may be given more than once, and a file masks those of the
    |           same name in later ones [default: those of dom0]
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --compat-dir <DIR>
    |           The directory that `!compat-4.0` stands for [default: /etc/qubes-rpc/policy]
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --qubesd-internal <SOCKET>
    |           qubesd's socket for dom0's own services, if it is not beside the other as
    |           `NAME.internal.sock`
    |
    |       --system-info <FILE>
    |           The system, as the JSON that qubesd answers to `internal.GetSystemInfo` [default:
    |           `halite-dom0` asks qubesd]
    |
    |       --from <QUBE>
    |           The qube where it begins; a new disposable is `@dispvm:TEMPLATE`
    |
    |       --qubesctl <PROGRAM>
    |           The program by which Salt works inside qubes
    |
    |       --timeout <DURATION>
    |           How long qubesd may be silent, and Salt may work inside one qube, before it is given up
    |
    |       --to <QUBE>
    |           The qube where it ends [default: all that can be reached]
    |
    |       --simulate <DIR>
    |           Work in a simulated dom0 that is kept in this directory; an empty one begins as a stock
    |           system
    |
    |       --what <WHAT>
    |           What is to get there [default: both]
    |
    |           [possible values: data, control]
    |
    |       --simulate-release <RELEASE>
    |           The release that a simulation begins as
    |
    |       --without-ask
    |           Only what needs no consent of the user
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite-dom0 policy reach --from work --to vault
    |   halite-dom0 policy reach --from work --what control --without-ask
    exit code 0
    ");
}

/// Each verb shows how it is called, in the program that is asked.
#[test]
fn examples_are_of_the_program() {
    let sandbox = Sandbox::new();
    for verb in VERBS {
        for (program, help) in [
            ("halite", sandbox.halite(&format!("policy {verb} --help")).succeeds().stdout),
            ("halite-dom0", sandbox.halite_dom0(&format!("policy {verb} --help")).succeeds().stdout),
        ] {
            let examples = help.split("\nExample").nth(1).unwrap_or_else(|| panic!("`{program} policy {verb}` has no example"));
            let calls = examples.lines().filter(|line| line.contains(&format!(" {program} policy {verb}"))).count();
            assert!(calls > 0 && calls == examples.matches("halite").count(), "{examples}");
        }
    }
}
