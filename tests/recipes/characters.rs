//! Bytes that are no text, and characters that a person would not see as halite does.

use crate::*;

#[test]
fn bytes_that_are_no_text() {
    let mut bytes = RECIPE.as_bytes().to_vec();
    let at = RECIPE.find("One identity behind").unwrap();
    bytes[at] = 0xff;
    assert_snapshot!(refused(&bytes), @r#"
    error[H0001]: a recipe is UTF-8 text, and here are other bytes
     --> recipe/halite.toml:6:12
      |
    6 | summary = "�ne identity behind Tor, one in clear"
      |            ^
    "#);
    assert_snapshot!(refused([0xff, 0xfe, 0x00]), @r"
    error[H0001]: a recipe is UTF-8 text, and here are other bytes
     --> recipe/halite.toml:1:1
      |
    1 | ��␀
      | ^
    ");
    // UTF-16, as some editors save it.
    let utf16: Vec<u8> = "\u{feff}[bundle]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_snapshot!(refused(utf16), @r"
    error[H0001]: a recipe is UTF-8 text, and here are other bytes
     --> recipe/halite.toml:1:1
      |
    1 | ��[␀b␀u␀n␀d␀l␀e␀]␀
      | ^
    ");
}

#[test]
fn control_characters() {
    assert_snapshot!(fault("One identity", "One\0identity"), @r#"
    error[H0001]: U+0000 is a control character, which cannot stand here
     --> recipe/halite.toml:6:15
      |
    6 | summary = "One␀identity behind Tor, one in clear"
      |               ^
    "#);
    assert_snapshot!(fault("# A sample", "# A\0sample"), @r"
    error[H0001]: U+0000 is a control character, which cannot stand here
     --> recipe/halite.toml:1:4
      |
    1 | # A␀sample: one identity behind Tor, one in clear.
      |    ^
    ");
    assert_snapshot!(fault("mode = 4", "mode = \u{1b}[2J4"), @r"
    error[H0001]: U+001B is a control character, which cannot stand here
      --> recipe/halite.toml:32:8
       |
    32 | mode = ␛[2J4
       |        ^

    error[H0001]: unexpected key or value, expected newline, `#`
      --> recipe/halite.toml:32:9
       |
    32 | mode = ␛[2J4
       |         ^
    ");
    assert_snapshot!(fault("mode = 4", "mode = \r4"), @r"
    error[H0001]: a value is missing here
      --> recipe/halite.toml:32:8
       |
    32 | mode = ␍4
       |        ^

    error[H0001]: carriage return must be followed by newline, expected newline
      --> recipe/halite.toml:32:9
       |
    32 | mode = ␍4
       |         ^

    error[H0001]: key with no value, expected `=`
      --> recipe/halite.toml:32:10
       |
    32 | mode = ␍4
       |          ^
    ");
}

/// Windows ends lines with two characters, and some of its editors begin a file with a mark.
#[test]
fn other_systems_texts_are_taken() {
    let sandbox = Sandbox::new();
    sandbox.write("recipe/halite.toml", format!("\u{feff}{}", RECIPE.replace('\n', "\r\n")));
    sandbox.halite("check recipe").succeeds();
    sandbox.write("recipe/halite.toml", format!("\u{feff}{}", RECIPE.replace('\n', "\r\n").replace("mode = 4", "mode = 5")));
    assert_snapshot!(drawn(&sandbox, "recipe"), @r"
    error[H0004]: `mode` lies between 1 and 4
      --> recipe/halite.toml:32:8
       |
    32 | mode = 5
       |        ^
    ");
    // The mark is one at the beginning alone.
    assert_snapshot!(fault("[bundle]", "\u{feff}[bundle]"), @r"
    error[H0001]: invalid unquoted key, expected letters, numbers, `-`, `_`
     --> recipe/halite.toml:3:1
      |
    3 | �[bundle]
      | ^

    error[H0001]: key with no value, expected `=`
     --> recipe/halite.toml:3:2
      |
    3 | �[bundle]
      |  ^
    ");
}

/// Marks that turn the direction of writing could make a recipe read otherwise than it is, in comments too.
#[test]
fn text_that_shows_otherwise_than_it_is() {
    assert_snapshot!(fault("[workstation.loud]", "[workstation.\"lo\u{202e}ud\"]"), @r#"
    error[H0001]: U+202E shows the text around it in another order than it has; remove it
      --> recipe/halite.toml:35:17
       |
    35 | [workstation."lo�ud"]
       |                 ^
    "#);
    assert_snapshot!(fault("# A sample", "# A \u{2066}sample"), @r"
    error[H0001]: U+2066 shows the text around it in another order than it has; remove it
     --> recipe/halite.toml:1:5
      |
    1 | # A �sample: one identity behind Tor, one in clear.
      |     ^
    ");
    for mark in
        ['\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{2067}', '\u{2068}', '\u{2069}']
    {
        let expected = format!("error[H0001]: U+{:04X} shows the text", u32::from(mark));
        assert!(refused(format!("{RECIPE}# {mark}")).starts_with(&expected));
    }
}

/// What a terminal would obey, swallow or turn around never reaches it, wherever in the recipe it stands.
#[test]
fn text_that_cannot_be_seen() {
    for hidden in [
        "\u{1b}[31m",
        "\u{7f}",
        "\r",
        "\u{9b}31m",
        "\u{ad}",
        "\u{200b}",
        "\u{2028}",
        "\u{202e}",
        "\u{2066}",
        "\u{2800}",
        "\u{3164}",
        "\u{fe0f}",
        "\u{feff}",
        "\u{e0041}",
    ] {
        for (from, to) in
            [("\"sys-firewall\"", format!("\"sys-{hidden}firewall\"")), ("mode = 4", format!("mode = 5 # {hidden}"))]
        {
            let drawn = fault(from, &to);
            let reached: Vec<char> = hidden.chars().filter(|c| (c.is_control() || !c.is_ascii()) && drawn.contains(*c)).collect();
            assert!(reached.is_empty(), "{reached:?} reached the terminal:\n{drawn}");
        }
    }
    // An escape in a name stands for the character.
    assert_snapshot!(fault("[workstation.loud]", "[workstation.\"lo\\u001B[2Jud\"]"), @r#"
    error[H0004]: a qube's name has only letters, digits, `-`, `_` and `.`
      --> recipe/halite.toml:35:14
       |
    35 | [workstation."lo\u001B[2Jud"]
       |              ^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(fault("[workstation.loud]", "[workstation.loud.\"\\u001B[2J\"]\n[workstation.loud]"), @r#"
    error[H0002]: [workstation.loud] has no key `\u{1b}[2J`
      --> recipe/halite.toml:35:19
       |
    35 | [workstation.loud."\u001B[2J"]
       |                   ^^^^^^^^^^^
       |
       = help: expected one of `disposables`, `features`, `files`, `firewall`, `identity`, `label`, `maxmem`, `memory`, `prefs`, `private`, `r4.2`, `r4.3`, `replaces`, `services`, `tags`, `template`
    "#);
    assert_snapshot!(fault("identity = \"loud\"", "identity = \"lo\u{200b}ud\""), @r#"
    error[H0004]: a handle has only lower-case letters, digits and `-`
      --> recipe/halite.toml:36:12
       |
    36 | identity = "lo�ud"
       |            ^^^^^^^
    "#);
}

/// The folder's name is the user's, or what a script made of somebody else's.
#[test]
fn folders_whose_names_would_drive_the_terminal() {
    let sandbox = Sandbox::new();
    for name in ["\u{1b}[2J", "\u{202e}x", "a\nb", " ", "-x"] {
        sandbox.write(&format!("./{name}/halite.toml"), "x");
        let ended = sandbox.halite("check").argument(format!("./{name}")).exits(1);
        assert!(name.len() < 3 || !ended.stderr.contains(name), "{name:?}: {}", ended.stderr);
        assert!(ended.stderr.ends_with("error: the recipe has a fault; nothing was built\n"), "{name:?}: {}", ended.stderr);
        let json = sandbox.halite("check --json").argument(format!("./{name}")).exits(1).json();
        assert_eq!(json["faults"][0]["file"], format!("./{name}/halite.toml"), "a program is told what it is");
    }
}
