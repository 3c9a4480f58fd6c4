//! Bundles, keys and signatures against the stock programs `tar`, `zstd`, `b3sum` and `minisign`: halite's in their hands, theirs in
//! halite's, and `docs/verify-by-hand.md` to the letter.

#![allow(clippy::disallowed_methods, reason = "a test runs programs")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Mutex, MutexGuard};

use ct_codecs::{Base64, Decoder, Encoder};
use support::bundle::{assembled, contents, member};
use support::{RECIPE, Sandbox};

const DOCUMENT: &str = include_str!("../docs/verify-by-hand.md");

/// A section of the document.
struct Section {
    title: String,
    /// Its blocks of `sh`.
    blocks: Vec<String>,
    /// The rows of its tables, cell by cell.
    rows: Vec<Vec<String>>,
}

fn sections() -> Vec<Section> {
    let mut sections = Vec::new();
    let mut block: Option<String> = None;
    for line in DOCUMENT.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            sections.push(Section { title: title.to_owned(), blocks: Vec::new(), rows: Vec::new() });
        }
        let Some(section) = sections.last_mut() else { continue };
        match (&mut block, line) {
            (None, "```sh") => block = Some(String::new()),
            (None, _) if line.starts_with("| ") => {
                let cells = line.trim_matches('|').split('|');
                section.rows.push(cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect());
            }
            (None, _) => assert!(!line.starts_with("```"), "a block that is no `sh` is not tested: {line}"),
            (Some(_), "```") => section.blocks.extend(block.take()),
            (Some(text), _) => *text += &format!("{line}\n"),
        }
    }
    assert!(block.is_none());
    sections
}

/// The steps of verifying: number and script.
fn steps() -> Vec<(usize, String)> {
    let mut steps = Vec::new();
    for section in sections() {
        if let Some((number, _)) = section.title.split_once(". ") {
            assert_eq!(section.blocks.len(), 1, "{}", section.title);
            steps.push((number.parse().unwrap(), section.blocks[0].clone()));
        }
    }
    assert_eq!(steps.iter().map(|step| step.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    steps
}

fn section(title: &str) -> Section {
    sections().into_iter().find(|section| section.title == title).unwrap_or_else(|| panic!("no section `{title}`"))
}

/// What the document begins with: nothing but the bundle, the author's public key and the published id.
fn desk(bundle: &[u8], author: &str, id: &str) -> Sandbox {
    let desk = Sandbox::new();
    desk.write("bundle.halite", bundle);
    desk.write("author.pub", author);
    desk.write("published-id", format!("{id}\n"));
    desk
}

fn id_of(bundle: &[u8]) -> String {
    let statement = String::from_utf8(member(bundle, "statement")).unwrap();
    statement.lines().find_map(|line| line.strip_suffix("  manifest.cbor")).unwrap().to_owned()
}

/// Follows the document until a step fails: its number, and all that was printed there.
fn follow(desk: &Sandbox) -> Option<(usize, String)> {
    steps().into_iter().find_map(|(number, script)| {
        let ended = desk.bash(&script).end();
        (ended.code != 0).then(|| (number, ended.stdout + &ended.stderr))
    })
}

/// Scrypt takes 1 GiB: one at a time.
fn scrypt() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[test]
fn a_good_bundle_passes_every_step() {
    let made = Sandbox::with_bundle();
    let bundle = made.read("bundle.halite");
    let desk = desk(&bundle, &made.text("author.pub"), &id_of(&bundle));
    assert_eq!(follow(&desk), None);
    assert_eq!(desk.text("bundle/files/recipe/halite.toml"), RECIPE);
}

#[test]
fn the_shipped_recipe_passes_every_step() {
    let made = Sandbox::new();
    let recipe = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes/anonymity-modes");
    made.halite("keygen -W author").succeeds();
    for release in ["r4.2", "r4.3"] {
        let id = made.halite("build --sign author.key --release").argument(release).argument(recipe).succeeds().stdout;
        let desk = desk(&made.read(&format!("store/{}.halite", id.trim())), &made.text("author.pub"), id.trim());
        assert_eq!(follow(&desk), None);
    }
}

#[test]
fn the_payload_holds_what_the_manifest_lists() {
    let made = Sandbox::with_bundle();
    let manifest = made.halite("show ./bundle.halite --json").succeeds().json();
    fs::write(made.path("payload.tar.zst"), member(&made.read("bundle.halite"), "payload.tar.zst")).unwrap();
    made.bash("mkdir files; zstd -qdc payload.tar.zst | tar -x --no-same-owner -C files").succeeds();
    let found = made.bash("cd files; find . -type f | sed 's,^./,,' | LC_ALL=C sort | xargs b3sum").succeeds().stdout;
    let files = manifest["manifest"]["files"].as_object().unwrap();
    let listed: String = files.iter().map(|(path, file)| format!("{}  {path}\n", file["blake3"].as_str().unwrap())).collect();
    assert_eq!(found, listed);
    for (path, file) in files {
        let metadata = fs::metadata(made.path(&format!("files/{path}"))).unwrap();
        assert_eq!(file["size"], metadata.len());
        assert_eq!(file["mode"], format!("{:04o}", metadata.permissions().mode() & 0o777));
    }
    assert_eq!(manifest["id"], id_of(&made.read("bundle.halite")));
}

/// A statement that names these parts.
fn statement_for(made: &Sandbox, bundle: &[u8], edit: impl Fn(&str) -> String) -> Vec<u8> {
    made.write("manifest.cbor", member(bundle, "manifest.cbor"));
    made.write("payload.tar.zst", member(bundle, "payload.tar.zst"));
    let hashes = made.bash("b3sum manifest.cbor payload.tar.zst").succeeds().stdout;
    let old = String::from_utf8(member(bundle, "statement")).unwrap();
    let head: String = old.lines().filter(|line| !line.contains("  ")).map(|line| format!("{line}\n")).collect();
    edit(&(head + &hashes)).into_bytes()
}

/// The bundle with one member put in another's place.
fn with(bundle: &[u8], name: &str, edit: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut members = contents(bundle);
    let member = members.iter_mut().find(|(found, _)| found.starts_with(name)).unwrap();
    edit(&mut member.1);
    assembled(&members)
}

#[test]
fn tampered_bundles_fail_where_the_document_says() {
    let made = Sandbox::with_bundle();
    let good = made.read("bundle.halite");
    let author = made.text("author.pub");
    let other_id = {
        made.write("second/halite.toml", RECIPE.replace("serial = 1", "serial = 2"));
        made.halite("build second --sign author.key").succeeds().stdout.trim().to_owned()
    };
    let replace = |from: &'static str, to: &'static str| {
        move |bytes: &mut Vec<u8>| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.contains(from));
            *bytes = text.replacen(from, to, 1).into_bytes();
        }
    };
    let add = |name: &str, at: usize| {
        let mut members = contents(&good);
        members.insert(at, (name.to_owned(), b"evil".to_vec()));
        assembled(&members)
    };
    // What somebody else makes of the very same parts.
    made.write("statement", member(&good, "statement"));
    made.bash("minisign -S -W -s other.key -m statement -x foreign.minisig").succeeds();
    let foreign = made.read("foreign.minisig");
    let foreign_key = made.text("other.pub")[..].lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let own_key = author.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let signed_by = |file: &str, signature: &[u8]| {
        let mut members = contents(&good);
        members[2] = (format!("signatures/{file}.minisig"), signature.to_vec());
        assembled(&members)
    };
    // Algorithm (2 bytes), key id (8), signature (64): the author's id on somebody else's signature.
    let foreign_text = String::from_utf8(foreign.clone()).unwrap();
    let mut lines: Vec<String> = foreign_text.lines().map(str::to_owned).collect();
    let mut body = Base64::decode_to_vec(&lines[1], None).unwrap();
    let key = Base64::decode_to_vec(author.lines().nth(1).unwrap(), None).unwrap();
    body[2..10].copy_from_slice(&key[2..10]);
    lines[1] = Base64::encode_to_string(&body).unwrap();
    let disguised = (lines.join("\n") + "\n").into_bytes();
    let not_signed_again = with(&good, "statement", replace("serial 1", "serial 2"));

    let tampered = [
        ("it was not copied whole", good[..good.len() - 2000].to_vec()),
        ("it is something else", RECIPE.repeat(2).into_bytes()),
        ("a file was added", add("evil", 2)),
        ("a file is there twice", add("statement", 2)),
        ("a file would be written elsewhere", add("../evil", 2)),
        ("the signatures were taken away", assembled(&[&contents(&good)[..2], &contents(&good)[3..]].concat())),
        ("the statement was changed", not_signed_again),
        (
            "the signature was changed",
            with(&good, "signatures/", |bytes| bytes[80] = if bytes[80] == b'A' { b'B' } else { b'A' }),
        ),
        ("the trusted comment was changed", with(&good, "signatures/", replace("serial 1", "serial 2"))),
        ("somebody else signed it", signed_by(&foreign_key, &foreign)),
        ("somebody else signed it under the author's key id", signed_by(&own_key, &disguised)),
        ("the manifest was changed", with(&good, "manifest.cbor", |bytes| bytes[100] ^= 1)),
        ("the payload was changed", with(&good, "payload.tar.zst", |bytes| bytes[100] ^= 1)),
        ("it is another bundle of the same author", made.read(&format!("store/{other_id}.halite"))),
    ];
    let rows = &section("When a step fails").rows[1..];
    assert_eq!(rows.len(), tampered.len(), "each row of the document is tested");
    for (what, bundle) in tampered {
        let row = rows.iter().find(|row| row[0] == what).unwrap_or_else(|| panic!("the document does not say `{what}`"));
        let desk = desk(&bundle, &author, &id_of(&good));
        let (step, printed) = follow(&desk).unwrap_or_else(|| panic!("{what}: every step passed"));
        assert_eq!(step.to_string(), row[1], "{what}: {printed}");
        assert!(printed.contains(&row[2]), "{what}: `{}` is not in: {printed}", row[2]);
        assert!(!desk.path("../evil").exists());
        // And halite is no milder than the stock programs.
        let verify = desk.halite("verify ./bundle.halite --key author.pub --contents --id").argument(id_of(&good)).end();
        assert!(matches!(verify.code, 1 | 4), "{what}: {}", verify.transcript());
    }
}

#[test]
fn a_manifest_of_other_files_fails_at_the_last_step() {
    let made = Sandbox::with_bundle();
    let good = made.read("bundle.halite");
    // The author's own mistake: everything signed, but the manifest lists another file's hash.
    let tampered = with(&good, "manifest.cbor", |bytes| {
        let at = bytes.windows(2).position(|pair| pair == [0x58, 0x20]).unwrap();
        bytes[at + 2] ^= 1;
    });
    let statement = statement_for(&made, &tampered, str::to_owned);
    made.write("statement", &statement);
    made.bash("minisign -S -W -s author.key -m statement -x author.minisig").succeeds();
    let mut members = contents(&tampered);
    members[0].1 = statement;
    members[2].1 = made.read("author.minisig");
    let bundle = assembled(&members);
    let desk = desk(&bundle, &made.text("author.pub"), &id_of(&bundle));
    assert_eq!(follow(&desk).map(|(step, _)| step), Some(7));
    desk.halite("verify ./bundle.halite --key author.pub --contents").exits(1);
}

/// Follows the document, and then signs by hand with `second.key`, which stock minisign made by `make`, and that needs `stdin`.
fn signed_by_hand(make: &str, stdin: &str) {
    let made = Sandbox::with_bundle();
    let bundle = made.read("bundle.halite");
    let desk = desk(&bundle, &made.text("author.pub"), &id_of(&bundle));
    assert_eq!(follow(&desk), None);
    desk.bash(make).stdin(stdin.repeat(2)).succeeds();
    let blocks = section("Signing by hand").blocks;
    let [sign, add] = &blocks[..] else { panic!("two blocks") };
    desk.bash(sign).stdin(stdin).succeeds();
    let path = format!("{}:/usr/bin:/bin", std::path::Path::new(env!("CARGO_BIN_EXE_halite")).parent().unwrap().display());
    desk.bash(add).env("PATH", path).succeeds();
    desk.halite("verify ./bundle.halite --contents --threshold 2 --key author.pub --key second.pub").succeeds();
    // And both signatures still convince the stock programs.
    for key in ["author.pub", "second.pub"] {
        let again = self::desk(&desk.read("bundle.halite"), &desk.text(key), &id_of(&bundle));
        assert_eq!(follow(&again), None, "{key}");
    }
}

#[test]
fn a_stock_signature_without_passphrase_is_added() {
    signed_by_hand("minisign -G -W -p second.pub -s second.key", "");
}

#[test]
fn a_stock_signature_with_passphrase_is_added() {
    let _one = scrypt();
    signed_by_hand("minisign -G -p second.pub -s second.key", "correct horse\n");
}

#[test]
fn a_stock_key_without_passphrase_signs_in_halite() {
    let made = Sandbox::with_bundle();
    made.bash("minisign -G -W -p stock.pub -s stock.key").succeeds();
    made.halite("sign ./bundle.halite --key stock.key").succeeds();
    made.halite("verify ./bundle.halite --key stock.pub").succeeds();
    let bundle = made.read("bundle.halite");
    assert_eq!(follow(&desk(&bundle, &made.text("stock.pub"), &id_of(&bundle))), None);
}

#[test]
fn a_stock_key_with_passphrase_signs_in_halite() {
    let _one = scrypt();
    let made = Sandbox::with_bundle();
    made.bash("minisign -G -p stock.pub -s stock.key").stdin("correct horse\ncorrect horse\n").succeeds();
    made.halite("sign ./bundle.halite --key stock.key").stdin("correct horse\n").succeeds();
    made.halite("verify ./bundle.halite --key stock.pub").succeeds();
    let before = made.snapshot();
    let refused = made.halite("sign ./bundle.halite --key stock.key").stdin("wrong\n").exits(1);
    assert_eq!(refused.stderr, "error: cannot sign with `stock.key`: the passphrase is wrong, or the key is damaged\n");
    let refused = made.halite("sign ./bundle.halite --key stock.key").exits(1);
    assert_eq!(
        refused.stderr,
        "error: cannot sign with `stock.key`: no passphrase could be read: stdin is empty and no terminal\n"
    );
    assert_eq!(made.snapshot(), before);
}

#[test]
fn a_key_of_halite_signs_in_minisign() {
    let made = Sandbox::with_bundle();
    made.write("statement", member(&made.read("bundle.halite"), "statement"));
    made.bash("minisign -S -W -s other.key -m statement -x stock.minisig").succeeds();
    made.bash("minisign -V -H -p other.pub -m statement -x stock.minisig").succeeds();
    made.halite("sign ./bundle.halite --add stock.minisig").succeeds();
    made.halite("verify ./bundle.halite --key other.pub").succeeds();
    // Stock minisign finds the same public key in it.
    made.bash("minisign -R -W -s other.key -p again.pub && cmp <(tail -n 1 again.pub) <(tail -n 1 other.pub)").succeeds();
}

#[test]
fn a_key_of_halite_with_passphrase_signs_in_minisign() {
    let _one = scrypt();
    let made = Sandbox::with_bundle();
    made.halite("keygen locked").stdin("correct horse\n").succeeds();
    made.write("statement", member(&made.read("bundle.halite"), "statement"));
    made.bash("minisign -S -s locked.key -m statement -x stock.minisig").stdin("correct horse\n").succeeds();
    made.bash("minisign -S -s locked.key -m statement -x wrong.minisig").stdin("wrong\n").exits(2);
    made.halite("sign ./bundle.halite --add stock.minisig").succeeds();
    made.halite("verify ./bundle.halite --key locked.pub").succeeds();
    made.halite("sign ./bundle.halite --key locked.key").stdin("correct horse\n").succeeds();
    made.halite("verify ./bundle.halite --key locked.pub").succeeds();
}

/// Stock minisign writes a key's id without leading zeros in comments; halite names signatures after it with them.
#[test]
fn a_key_whose_id_begins_with_a_zero() {
    let made = Sandbox::with_bundle();
    let find = "for try in $(seq 500); do minisign -G -f -W -p zero.pub -s zero.key >&2; \
                test $(head -n 1 zero.pub | sed 's/.* //' | tr -d '\\n' | wc -c) = 16 || exit 0; done; exit 1";
    if made.bash(find).end().code != 0 {
        // A minisign that pads; then find one by its first digit.
        let find = find.replace("test $(", "test 0 != $(").replace("| wc -c) = 16", "| head -c 1)");
        made.bash(&find).succeeds();
    }
    made.halite("sign ./bundle.halite --key zero.key").succeeds();
    made.halite("verify ./bundle.halite --key zero.pub").succeeds();
    let bundle = made.read("bundle.halite");
    assert!(contents(&bundle).iter().any(|(name, _)| name.starts_with("signatures/0")));
    assert_eq!(follow(&desk(&bundle, &made.text("zero.pub"), &id_of(&bundle))), None);
}

#[test]
fn signatures_that_do_not_belong_in_a_bundle_are_not_added() {
    let made = Sandbox::with_bundle();
    made.write("statement", member(&made.read("bundle.halite"), "statement"));
    made.bash("minisign -S -l -W -s other.key -m statement -x legacy.minisig").succeeds();
    made.bash("{ cat legacy.minisig; echo more; } > long.minisig").succeeds();
    let before = made.snapshot();
    for (file, message) in [
        ("legacy.minisig", "error: cannot add `legacy.minisig`: it is of minisign's old kind; sign again without `-l`\n"),
        ("long.minisig", "error: cannot add `long.minisig`: it is not a minisign signature of four lines\n"),
        ("author.pub", "error: cannot add `author.pub`: it is not a minisign signature of four lines\n"),
    ] {
        let refused = made.halite("sign ./bundle.halite --add").argument(file).exits(1);
        assert_eq!(refused.stderr, message);
    }
    assert_eq!(made.snapshot(), before);
}

/// The payload packed by stock `tar` and `zstd`, whatever their versions: the id stays.
#[test]
fn a_payload_packed_by_stock_programs_is_taken() {
    let made = Sandbox::with_bundle();
    let good = made.read("bundle.halite");
    made.write("payload.tar.zst", member(&good, "payload.tar.zst"));
    made.bash("zstd -qdc payload.tar.zst | zstd -q -19 --no-check -o other.tar.zst").succeeds();
    let payload = made.read("other.tar.zst");
    assert_ne!(payload, member(&good, "payload.tar.zst"));
    let mut members = contents(&good);
    members[3].1 = payload;
    let bundle = assembled(&members);
    members[0].1 = statement_for(&made, &bundle, str::to_owned);
    made.write("statement", &members[0].1);
    made.bash("minisign -S -W -s author.key -m statement -x author.minisig").succeeds();
    members[2].1 = made.read("author.minisig");
    let bundle = assembled(&members);
    assert_eq!(id_of(&bundle), id_of(&good));
    let desk = desk(&bundle, &made.text("author.pub"), &id_of(&good));
    assert_eq!(follow(&desk), None);
    desk.halite("verify ./bundle.halite --contents --key author.pub --id").argument(id_of(&good)).succeeds();
}
