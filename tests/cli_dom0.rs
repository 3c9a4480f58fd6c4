//! The contract of `halite-dom0`'s command line, by the separately built program: helps, exit codes, and what it does not do.

#![allow(clippy::disallowed_methods, reason = "a test looks at the files")]

mod support;

use std::fs;

use insta::assert_snapshot;
use support::{Sandbox, without_ids};

const VERBS: [&str; 23] = [
    "trust",
    "verify",
    "import",
    "list",
    "show",
    "report",
    "plan",
    "diff",
    "switch",
    "confirm",
    "status",
    "rollback",
    "recover",
    "uninstall",
    "generations",
    "history",
    "pin",
    "unpin",
    "gc",
    "prune",
    "policy",
    "capture",
    "explain",
];

#[test]
fn help_of_the_program() {
    let sandbox = Sandbox::new();
    let help = sandbox.halite_dom0("--help").succeeds();
    assert_snapshot!(help.transcript(), @r"
    | Verify bundles of anonymity modes, install them in dom0, and go back
    |
    | Usage: halite-dom0 [OPTIONS] <COMMAND>
    |
    | Commands:
    |   trust        Say whom this dom0 believes
    |   verify       Verify a bundle with the keys that this dom0 trusts
    |   import       Verify a bundle and put it into dom0's store
    |   list         List the bundles in dom0's store
    |   show         Show what a bundle in dom0's store asks for
    |   report       Explain what is in place: what is isolated from what, and how that is known
    |   plan         Show what switching to a bundle would change
    |   diff         Show what two bundles of dom0's store, or generations, differ in
    |   switch       Make dom0 what a bundle says
    |   confirm      Say that the generation in place works
    |   status       Show which generation is in place, and whether dom0 still is as it says
    |   rollback     Go back to an earlier generation
    |   recover      Bring what was interrupted to an end
    |   uninstall    Bring back dom0 as it was before halite
    |   generations  List the generations
    |   history      Show what was done in this dom0, and when
    |   pin          Keep a generation until it is unpinned
    |   unpin        Let a generation go once nothing else keeps it
    |   gc           Remove generations and bundles that nothing keeps
    |   prune        Remove for ever what halite made and put away
    |   policy       Study the qrexec policy of this dom0, or another one
    |   capture      Write down this dom0, to study it elsewhere
    |   explain      Explain a check: what it demands, why, and what to do
    |   help         Print this message or the help of the given subcommand(s)
    |
    | Options:
    |       --root <DIR>                  Work below this directory instead of /
    |       --qubesd <SOCKET>             qubesd's socket
    |       --qubesd-internal <SOCKET>    qubesd's socket for dom0's own services, if it is not beside the
    |                                     other as `NAME.internal.sock`
    |       --qubesctl <PROGRAM>          The program by which Salt works inside qubes
    |       --timeout <DURATION>          How long qubesd may be silent, and Salt may work inside one
    |                                     qube, before it is given up
    |       --simulate <DIR>              Work in a simulated dom0 that is kept in this directory; an
    |                                     empty one begins as a stock system
    |       --simulate-release <RELEASE>  The release that a simulation begins as
    |   -h, --help                        Print help
    |   -V, --version                     Print version
    |
    | A first switch:
    |   halite-dom0 trust add author.pub --role author
    |   halite-dom0 import bundle.halite
    |   halite-dom0 plan anonymity-modes@1
    |   halite-dom0 switch anonymity-modes@1
    | And back:
    |   halite-dom0 rollback
    | With `--simulate DIR`, all of it works in a simulated dom0, on any machine.
    exit code 0
    ");
    assert_eq!(sandbox.halite_dom0("help").succeeds().stdout, help.stdout);
    let none = sandbox.halite_dom0("").exits(2);
    assert_eq!((none.stdout.as_str(), none.stderr), ("", help.stdout), "without arguments the same, as a fault");
    assert_snapshot!(sandbox.halite_dom0("--version").transcript().replace(env!("CARGO_PKG_VERSION"), "[VERSION]"), @r"
    | halite-dom0 [VERSION]
    exit code 0
    ");
}

#[test]
fn help_of_each_verb() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite_dom0("trust --help").transcript(), @r"
    | Say whom this dom0 believes
    |
    | Usage: halite-dom0 trust [OPTIONS] <COMMAND>
    |
    | Commands:
    |   add        Trust a public key in a role
    |   list       Show the trusted keys and the thresholds
    |   remove     Trust a key no more
    |   threshold  Say how many keys of a role must have signed a bundle
    |   help       Print this message or the help of the given subcommand(s)
    |
    | Options:
    |       --root <DIR>                  Work below this directory instead of /
    |       --qubesd <SOCKET>             qubesd's socket
    |       --qubesd-internal <SOCKET>    qubesd's socket for dom0's own services, if it is not beside the
    |                                     other as `NAME.internal.sock`
    |       --qubesctl <PROGRAM>          The program by which Salt works inside qubes
    |       --timeout <DURATION>          How long qubesd may be silent, and Salt may work inside one
    |                                     qube, before it is given up
    |       --simulate <DIR>              Work in a simulated dom0 that is kept in this directory; an
    |                                     empty one begins as a stock system
    |       --simulate-release <RELEASE>  The release that a simulation begins as
    |   -h, --help                        Print help
    |
    | Examples:
    |   halite-dom0 trust add author.pub --role author
    |   halite-dom0 trust list
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("trust add --help").transcript(), @r"
    | Trust a public key in a role
    |
    | Compare its id with the one that its owner told you in person, or on another way than the key came.
    |
    | Usage: halite-dom0 trust add [OPTIONS] --role <ROLE> <FILE>
    |
    | Arguments:
    |   <FILE>
    |           The public key's file, as `halite keygen` or `minisign -G` writes it
    |
    | Options:
    |       --role <ROLE>
    |           What the key vouches for: `author` or `rebuilder`
    |
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
    | Example:
    |   halite-dom0 trust add author.pub --role author
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("trust list --help").transcript(), @r"
    | Show the trusted keys and the thresholds
    |
    | Usage: halite-dom0 trust list [OPTIONS]
    |
    | Options:
    |       --json                        Print JSON
    |       --root <DIR>                  Work below this directory instead of /
    |       --qubesd <SOCKET>             qubesd's socket
    |       --qubesd-internal <SOCKET>    qubesd's socket for dom0's own services, if it is not beside the
    |                                     other as `NAME.internal.sock`
    |       --qubesctl <PROGRAM>          The program by which Salt works inside qubes
    |       --timeout <DURATION>          How long qubesd may be silent, and Salt may work inside one
    |                                     qube, before it is given up
    |       --simulate <DIR>              Work in a simulated dom0 that is kept in this directory; an
    |                                     empty one begins as a stock system
    |       --simulate-release <RELEASE>  The release that a simulation begins as
    |   -h, --help                        Print help
    |
    | Example:
    |   halite-dom0 trust list
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("capture --help").transcript(), @r"
    | Write down this dom0, to study it elsewhere
    |
    | All qubes with their settings, all policy files, and what halite manages, as JSON: what `halite
    | check --against`, `halite plan --against` and `halite policy … --capture` read. It holds every name
    | that is in dom0, unless it is redacted. Changes nothing.
    |
    | Usage: halite-dom0 capture [OPTIONS]
    |
    | Options:
    |       --output <FILE>
    |           Write to this file, which is then for its owner alone
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --redact
    |           Replace all names but those that every system has, and leave out comments, other texts,
    |           and what halite manages
    |
    |           `qube-3` and `tag-2` are the same everywhere, so that the policy says of them what it said
    |           of the real ones. How many qubes there are, which are together, and what their sizes are
    |           still shows.
    |
    |       --qubesd-internal <SOCKET>
    |           qubesd's socket for dom0's own services, if it is not beside the other as
    |           `NAME.internal.sock`
    |
    |       --recipe
    |           Write a recipe to begin with instead: identities of what is there already, with comments
    |           where something is a guess
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
    |   halite-dom0 capture --output dom0.json
    |   halite-dom0 capture --redact --output to-show.json
    |   halite-dom0 capture --recipe --output halite.toml
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("verify --help").transcript(), @r"
    | Verify a bundle with the keys that this dom0 trusts
    |
    | Changes nothing. Exit code 4 if not enough of the keys vouch for it.
    |
    | Usage: halite-dom0 verify [OPTIONS] <BUNDLE>
    |
    | Arguments:
    |   <BUNDLE>
    |           A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    |
    | Options:
    |       --id <ID>
    |           Demand this id, besides the signatures
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --contents
    |           Decompress the payload, too, and check each file in it
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --json
    |           Print JSON
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
    | Example:
    |   halite-dom0 verify bundle.halite
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("import --help").transcript(), @r"
    | Verify a bundle and put it into dom0's store
    |
    | The file, or what comes out of a running qube, is copied into quarantine, its signatures and
    | everything in it are checked there, and every rule is checked again. Only then does it count.
    | Nothing else in dom0 changes.
    |
    | Usage: halite-dom0 import [OPTIONS] [FILE]
    |
    | Arguments:
    |   [FILE]
    |           The bundle's file
    |
    | Options:
    |       --from-qube <QUBE:PATH>
    |           Take the bundle out of a running qube
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --qvm-run <PROGRAM>
    |           The program that takes it out
    |
    |       --id <ID>
    |           Demand this id, besides the signatures
    |
    |       --qubesd-internal <SOCKET>
    |           qubesd's socket for dom0's own services, if it is not beside the other as
    |           `NAME.internal.sock`
    |
    |       --json
    |           Print JSON
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
    |   halite-dom0 import bundle.halite
    |   halite-dom0 import --from-qube work:/home/user/bundle.halite
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("list --help").transcript(), @r"
    | List the bundles in dom0's store
    |
    | Each is verified again under the trust of today.
    |
    | Usage: halite-dom0 list [OPTIONS]
    |
    | Options:
    |       --json
    |           Print JSON
    |
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
    | Example:
    |   halite-dom0 list
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("show --help").transcript(), @r"
    | Show what a bundle in dom0's store asks for
    |
    | Usage: halite-dom0 show [OPTIONS] <BUNDLE>
    |
    | Arguments:
    |   <BUNDLE>  A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    |
    | Options:
    |       --file <PATH>                 Print this file of the payload, and nothing else
    |       --root <DIR>                  Work below this directory instead of /
    |       --json                        Print JSON
    |       --qubesd <SOCKET>             qubesd's socket
    |       --qubesd-internal <SOCKET>    qubesd's socket for dom0's own services, if it is not beside the
    |                                     other as `NAME.internal.sock`
    |       --qubesctl <PROGRAM>          The program by which Salt works inside qubes
    |       --timeout <DURATION>          How long qubesd may be silent, and Salt may work inside one
    |                                     qube, before it is given up
    |       --simulate <DIR>              Work in a simulated dom0 that is kept in this directory; an
    |                                     empty one begins as a stock system
    |       --simulate-release <RELEASE>  The release that a simulation begins as
    |   -h, --help                        Print help
    |
    | Example:
    |   halite-dom0 show anonymity-modes@1
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("plan --help").transcript(), @r"
    | Show what switching to a bundle would change
    |
    | Reads dom0 and changes nothing. Dangers come first. Exit code 3 if there is something to do.
    |
    | Usage: halite-dom0 plan [OPTIONS] <BUNDLE>
    |
    | Arguments:
    |   <BUNDLE>
    |           The first digits of a bundle's id, or NAME@SERIAL
    |
    | Options:
    |       --adopt <QUBE>
    |           Plan as if this qube, which halite did not make, were its own; may be given more than once
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --json
    |           Print JSON
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
    | Example:
    |   halite-dom0 plan anonymity-modes@2
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("switch --help").transcript(), @r"
    | Make dom0 what a bundle says
    |
    | Verifies the bundle again, makes the plan, carries it out, and reads dom0 back. If anything is
    | refused, everything is put back. What was there before is kept for `rollback`.
    |
    | Usage: halite-dom0 switch [OPTIONS] [BUNDLE]
    |
    | Arguments:
    |   [BUNDLE]
    |           The first digits of a bundle's id, or NAME@SERIAL
    |
    | Options:
    |       --defer
    |           Leave qubes that run as they are, and do the rest
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --resume
    |           Do what was left to do of the generation in place
    |
    |       --accept-dangers
    |           Go on although the plan shows dangers
    |
    |       --qubesd-internal <SOCKET>
    |           qubesd's socket for dom0's own services, if it is not beside the other as
    |           `NAME.internal.sock`
    |
    |       --adopt <QUBE>
    |           Let halite manage this qube, which it did not make; may be given more than once
    |
    |       --qubesctl <PROGRAM>
    |           The program by which Salt works inside qubes
    |
    |       --keep-mine
    |           Keep what was changed by hand as it is now, from now on; `status` shows it
    |
    |       --timeout <DURATION>
    |           How long qubesd may be silent, and Salt may work inside one qube, before it is given up
    |
    |       --simulate <DIR>
    |           Work in a simulated dom0 that is kept in this directory; an empty one begins as a stock
    |           system
    |
    |       --take-bundle
    |           Set what was changed by hand to what the bundle says, also what was kept before
    |
    |       --confirm-within <DURATION>
    |           Put everything back unless `halite-dom0 confirm` says in time, as in `10m`, that it works
    |
    |       --simulate-release <RELEASE>
    |           The release that a simulation begins as
    |
    |       --dry-run
    |           Show the plan and everything that would be refused, and change nothing
    |
    |       --allow-older
    |           Switch although a newer serial was activated before
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite-dom0 switch 2f1c
    |   halite-dom0 switch anonymity-modes@2 --confirm-within 10m
    |   halite-dom0 switch anonymity-modes@2 --dry-run
    |   halite-dom0 switch anonymity-modes@2 --defer
    |   halite-dom0 switch --resume
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("status --help").transcript(), @r"
    | Show which generation is in place, and whether dom0 still is as it says
    |
    | Changes nothing, unless `--fix` is given: then everything that was changed or lost since is put
    | back. Exit code 3 if something was changed, is left to do, or was interrupted.
    |
    | Usage: halite-dom0 status [OPTIONS]
    |
    | Options:
    |       --fix
    |           Put back what was changed or lost since
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --accept-dangers
    |           Go on although the plan shows dangers
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --adopt <QUBE>
    |           Let halite manage this qube, which it did not make; may be given more than once
    |
    |       --qubesd-internal <SOCKET>
    |           qubesd's socket for dom0's own services, if it is not beside the other as
    |           `NAME.internal.sock`
    |
    |       --keep-mine
    |           Keep what was changed by hand as it is now, from now on; `status` shows it
    |
    |       --qubesctl <PROGRAM>
    |           The program by which Salt works inside qubes
    |
    |       --take-bundle
    |           Set what was changed by hand to what the bundle says, also what was kept before
    |
    |       --timeout <DURATION>
    |           How long qubesd may be silent, and Salt may work inside one qube, before it is given up
    |
    |       --confirm-within <DURATION>
    |           Put everything back unless `halite-dom0 confirm` says in time, as in `10m`, that it works
    |
    |       --simulate <DIR>
    |           Work in a simulated dom0 that is kept in this directory; an empty one begins as a stock
    |           system
    |
    |       --dry-run
    |           Show the plan and everything that would be refused, and change nothing
    |
    |       --simulate-release <RELEASE>
    |           The release that a simulation begins as
    |
    |       --json
    |           Print JSON
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite-dom0 status
    |   halite-dom0 status --fix --dry-run
    |   halite-dom0 status --fix --keep-mine
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("rollback --help").transcript(), @r"
    | Go back to an earlier generation
    |
    | Settings, tags, features and the policy become what they were. Qubes that the earlier generation
    | does not know are put away, not deleted; no data of any qube is touched. Needs nothing but what dom0
    | has.
    |
    | Usage: halite-dom0 rollback [OPTIONS] [GENERATION]
    |
    | Arguments:
    |   [GENERATION]
    |           The generation to go back to; 0 is dom0 as it was before halite [default: the one before
    |           the one in place]
    |
    | Options:
    |       --accept-dangers
    |           Go on although the plan shows dangers
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --adopt <QUBE>
    |           Let halite manage this qube, which it did not make; may be given more than once
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --keep-mine
    |           Keep what was changed by hand as it is now, from now on; `status` shows it
    |
    |       --qubesd-internal <SOCKET>
    |           qubesd's socket for dom0's own services, if it is not beside the other as
    |           `NAME.internal.sock`
    |
    |       --qubesctl <PROGRAM>
    |           The program by which Salt works inside qubes
    |
    |       --take-bundle
    |           Set what was changed by hand to what the bundle says, also what was kept before
    |
    |       --confirm-within <DURATION>
    |           Put everything back unless `halite-dom0 confirm` says in time, as in `10m`, that it works
    |
    |       --timeout <DURATION>
    |           How long qubesd may be silent, and Salt may work inside one qube, before it is given up
    |
    |       --dry-run
    |           Show the plan and everything that would be refused, and change nothing
    |
    |       --simulate <DIR>
    |           Work in a simulated dom0 that is kept in this directory; an empty one begins as a stock
    |           system
    |
    |       --json
    |           Print JSON
    |
    |       --simulate-release <RELEASE>
    |           The release that a simulation begins as
    |
    |   -h, --help
    |           Print help (see a summary with '-h')
    |
    | Examples:
    |   halite-dom0 rollback
    |   halite-dom0 rollback 1 --confirm-within 10m
    |   halite-dom0 rollback 0    as before halite, as `uninstall` does
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("generations --help").transcript(), @r"
    | List the generations
    |
    | The one in place is marked with `*`. The latest 20 are shown, the one in place, the one that was
    | last confirmed, and those that are pinned.
    |
    | Usage: halite-dom0 generations [OPTIONS]
    |
    | Options:
    |       --all
    |           Show all of them
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --json
    |           Print JSON
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
    | Example:
    |   halite-dom0 generations
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("confirm --help").transcript(), @r"
    | Say that the generation in place works
    |
    | What `switch --confirm-within` or `rollback --confirm-within` waits for, in another terminal. Where
    | nothing waits, the generation in place is marked as the one that was last confirmed, which `gc`
    | never removes.
    |
    | Usage: halite-dom0 confirm [OPTIONS]
    |
    | Options:
    |       --json
    |           Print JSON
    |
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
    | Example:
    |   halite-dom0 confirm
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("recover --help").transcript(), @r"
    | Bring what was interrupted to an end
    |
    | Every command that changes something does this first. By itself it is for what runs when the machine
    | starts: see `halite-recover.service`.
    |
    | Usage: halite-dom0 recover [OPTIONS]
    |
    | Options:
    |       --json
    |           Print JSON
    |
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
    | Example:
    |   halite-dom0 recover
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("uninstall --help").transcript(), @r"
    | Bring back dom0 as it was before halite
    |
    | Everything that halite manages becomes what it was before halite first touched it, and the policy
    | goes. What halite made is put away, not deleted, since it holds data; it is said how to remove it.
    | Needs no bundle and nothing but what dom0 has.
    |
    | Usage: halite-dom0 uninstall [OPTIONS]
    |
    | Options:
    |       --accept-dangers
    |           Go on although the plan shows dangers
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --take-bundle
    |           Set what was changed by hand to what was there before halite
    |
    |       --dry-run
    |           Show the plan and everything that would be refused, and change nothing
    |
    |       --qubesd-internal <SOCKET>
    |           qubesd's socket for dom0's own services, if it is not beside the other as
    |           `NAME.internal.sock`
    |
    |       --qubesctl <PROGRAM>
    |           The program by which Salt works inside qubes
    |
    |       --yes
    |           Do not ask for the word that must be typed at a terminal otherwise
    |
    |       --json
    |           Print JSON
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
    |   halite-dom0 uninstall --dry-run
    |   halite-dom0 uninstall --accept-dangers
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("history --help").transcript(), @r"
    | Show what was done in this dom0, and when
    |
    | The latest comes last. Some hundred of the latest are kept.
    |
    | Usage: halite-dom0 history [OPTIONS]
    |
    | Options:
    |       --json
    |           Print JSON
    |
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
    | Example:
    |   halite-dom0 history
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("pin --help").transcript(), @r"
    | Keep a generation until it is unpinned
    |
    | `gc` then removes neither it nor its bundle.
    |
    | Usage: halite-dom0 pin [OPTIONS] <GENERATION>
    |
    | Arguments:
    |   <GENERATION>
    |           The generation
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
    | Example:
    |   halite-dom0 pin 2
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("unpin --help").transcript(), @r"
    | Let a generation go once nothing else keeps it
    |
    | Usage: halite-dom0 unpin [OPTIONS] <GENERATION>
    |
    | Arguments:
    |   <GENERATION>  The generation
    |
    | Options:
    |       --root <DIR>                  Work below this directory instead of /
    |       --qubesd <SOCKET>             qubesd's socket
    |       --qubesd-internal <SOCKET>    qubesd's socket for dom0's own services, if it is not beside the
    |                                     other as `NAME.internal.sock`
    |       --qubesctl <PROGRAM>          The program by which Salt works inside qubes
    |       --timeout <DURATION>          How long qubesd may be silent, and Salt may work inside one
    |                                     qube, before it is given up
    |       --simulate <DIR>              Work in a simulated dom0 that is kept in this directory; an
    |                                     empty one begins as a stock system
    |       --simulate-release <RELEASE>  The release that a simulation begins as
    |   -h, --help                        Print help
    |
    | Example:
    |   halite-dom0 unpin 2
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("gc --help").transcript(), @r"
    | Remove generations and bundles that nothing keeps
    |
    | Kept is the generation in place, the one that was last confirmed, those that are pinned, and the
    | latest; and the bundles of all these. A bundle that was imported and never activated is kept, too,
    | unless `--unused` says otherwise. No qube is touched: what halite put away is removed by `prune`.
    |
    | Usage: halite-dom0 gc [OPTIONS]
    |
    | Options:
    |       --keep <NUMBER>
    |           Keep so many of the latest generations [default: 10; with `--older-than`: 0]
    |
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --older-than <DURATION>
    |           Keep all generations that were activated since then
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --qubesd-internal <SOCKET>
    |           qubesd's socket for dom0's own services, if it is not beside the other as
    |           `NAME.internal.sock`
    |
    |       --unused
    |           Remove bundles that were imported and never activated, too
    |
    |       --dry-run
    |           Show what would be removed, and remove nothing; exit code 3 if there is anything
    |
    |       --qubesctl <PROGRAM>
    |           The program by which Salt works inside qubes
    |
    |       --json
    |           Print JSON
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
    |   halite-dom0 gc --dry-run
    |   halite-dom0 gc --keep 3
    |   halite-dom0 gc --older-than 90days
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("prune --help").transcript(), @r"
    | Remove for ever what halite made and put away
    |
    | One qube or template, with all data in it. There is no way back: what is wanted again is made anew,
    | and a gateway that is made anew chooses new Tor entry guards. What a kept generation needs is not
    | removed.
    |
    | Usage: halite-dom0 prune [OPTIONS] <QUBE>
    |
    | Arguments:
    |   <QUBE>
    |           The qube or template
    |
    | Options:
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --type-name <NAME>
    |           Its name once more, where there is no terminal to type it at
    |
    |       --json
    |           Print JSON
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
    |   halite-dom0 prune old-gateway
    |   halite-dom0 prune old-gateway --type-name old-gateway
    exit code 0
    ");
    assert_snapshot!(sandbox.halite_dom0("report --help").transcript(), @r"
    | Explain what is in place: what is isolated from what, and how that is known
    |
    | The same as `halite report` says of a bundle on a stock system, but of a generation together with
    | the policy and the qubes that this dom0 really has. Who is behind the handles may stand in
    | /etc/halite/labels.toml. Changes nothing. Exit code 1 if a check found fault.
    |
    | Usage: halite-dom0 report [OPTIONS] [GENERATION|BUNDLE]
    |
    | Arguments:
    |   [GENERATION|BUNDLE]
    |           A generation's number; or a bundle, by the first digits of its id or NAME@SERIAL [default:
    |           the generation in place]
    |
    | Options:
    |       --root <DIR>
    |           Work below this directory instead of /
    |
    |       --since <GENERATION|BUNDLE>
    |           Mark what is not as in this generation or bundle
    |
    |       --qubesd <SOCKET>
    |           qubesd's socket
    |
    |       --sheet <SHEET>
    |           Print this sheet alone, such as `flow-matrix`
    |
    |       --no-labels
    |           Leave out who is behind the handles
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
    |   halite-dom0 report | less
    |   halite-dom0 report anonymity-modes@2 --since 1
    exit code 0
    ");
    let verbs = commands(&sandbox.halite_dom0("--help").succeeds().stdout);
    assert_eq!(verbs, VERBS, "a new verb has its help here");
    let trust = commands(&sandbox.halite_dom0("trust --help").succeeds().stdout);
    assert!(trust.len() >= 4, "{trust:?}");
    for verb in verbs.into_iter().chain(trust.iter().map(|verb| format!("trust {verb}"))) {
        let help = sandbox.halite_dom0(&format!("{verb} --help")).succeeds().stdout;
        let examples = help.split("\nExample").nth(1).unwrap_or_else(|| panic!("`{verb} --help` has no example"));
        for line in examples.lines().skip(1) {
            assert!(line.starts_with(&format!("  halite-dom0 {verb}")), "{line}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= 100), "`{verb} --help` has a line that is too long");
        assert_eq!(sandbox.halite_dom0(&format!("help {verb}")).succeeds().stdout, help, "`help {verb}` says the same");
    }
}

/// The commands that a help lists, but for `help` itself.
fn commands(help: &str) -> Vec<String> {
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    // What continues a description is indented further.
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    assert_eq!(names.pop().as_deref(), Some("help"));
    names
}

#[test]
fn wrong_calls() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite_dom0("swich sample@1").transcript(), @r"
    ! error: unrecognized subcommand 'swich'
    !
    !   tip: a similar subcommand exists: 'switch'
    !
    ! Usage: halite-dom0 [OPTIONS] <COMMAND>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite_dom0("trust ad author.pub").transcript(), @r"
    ! error: unrecognized subcommand 'ad'
    !
    !   tip: a similar subcommand exists: 'add'
    !
    ! Usage: halite-dom0 trust [OPTIONS] <COMMAND>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite_dom0("switch sample@1 --acept-dangers").transcript(), @r"
    ! error: unexpected argument '--acept-dangers' found
    !
    !   tip: a similar argument exists: '--accept-dangers'
    !
    ! Usage: halite-dom0 switch --accept-dangers <BUNDLE>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(sandbox.halite_dom0("trust").transcript(), @r"
    ! Say whom this dom0 believes
    !
    ! Usage: halite-dom0 trust [OPTIONS] <COMMAND>
    !
    ! Commands:
    !   add        Trust a public key in a role
    !   list       Show the trusted keys and the thresholds
    !   remove     Trust a key no more
    !   threshold  Say how many keys of a role must have signed a bundle
    !   help       Print this message or the help of the given subcommand(s)
    !
    ! Options:
    !       --root <DIR>                  Work below this directory instead of /
    !       --qubesd <SOCKET>             qubesd's socket
    !       --qubesd-internal <SOCKET>    qubesd's socket for dom0's own services, if it is not beside the
    !                                     other as `NAME.internal.sock`
    !       --qubesctl <PROGRAM>          The program by which Salt works inside qubes
    !       --timeout <DURATION>          How long qubesd may be silent, and Salt may work inside one
    !                                     qube, before it is given up
    !       --simulate <DIR>              Work in a simulated dom0 that is kept in this directory; an
    !                                     empty one begins as a stock system
    !       --simulate-release <RELEASE>  The release that a simulation begins as
    !   -h, --help                        Print help
    !
    ! Examples:
    !   halite-dom0 trust add author.pub --role author
    !   halite-dom0 trust list
    exit code 2
    ");
    assert_snapshot!(sandbox.halite_dom0("--simulate dom0 plan sample@1").transcript(), @r"
    ! error: there is no bundle `sample@1 for r4.3` in `dom0/root/var/lib/halite/store`
    ! hint: `halite-dom0 list` shows what is there
    exit code 1
    ");
}

/// No verb of the other program, and nothing that reads recipes or secret keys.
#[test]
fn verbs_of_the_other_program_are_not_there() {
    let sandbox = Sandbox::new();
    for verb in ["build", "check", "sign", "keygen"] {
        let ended = sandbox.halite_dom0(verb).exits(2);
        assert!(ended.stderr.starts_with(&format!("error: unrecognized subcommand '{verb}'")), "{}", ended.stderr);
    }
}

#[test]
fn where_there_is_no_dom0() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite_dom0("status --root .").transcript(), @r"
    ! error: cannot read `./etc/qubes-release`: No such file or directory (os error 2)
    ! hint: halite-dom0 runs in dom0; elsewhere, `--simulate DIR` gives it a simulated one
    exit code 1
    ");
    assert_snapshot!(sandbox.halite_dom0("list --root none").transcript(), @r"
    ! error: cannot read `none/etc/qubes-release`: No such file or directory (os error 2)
    ! hint: halite-dom0 runs in dom0; elsewhere, `--simulate DIR` gives it a simulated one
    exit code 1
    ");
    sandbox.write("root/etc/qubes-release", "Fedora release 41 (Forty One)\n");
    assert_snapshot!(sandbox.halite_dom0("list --root root").transcript(), @r"
    ! error: `root/etc/qubes-release` names no release of Qubes OS that this halite knows
    ! hint: halite-dom0 runs in dom0; elsewhere, `--simulate DIR` gives it a simulated one
    exit code 1
    ");
    sandbox.write("full/file", "");
    assert_snapshot!(sandbox.halite_dom0("status --simulate full").transcript(), @r"
    ! error: `full` is neither empty nor a simulated dom0
    ! hint: name a directory that does not exist yet
    exit code 1
    ");
    assert_eq!(fs::read_dir(sandbox.path("full")).unwrap().count(), 1);
    assert_snapshot!(sandbox.halite_dom0("status --simulate x --root y").transcript(), @r"
    ! error: the argument '--simulate <DIR>' cannot be used with '--root <DIR>'
    !
    ! Usage: halite-dom0 status --simulate <DIR>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert!(!sandbox.path("x").exists() && !sandbox.path("y").exists() && !sandbox.path("none").exists());
}

/// A refused bundle leaves nothing behind in dom0, whatever verb it was given to.
#[test]
fn refused_bundles_leave_nothing_behind() {
    let sandbox = Sandbox::with_bundle();
    let dom0 = |arguments: &str| sandbox.halite_dom0(&format!("--simulate dom0 {arguments}"));
    assert_snapshot!(without_ids(&dom0("import bundle.halite").transcript()), @r"
    ! error: `bundle.halite` is not imported: no key is trusted yet, so nothing can be verified
    ! hint: trust an author's public key first: `halite-dom0 trust add FILE --role author`
    exit code 4
    ");
    dom0("trust add other.pub --role author").succeeds();
    assert_snapshot!(without_ids(&dom0("import bundle.halite").transcript()), @r"
    ! error: `bundle.halite` is not imported: 0 of the 1 signatures needed from a trusted author are there; keys that are not trusted signed: [KEY]
    ! hint: have it signed, or compare the key ids with those that you trust (in dom0: `halite-dom0 trust list`); never trust a key only because a bundle came with it
    exit code 4
    ");
    dom0("trust add author.pub --role author").succeeds();
    let before = sandbox.snapshot();
    let good = sandbox.read("bundle.halite");
    let kept = |snapshot: &std::collections::BTreeMap<String, (u32, Vec<u8>)>| -> Vec<(String, (u32, Vec<u8>))> {
        let inside = snapshot.iter().filter(|(name, _)| name.starts_with("dom0") && !name.ends_with("/lock"));
        inside.map(|(name, file)| (name.clone(), file.clone())).collect()
    };
    for (attack, bytes, code) in [
        ("empty", Vec::new(), 1),
        ("cut", good[..good.len() - 1].to_vec(), 1),
        ("longer", [&good[..], b"x"].concat(), 1),
        ("statement", flipped(&good, 520), 4),
        ("manifest", flipped(&good, 1600), 1),
        ("payload", flipped(&good, good.len() - 1600), 1),
    ] {
        sandbox.write("attack.halite", &bytes);
        for verb in ["verify", "import"] {
            let ended = dom0(&format!("{verb} attack.halite")).end();
            assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{attack}: {}", ended.transcript());
            assert!(ended.stderr.starts_with("error: ") && ended.stderr.contains("\nhint: "), "{attack}: {}", ended.stderr);
        }
        assert!(kept(&sandbox.snapshot()) == kept(&before), "{attack}: something was left behind");
    }
    dom0("import bundle.halite").succeeds();
    let listed = dom0("list --json").succeeds().json();
    assert_eq!(listed["format"], 1);
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

#[test]
fn json_has_a_format() {
    let sandbox = Sandbox::with_bundle();
    let dom0 = |arguments: &str| sandbox.halite_dom0(&format!("--simulate dom0 {arguments}"));
    for arguments in [
        "trust add author.pub --role author",
        "import bundle.halite",
        "list",
        "show sample@1",
        "trust list",
        "verify bundle.halite",
        "plan sample@1",
        "switch sample@1",
        "confirm",
        "status",
        "recover",
        "generations",
        "history",
        "gc --dry-run",
        "uninstall --dry-run --accept-dangers",
        "uninstall --yes --accept-dangers",
        "gc --keep 0",
        "prune loud --type-name loud",
    ] {
        let ended = dom0(&format!("{arguments} --json")).end();
        if ended.code == 2 {
            // A verb that prints no data has no `--json`.
            dom0(arguments).succeeds();
            assert!(
                !dom0(&format!("{} --help", arguments.split(' ').next().unwrap())).end().stdout.contains("--json"),
                "{arguments}"
            );
            continue;
        }
        assert!(matches!(ended.code, 0 | 3), "{}", ended.transcript());
        assert_eq!(ended.json()["format"], 1, "{arguments}");
    }
}
