//! Policies of at most 1 MiB that cost as much as their author could make them cost.

/// 1 MiB, for all files together.
pub const SIZE: usize = 1 << 20;

/// Files by their paths in a directory of policies, and what they try.
pub type Input = (&'static str, Vec<(String, Vec<u8>)>);

fn again(line: &str, size: usize) -> Vec<u8> {
    line.as_bytes().repeat(size / line.len())
}

fn lines(line: impl Fn(usize) -> String) -> Vec<u8> {
    let mut text = String::new();
    for number in 0.. {
        let line = line(number);
        if text.len() + line.len() > SIZE / 2 {
            break;
        }
        text.push_str(&line);
    }
    text.into_bytes()
}

fn one(text: impl Into<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    vec![("1.policy".to_owned(), text.into())]
}

/// Files that include the next one so many times each, and what the last one holds.
pub fn chain(length: usize, times: usize, last: &str) -> Vec<(String, Vec<u8>)> {
    let file = |number: usize| format!("include/{number}");
    let include = |number: usize| format!("!include include/{number}\n").repeat(times).into_bytes();
    let mut files = one(include(1));
    files.extend((1..length).map(|number| (file(number), include(number + 1))));
    files.push((file(length), last.into()));
    files
}

/// All of them.
pub fn all() -> Vec<Input> {
    let with = |mut files: Vec<(String, Vec<u8>)>, path: &str, text: Vec<u8>| {
        files.push((path.to_owned(), text));
        files
    };
    vec![
        ("nothing but faults", one(again("a\n", SIZE))),
        ("nothing but words without an end", one(again("a ", SIZE))),
        ("one word", one(again("a", SIZE))),
        ("nothing but directives", one(again("!\n", SIZE))),
        ("nothing but rules", one(again("a * a a deny\n", SIZE))),
        ("names, each another", one(lines(|number| format!("{number:x} * {number:x} @tag:{number:x} ask\n")))),
        ("nothing but line ends", one(again("\r", SIZE))),
        ("nothing but NUL", one(again("\0", SIZE))),
        ("nothing but bytes that are no text", one(vec![0xff; SIZE])),
        ("a byte that is no text in each line", one([0xff, b'\n'].repeat(SIZE / 2))),
        (
            "parameters, each another",
            one(format!("a * a a allow {}", (0..130_000).map(|key| format!("{key:x}= ")).collect::<String>())),
        ),
        ("a parameter again and again", one(format!("a * a a allow {}", "user=a ".repeat(SIZE / 8)))),
        ("includes that double", chain(400, 2, "# nothing\n")),
        ("includes that double, of rules", chain(40, 2, "a * a a deny\n")),
        ("includes that double, of faults", chain(40, 2, "a\n")),
        ("a file that includes itself", one([b"!include 1.policy\n".to_vec(), again("a * a a deny\n", SIZE / 2)].concat())),
        ("a file again and again", with(one(again("!include f\n", SIZE / 2)), "f", again("a * a a deny\n", SIZE / 2))),
        (
            "a file for each of many calls",
            with(one(lines(|number| format!("!include-service s{number:x} * f\n"))), "f", again("a a deny\n", SIZE / 2)),
        ),
        (
            "a chain for each of many calls",
            [
                one(lines(|number| format!("!include-service s{number:x} * include/1\n"))),
                chain(470, 1, "# nothing\n").split_off(1),
            ]
            .concat(),
        ),
        (
            "a directory again and again",
            with(one(again("!include-dir d\n", SIZE - 16)), "d/1.policy", b"a * a a deny\n".to_vec()),
        ),
        ("includes of nothing", one(lines(|number| format!("!include {number:x}\n")))),
        ("a path that goes to and fro", one(format!("!include {}x\n", "a/../".repeat(SIZE / 6)))),
        (
            "a path that goes far, and then to and fro",
            one(format!("!include {}{}x\n", "a/".repeat(2_000), "../a/".repeat(SIZE / 6))),
        ),
        ("nothing but commas", with(one("!include-service s * f\n"), "f", again(",", SIZE - 32))),
        ("the old directory again and again", one(again("!compat-4.0\n", SIZE))),
    ]
}
