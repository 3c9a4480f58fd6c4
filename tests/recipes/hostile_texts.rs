//! Texts made to cost time, memory or the stack: refused or read within bounds, and never a crash.

use crate::*;

/// Checks a recipe with little memory and time, and gives what is said, which is not much either. `bash` can bound the memory that a
/// program has; the bound is that of addresses, so that it holds for the stack, too.
#[track_caller]
fn bounded(attack: &str, text: &str) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", text);
    let script = format!("ulimit -v 1500000; exec '{}' \"$@\"", env!("CARGO_BIN_EXE_halite"));
    let call = |verb: &str| sandbox.bash(&script).argument("halite").argument(verb).argument("recipe").at_most(QUICK).end();
    let ended = call("check");
    assert!(matches!(ended.code, 0 | 1), "{attack}: {}", ended.code);
    assert!(!ended.stderr.contains("panicked"), "{attack}: {}", ended.stderr);
    assert!(ended.stderr.len() < 200_000, "{attack}: {} bytes of message", ended.stderr.len());
    if ended.code == 0 {
        let built = call("build");
        assert!(matches!(built.code, 0 | 1), "{attack}: {}", built.code);
    }
    ended.stderr
}

fn first(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_hundred_thousand_levels() {
    let deep = 100_000;
    let key = vec!["a"; deep].join(".");
    for (attack, text) in [
        ("lists", format!("{RECIPE}\nx = {}{}", "[".repeat(deep), "]".repeat(deep))),
        ("tables", format!("{RECIPE}\nx = {}1{}", "{a=".repeat(deep), "}".repeat(deep))),
        ("both", format!("{RECIPE}\nx = {}1{}", "[{a=".repeat(deep), "}]".repeat(deep))),
        ("header", format!("{RECIPE}\n[{key}]\n")),
        ("header of a list", format!("{RECIPE}\n[[{key}]]\n")),
        ("dotted key", format!("{RECIPE}\n{key} = 1\n")),
        ("dotted key inside", format!("{RECIPE}\nx = {{ {key} = 1 }}\n")),
    ] {
        let said = first(&bounded(attack, &text));
        assert_eq!(said, "error[H0001]: this is nested too deeply; nothing in a recipe has more than a few levels", "{attack}");
    }
    assert_snapshot!(first(&bounded("unclosed lists", &"[".repeat(deep))), @"error[H0001]: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`");
    assert_snapshot!(first(&bounded("unclosed tables", &format!("x = {}", "{a=".repeat(deep)))), @"error[H0001]: this table has no end; expected `}`");
}

/// As deep as the parser of TOML allows, in all ways at once: 6,000 levels. Neither taking it apart nor freeing it needs much stack.
#[test]
fn as_deep_as_the_parser_goes() {
    let key = vec!["a"; 78].join(".");
    let nested = format!("{}1{}", format!("{{{key}=").repeat(78), "}".repeat(78));
    assert_snapshot!(bounded("deep", &format!("{RECIPE}\n[{key}]\n{key} = {nested}\n")).trim_end(), @r"
    error[H0002]: the recipe has no key `a`
      --> recipe/halite.toml:39:2
       |
    39 | [a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a...
       |  ^
       |
       = help: expected one of `bundle`, `disposable`, `exception`, `existing`, `flow`, `gateway`, `identity`, `named-disposable`, `template`, `vault`, `vpn`, `workstation`

    error: the recipe has a fault; nothing was built
    ");
    // And as often as there is room for: this is what the bound of texts is for.
    let many: String = (0..80).map(|n| format!("[x{n}.{key}]\n{key} = {nested}\n")).collect();
    assert_snapshot!(first(&bounded("deep and wide", &format!("{RECIPE}{many}"))), @"error[H0002]: the recipe has no key `x0`");
}

#[test]
fn a_hundred_thousand_faults() {
    let many: String = (0..100_000).map(|n| format!("k{n}=1\n")).collect();
    let said = bounded("unknown keys", &many);
    assert!(said.ends_with("error: the recipe has 100001 faults; nothing was built\n"), "{said}");
    let lines = "= = =\n".repeat(170_000);
    assert_snapshot!(first(&bounded("lines", &lines)), @"error[H0001]: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`");
    // Far down in a long text, each fault is drawn with its own lines only.
    let far = format!("{}{}", "\n".repeat(900_000), "k=1\n".repeat(20_000));
    assert_snapshot!(first(&bounded("far down", &far)), @"error[H0001]: there is already a `k` at this place");
    let one_line = format!("bundle = {{{}}}", (0..80_000).map(|n| format!("k{n}=1,")).collect::<String>());
    assert_snapshot!(first(&bounded("one line", &one_line)), @"error[H0003]: [bundle] lacks the key `name`");
    let equal: String = (0..17_000).map(|n| format!("[identity.i{n}]\nmode=4\nupstream=\"a\"\naccounts=[\"a\"]\n")).collect();
    assert_snapshot!(first(&bounded("findings", &format!("{RECIPE}{equal}"))), @"error[H0301]: identity `i1`: the account `a` is also one of identity `i0`");
}

#[test]
fn lines_and_names_of_a_mebibyte() {
    let long = "a".repeat(1_000_000);
    assert_snapshot!(first(&bounded("string", &format!("x = \"{long}\""))), @"error[H0003]: the recipe lacks the table `[bundle]`");
    assert_snapshot!(first(&bounded("unclosed string", &format!("x = \"{long}"))), @r#"error[H0001]: this string has no end; expected `"`"#);
    assert_snapshot!(first(&bounded("comment", &format!("{RECIPE}#{long}"))), @"sample: no faults for r4.3");
    assert_snapshot!(first(&bounded("name", &RECIPE.replace("[workstation.loud]", &format!("[workstation.{long}]")))), @"error[H0004]: a qube's name has at most 31 characters");
    let said = bounded("unknown key", &format!("{long} = 1\n{RECIPE}"));
    assert!(first(&said).ends_with("aaa… (999024 more characters)"), "{}", first(&said));
    let said = bounded("reference", &RECIPE.replace("identity = \"loud\"", &format!("identity = \"{long}\"")));
    assert_snapshot!(first(&said), @"error[H0004]: a handle has at most 20 characters");
    assert_snapshot!(first(&bounded("number", &RECIPE.replace("mode = 4", &format!("mode = {}", "1".repeat(1_000_000))))), @"error[H0004]: `mode` lies between 1 and 4");
    assert_snapshot!(first(&bounded("invisible", &format!("x = \"{}\"", "\u{200b}".repeat(300_000)))), @"error[H0003]: the recipe lacks the table `[bundle]`");
    assert_snapshot!(first(&bounded("controls", &format!("x = \"{}\"", "\u{1}".repeat(1_000_000)))), @"error[H0001]: U+0001 is a control character, which cannot stand here");
}

/// What is merely much is built, or refused for its size.
#[test]
fn as_many_as_fit() {
    let qubes: String = (0..17_000).map(|n| format!("[workstation.w{n}]\nidentity=\"loud\"\ntemplate=\"debian\"\n")).collect();
    assert_snapshot!(bounded("qubes", &format!("{RECIPE}{qubes}")), @r"
    error[H0112]: the bundle: it has 17005 qubes and templates; a Qubes system holds 10000, dom0 included
     --> recipe/halite.toml:1:1
      |
    1 | # A sample: one identity behind Tor, one in clear.
      | ^

    error: the recipe has a fault; nothing was built
    ");
    let equal = "[workstation.abcdefghijklmnopqrstuvw";
    let qubes: String = (0..13_000).map(|n| format!("{equal}{n}]\nidentity=\"loud\"\ntemplate=\"debian\"\n")).collect();
    assert_snapshot!(first(&bounded("names that begin alike", &format!("{RECIPE}{qubes}"))), @"error[H0101]: qube `abcdefghijklmnopqrstuvw1`: `abcdefghijklmnopqrstuvw1` and `abcdefghijklmnopqrstuvw0` begin with the same 21 characters");
    let strangers: String = (0..17_000).map(|n| format!("[workstation.w{n}]\nidentity=\"no\"\ntemplate=\"no\"\n")).collect();
    assert_snapshot!(first(&bounded("references", &format!("{RECIPE}{strangers}"))), @"error[H0005]: there is no identity `no` in this recipe");
    let packages: String = (0..90_000).map(|n| format!("\"p{n}\",")).collect();
    assert_snapshot!(bounded("packages", &RECIPE.replace("\"onionshare\"", &packages)), @"sample: no faults for r4.3");
}

/// A hundred thousand qubes do not fit into files of the largest size, which hold a few more than a manifest.
#[test]
fn as_many_as_fit_into_several_files() {
    let sandbox = folders("include = [\"a\", \"b\", \"c\", \"d\"]", &[]);
    for name in ["a", "b", "c", "d"] {
        let qube = |n| format!("[workstation.{name}{n}]\nidentity=\"loud\"\ntemplate=\"debian\"\n");
        sandbox.write(&format!("recipe/{name}"), (0..17_000).map(qube).collect::<String>());
    }
    let script = format!("ulimit -v 1500000; exec '{}' build recipe", env!("CARGO_BIN_EXE_halite"));
    let built = sandbox.bash(&script).at_most(QUICK).end();
    assert_snapshot!(support::without_ids(&built.transcript()), @r"
    ! error[H0112]: the bundle: it has 68005 qubes and templates; a Qubes system holds 10000, dom0 included
    !  --> recipe/halite.toml:1:1
    !   |
    ! 1 | # A sample: one identity behind Tor, one in clear.
    !   | ^
    !
    ! error: the recipe has a fault; nothing was built
    exit code 1
    ");
}

/// Files by the ten thousand in one qube are compared with their neighbours, not each with each.
#[test]
fn many_files_in_one_qube() {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/a", "");
    let files: String = (0..60_000).map(|n| format!("\"/rw/{n}\"=\"a\"\n")).collect();
    sandbox.write("recipe/halite.toml", format!("{RECIPE}[workstation.loud.files]\n{files}"));
    sandbox.halite("check recipe").at_most(QUICK).succeeds();
}
