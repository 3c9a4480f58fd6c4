//! Damaged and forged bundles, wrong keys and wrong files, each under the name of what was done to it: refused with a message of its
//! own and the right exit code, and nothing is written.

#![allow(clippy::disallowed_methods, reason = "a test makes the files it damages")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use support::bundle::{Member, assembled, contents, member, members};
use support::{RECIPE, Sandbox, without_ids};

/// A bundle, signed by `author.key` and, second, by `rebuilder.key`; and `other.pub`, which has nothing to do with it.
struct Signed {
    sandbox: Sandbox,
    good: Vec<u8>,
}

impl Signed {
    fn new() -> Self {
        let sandbox = Sandbox::with_bundle();
        sandbox.halite("keygen -W rebuilder").succeeds();
        sandbox.halite("sign ./bundle.halite --key rebuilder.key").succeeds();
        let good = sandbox.read("bundle.halite");
        Self { sandbox, good }
    }

    /// Verifies these bytes under the author's key, and expects a refusal with this message (before the hints) and exit code.
    #[track_caller]
    fn refused(&self, attack: &str, bytes: &[u8], code: i32, message: &str) {
        self.sandbox.write("attack.halite", bytes);
        self.called(attack, "verify ./attack.halite --contents --key author.pub --key rebuilder.pub", code, message);
    }

    /// Calls halite, and expects a refusal that says this, and that nothing changes.
    #[track_caller]
    fn called(&self, attack: &str, arguments: &str, code: i32, message: &str) {
        let before = self.sandbox.snapshot();
        let ended = self.sandbox.halite(arguments).at_most(Duration::from_secs(20)).end();
        let said = without_ids(&ended.stderr);
        assert_eq!(said.lines().next(), Some(format!("error: {message}").as_str()), "{attack}: {}", ended.transcript());
        assert_eq!(ended.code, code, "{attack}: {}", ended.transcript());
        assert_eq!(ended.stdout, "", "{attack}");
        assert!(before == self.sandbox.snapshot(), "{attack}: something was written");
    }

    fn member(&self, name: &str) -> Member {
        members(&self.good).into_iter().find(|member| member.name.starts_with(name)).unwrap()
    }

    /// The name of the signature that `key.pub` made.
    fn signature_of(&self, key: &str) -> String {
        let comment = self.sandbox.text(&format!("{key}.pub"));
        format!("signatures/{}.minisig", comment.lines().next().unwrap().rsplit(' ').next().unwrap())
    }

    fn with(&self, edit: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Vec<u8> {
        let mut members = contents(&self.good);
        edit(&mut members);
        assembled(&members)
    }

    /// The bundle with one byte changed: by one bit, or, in base64, to another character of it.
    fn flipped(&self, at: usize) -> Vec<u8> {
        let mut bytes = self.good.clone();
        let signature = &self.member("signatures/").contents;
        let base64 = signature.contains(&at) && matches!(self.line_of(signature.start, at), 1 | 3) && bytes[at] != b'\n';
        bytes[at] = match bytes[at] {
            b'A' if base64 => b'B',
            _ if base64 => b'A',
            byte => byte ^ 1,
        };
        bytes
    }

    fn line_of(&self, start: usize, at: usize) -> usize {
        self.good[start..at].iter().filter(|&&byte| byte == b'\n').count()
    }
}

const NOT: &str = "`./attack.halite` is not verified: ";

#[test]
fn the_undamaged_bundle_is_taken() {
    let signed = Signed::new();
    assert_eq!(assembled(&contents(&signed.good)), signed.good, "the tests put bundles together as halite does");
    signed.sandbox.halite("verify ./bundle.halite --contents --threshold 2 --key author.pub --key rebuilder.pub").succeeds();
}

#[test]
fn one_flipped_bit_in_each_part() {
    let signed = Signed::new();
    let at = |name: &str| signed.member(name);
    let end = signed.good.len();
    let forged = |role: &str| {
        format!(
            "{NOT}the signature of {role} [KEY] does not match; the statement was changed after it was signed, or the signature \
             is forged"
        )
    };
    let statement = String::from_utf8(member(&signed.good, "statement")).unwrap();
    let in_statement = |text: &str| at("statement").contents.start + statement.find(text).unwrap();
    let signature = at("signatures/").contents;
    let lines: Vec<usize> = {
        let text = &signed.good[signature.clone()];
        let feeds = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| signature.start + at + 1);
        std::iter::once(signature.start).chain(feeds).collect()
    };
    let header = |name: &str, expected: &str| {
        (
            at(name).header.start,
            format!("{NOT}it is not a bundle: at byte {} there is no header of `{expected}`", at(name).header.start),
        )
    };
    let cases = [
        ("statement_version", in_statement("1\nname"), 4, forged("author")),
        ("statement_name", in_statement("sample"), 4, forged("author")),
        ("statement_release", in_statement("r4.3") + 3, 4, forged("author")),
        ("statement_serial", in_statement("serial 1") + 7, 4, forged("author")),
        ("statement_digest_of_manifest", in_statement("  manifest.cbor") - 1, 4, forged("author")),
        ("statement_digest_of_payload", in_statement("  payload.tar.zst") - 1, 4, forged("author")),
        ("statement_last_byte", at("statement").contents.end - 1, 4, forged("author")),
        (
            "manifest_first_byte",
            at("manifest.cbor").contents.start,
            1,
            format!("{NOT}its manifest.cbor is not the one that its statement names"),
        ),
        (
            "manifest_last_byte",
            at("manifest.cbor").contents.end - 1,
            1,
            format!("{NOT}its manifest.cbor is not the one that its statement names"),
        ),
        (
            "payload_first_byte",
            at("payload").contents.start,
            1,
            format!("{NOT}its payload.tar.zst is not the one that its statement names"),
        ),
        (
            "payload_last_byte",
            at("payload").contents.end - 1,
            1,
            format!("{NOT}its payload.tar.zst is not the one that its statement names"),
        ),
        (
            "signature_untrusted_comment",
            lines[0] + 30,
            4,
            format!("{NOT}its signature `[KEY].minisig` is refused: it is not in the one form that a bundle holds"),
        ),
        (
            "signature_algorithm",
            lines[1],
            4,
            format!("{NOT}its signature `[KEY].minisig` is refused: it is not a minisign signature of four lines"),
        ),
        (
            "signature_key_id",
            lines[1] + 6,
            4,
            format!("{NOT}its signature `[KEY].minisig` is not named after the key that made it"),
        ),
        ("signature_itself", lines[1] + 60, 4, forged("author")),
        ("signature_trusted_comment", lines[2] + 20, 4, forged("author")),
        ("signature_of_the_comment", lines[3] + 20, 4, forged("author")),
        (
            "signature_last_byte",
            signature.end - 1,
            4,
            format!("{NOT}its signature `[KEY].minisig` is refused: it is not a minisign signature of four lines"),
        ),
        (
            "padding_of_statement",
            at("statement").padding.start,
            1,
            format!("{NOT}there are bytes after `statement` that do not belong to it"),
        ),
        (
            "padding_of_manifest",
            at("manifest.cbor").padding.end - 1,
            1,
            format!("{NOT}there are bytes after `manifest.cbor` that do not belong to it"),
        ),
        (
            "padding_of_signature",
            at("signatures/").padding.start,
            1,
            format!("{NOT}there are bytes after `payload.tar.zst` that do not belong to it"),
        ),
        (
            "padding_of_payload",
            at("payload").padding.end - 1,
            1,
            format!("{NOT}there are bytes after `payload.tar.zst` that do not belong to it"),
        ),
        ("end_of_archive", end - 1, 1, format!("{NOT}there are bytes after `payload.tar.zst` that do not belong to it")),
    ];
    for (attack, at, code, message) in cases {
        signed.refused(attack, &signed.flipped(at), code, &message);
    }
    // Every field of each header, the unused ones included.
    for (name, expected) in [
        ("statement", "statement"),
        ("manifest.cbor", "manifest.cbor"),
        ("signatures/", "payload.tar.zst"),
        ("payload", "payload.tar.zst"),
    ] {
        let (start, message) = header(name, expected);
        for (field, offset) in [
            ("name", 0),
            ("name_end", 99),
            ("mode", 106),
            ("user", 114),
            ("group", 122),
            ("time", 146),
            ("checksum", 153),
            ("type", 156),
            ("link", 157),
            ("magic", 257),
            ("version", 263),
            ("user_name", 265),
            ("group_name", 297),
            ("device", 329),
            ("prefix", 345),
            ("unused", 511),
        ] {
            signed.refused(&format!("{name} header_{field}"), &signed.flipped(start + offset), 1, &message);
        }
    }
}

/// Sizes in headers that lie, with checksums that are right.
#[test]
fn sizes_that_lie() {
    let signed = Signed::new();
    let lie = |name: &str, size: &str| {
        let at = signed.member(name).header.start;
        let mut bytes = signed.good.clone();
        bytes[at + 124..at + 136].copy_from_slice(format!("{size:0>11}\0").as_bytes());
        bytes[at + 148..at + 156].copy_from_slice(b"        ");
        let sum: u32 = bytes[at..at + 512].iter().map(|&byte| u32::from(byte)).sum();
        bytes[at + 148..at + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bytes
    };
    for (attack, bytes, message) in [
        ("statement_too_large", lie("statement", "2001"), "its `statement` has 1025 bytes, and at most 1024 are allowed"),
        (
            "manifest_too_large",
            lie("manifest", "100000001"),
            "its `manifest.cbor` has 16777217 bytes, and at most 16777216 are allowed",
        ),
        (
            "manifest_past_the_end",
            lie("manifest", "77777777"),
            "it ends in the middle of `manifest.cbor`; it was not copied whole",
        ),
        (
            "signature_too_large",
            signed.with(|all| all[2].1.resize(1025, b'x')),
            "its `signatures/` has 1025 bytes, and at most 1024 are allowed",
        ),
        (
            "payload_too_large",
            lie("payload", "77777777777"),
            "its `payload.tar.zst` has 8589934591 bytes, and at most 268435456 are allowed",
        ),
        (
            "payload_past_the_end",
            lie("payload", "7777777"),
            "it ends in the middle of `payload.tar.zst`; it was not copied whole",
        ),
        ("payload_of_nothing", lie("payload", "0"), "there are bytes after `payload.tar.zst` that do not belong to it"),
    ] {
        signed.refused(attack, &bytes, 1, &format!("{NOT}{message}"));
    }
}

#[test]
fn cut_short_or_made_longer() {
    let signed = Signed::new();
    let good = &signed.good;
    let cut = |what: &str| format!("{NOT}it ends in the middle of `{what}`; it was not copied whole");
    let end_of = |name: &str| signed.member(name).padding.end;
    for (attack, length, message) in [
        ("one_byte", 1, cut("statement")),
        ("half_a_header", 256, cut("statement")),
        ("a_header", 512, cut("statement")),
        ("half_a_statement", 600, cut("statement")),
        ("the_statement_alone", end_of("statement"), cut("manifest.cbor")),
        ("half_a_manifest", end_of("manifest.cbor") - 700, cut("manifest.cbor")),
        ("no_signature", end_of("manifest.cbor"), cut("payload.tar.zst")),
        ("half_a_payload", end_of("payload") - 600, cut("payload.tar.zst")),
        ("no_end", end_of("payload"), cut("the end of the archive")),
        ("half_an_end", end_of("payload") + 512, cut("the end of the archive")),
        ("a_byte_too_few", good.len() - 1, cut("the end of the archive")),
    ] {
        signed.refused(attack, &good[..length], 1, &message);
    }
    // Any length is refused, and in words.
    for length in (0..good.len()).step_by(good.len() / 40) {
        signed.sandbox.write("attack.halite", &good[..length]);
        let ended = signed.sandbox.halite("verify ./attack.halite --key author.pub").exits(1);
        assert!(ended.stderr.contains("\nhint: "), "{length}: {}", ended.stderr);
    }
    let longer = format!("{NOT}there are bytes after `the end of the archive` that do not belong to it");
    for (attack, more) in [("zero", vec![0]), ("line_feed", vec![b'\n']), ("block", vec![0; 512]), ("itself", good.clone())] {
        signed.refused(attack, &[good.clone(), more].concat(), 1, &longer);
    }
    signed.refused("empty", b"", 1, &cut("statement"));
    signed.refused(
        "byte_in_front",
        &[b" ", &good[..]].concat(),
        1,
        &format!("{NOT}it is not a bundle: at byte 0 there is no header of `statement`"),
    );
}

#[test]
fn members_and_signatures_that_do_not_belong() {
    let signed = Signed::new();
    let not = |message: &str| format!("{NOT}{message}");
    let evil = |name: &str| (name.to_owned(), b"evil".to_vec());
    let body = |name: &str| member(&signed.good, &signed.signature_of(name));
    let no_header =
        |expected: &str, at: usize| not(&format!("it is not a bundle: at byte {at} there is no header of `{expected}`"));
    let after = |name: &str| signed.member(name).padding.end;
    let last_signature = members(&signed.good)[3].padding.end;
    for (attack, bytes, code, message) in [
        ("stranger_first", signed.with(|all| all.insert(0, evil("evil"))), 1, no_header("statement", 0)),
        (
            "stranger_in_between",
            signed.with(|all| all.insert(1, evil("evil"))),
            1,
            no_header("manifest.cbor", after("statement")),
        ),
        (
            "stranger_for_signature",
            signed.with(|all| all.insert(4, evil("../evil"))),
            1,
            no_header("payload.tar.zst", last_signature),
        ),
        (
            "stranger_last",
            signed.with(|all| all.push(evil("evil"))),
            1,
            not("there are bytes after `payload.tar.zst` that do not belong to it"),
        ),
        ("statement_twice", signed.with(|all| all.insert(1, all[0].clone())), 1, no_header("manifest.cbor", after("statement"))),
        (
            "payload_twice",
            signed.with(|all| all.push(all[4].clone())),
            1,
            not("there are bytes after `payload.tar.zst` that do not belong to it"),
        ),
        ("signature_twice", signed.with(|all| all.insert(3, all[2].clone())), 1, not("its signatures are not sorted by name")),
        ("signatures_unsorted", signed.with(|all| all.swap(2, 3)), 1, not("its signatures are not sorted by name")),
        (
            "no_signatures",
            signed.with(|all| drop(all.drain(2..4))),
            4,
            not("0 of the 1 signatures needed from a trusted author are there"),
        ),
        (
            "signature_empty",
            signed.with(|all| all[2].1.clear()),
            4,
            not("its signature `[KEY].minisig` is refused: it is not a minisign signature of four lines"),
        ),
        (
            "signature_under_another_name",
            signed.with(|all| all[3].0 = "signatures/FFFFFFFFFFFFFFFF.minisig".to_owned()),
            4,
            not("its signature `[KEY].minisig` is not named after the key that made it"),
        ),
        (
            "signature_name_that_drives_a_terminal",
            signed.with(|all| all[3].0 = "signatures/~\u{1b}[2J".to_owned()),
            4,
            not("its signature `~\\u{1b}[2J` is not named after the key that made it"),
        ),
        (
            "signature_of_another_key_under_a_trusted_name",
            signed.with(|all| {
                let (a, b) = (all[2].1.clone(), all[3].1.clone());
                (all[2].1, all[3].1) = (b, a);
            }),
            4,
            not("its signature `[KEY].minisig` is not named after the key that made it"),
        ),
        (
            "signatures_too_many",
            signed.with(|all| {
                let extra = (0..33).map(|n| (format!("signatures/{n:016X}.minisig"), body("author")));
                all.splice(2..4, extra);
            }),
            1,
            not("it has more than 32 signatures"),
        ),
    ] {
        signed.refused(attack, &bytes, code, &message);
    }
    // The key's id in lower case, where it has a letter.
    let key = signed.signature_of("rebuilder");
    let lower = format!("signatures/{}.minisig", key[11..27].to_lowercase());
    if key != lower {
        let renamed = signed.with(|all| {
            all.retain(|(name, _)| !name.starts_with("signatures/") || *name == key);
            all[2].0.clone_from(&lower);
        });
        let message = format!("its signature `{}` is not named after the key that made it", &lower[11..]);
        signed.refused("signature_in_lower_case", &renamed, 4, &not(&message));
    }
}

/// What an author, or somebody with the author's key, might sign by mistake or on purpose: signed well, and still no bundle.
#[test]
fn signed_and_still_refused() {
    let signed = Signed::new();
    let sign = |statement: &str| {
        // A bundle whose statement is this one cannot be made by halite, so the signature is made by the crate.
        let key = minisign::SecretKeyBox::from(signed.sandbox.text("author.key")).into_unencrypted_secret_key().unwrap();
        let box_ = minisign::sign(None, &key, statement.as_bytes(), Some("forged"), None).unwrap();
        box_.into_string().replacen(
            "untrusted comment: signature from rsign secret key",
            "untrusted comment: signature from minisign secret key",
            1,
        )
    };
    let own = signed.signature_of("author");
    let resigned = |statement: String, manifest: Option<Vec<u8>>, payload: Option<Vec<u8>>| {
        signed.with(|all| {
            all.retain(|(name, _)| !name.starts_with("signatures/") || *name == own);
            all[2].1 = sign(&statement).into_bytes();
            all[0].1 = statement.into_bytes();
            all[1].1 = manifest.unwrap_or(all[1].1.clone());
            all[3].1 = payload.unwrap_or(all[3].1.clone());
        })
    };
    let statement = String::from_utf8(member(&signed.good, "statement")).unwrap();
    let manifest = member(&signed.good, "manifest.cbor");
    let payload = member(&signed.good, "payload.tar.zst");
    let digest = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    let with_manifest = |bytes: Vec<u8>| resigned(statement.replace(&digest(&manifest), &digest(&bytes)), Some(bytes), None);
    let with_payload = |bytes: Vec<u8>| resigned(statement.replace(&digest(&payload), &digest(&bytes)), None, Some(bytes));
    let edited = |bytes: &[u8], from: &[u8], to: &[u8]| {
        let at = bytes.windows(from.len()).position(|window| window == from).expect("it is there");
        [&bytes[..at], to, &bytes[at + from.len()..]].concat()
    };
    let tar = zstd::decode_all(&payload[..]).unwrap();
    let compressed = |tar: &[u8]| zstd::encode_all(tar, 3).unwrap();
    let statement_bad = "its statement is malformed: ";
    let manifest_bad = "its manifest.cbor is malformed: ";
    let payload_bad = "its payload.tar.zst is malformed: ";
    let mut wrong = Vec::new();
    for (attack, bytes, message) in [
        (
            "statement_of_a_newer_format",
            resigned(statement.replace("bundle 1", "bundle 2"), None, None),
            format!("{statement_bad}it does not begin with `halite-bundle 1`; a newer halite may be needed to read it"),
        ),
        (
            "statement_of_nothing",
            resigned(String::new(), None, None),
            format!("{statement_bad}it does not begin with `halite-bundle 1`; a newer halite may be needed to read it"),
        ),
        (
            "statement_for_another_release",
            resigned(statement.replace("r4.3", "r4.2"), None, None),
            "its statement and its manifest.cbor have different releases".to_owned(),
        ),
        (
            "statement_with_another_serial",
            resigned(statement.replace("serial 1", "serial 9"), None, None),
            "its statement and its manifest.cbor have different serials".to_owned(),
        ),
        (
            "statement_with_another_name",
            resigned(statement.replace("name sample", "name simple"), None, None),
            "its statement and its manifest.cbor have different names".to_owned(),
        ),
        (
            "statement_with_a_line_more",
            resigned(statement.clone() + "hello\n", None, None),
            format!("{statement_bad}it is not in the one form that halite writes"),
        ),
        (
            "statement_with_serial_01",
            resigned(statement.replace("serial 1", "serial 01"), None, None),
            format!("{statement_bad}it is not in the one form that halite writes"),
        ),
        (
            "statement_naming_other_files",
            resigned(statement.replace("  manifest.cbor", "  ../etc/passwd"), None, None),
            format!("{statement_bad}its line `manifest.cbor` is missing or malformed"),
        ),
        (
            "manifest_of_nothing",
            with_manifest(Vec::new()),
            format!("{manifest_bad}it is not the CBOR that was expected: EOF while parsing a value"),
        ),
        (
            "manifest_with_a_byte_more",
            with_manifest([&manifest[..], &[0]].concat()),
            format!("{manifest_bad}it is not the CBOR that was expected: trailing data"),
        ),
        (
            "manifest_of_a_newer_format",
            with_manifest(edited(&manifest, b"\x66format\x01", b"\x66format\x02")),
            format!("{manifest_bad}its format is 2, and this halite reads 1"),
        ),
        (
            "manifest_integer_not_shortest",
            with_manifest(edited(&manifest, b"\x66format\x01", b"\x66format\x18\x01")),
            format!("{manifest_bad}it is CBOR, but not in the one canonical form"),
        ),
        (
            "manifest_path_that_leaves",
            with_manifest(edited(&manifest, b"\x72recipe/halite.toml", b"\x72../ipe/halite.toml")),
            format!("{manifest_bad}it is not the CBOR that was expected: a path in a bundle has no `.` or `..`"),
        ),
        (
            "manifest_mode_setuid",
            with_manifest(edited(&manifest, b"\x640644", b"\x644755")),
            format!("{manifest_bad}it is not the CBOR that was expected: unknown variant `4755`, expected `0644` or `0755`"),
        ),
        ("payload_of_nothing", with_payload(Vec::new()), format!("{payload_bad}it cannot be decompressed: ")),
        ("payload_not_compressed", with_payload(tar.clone()), format!("{payload_bad}it cannot be decompressed: ")),
        (
            "payload_cut_short",
            with_payload(payload[..payload.len() - 20].to_vec()),
            format!("{payload_bad}it cannot be decompressed: "),
        ),
        (
            "payload_frame_twice",
            with_payload([&payload[..], &payload[..]].concat()),
            format!("{payload_bad}there is something after its last file"),
        ),
        (
            "payload_byte_after",
            with_payload([&payload[..], b"x"].concat()),
            format!("{payload_bad}there is something after its last file"),
        ),
        (
            "payload_skippable_frame_after",
            with_payload([&payload[..], b"\x50\x2a\x4d\x18\x01\0\0\0x"].concat()),
            format!("{payload_bad}there is something after its last file"),
        ),
        (
            "payload_tar_longer",
            with_payload(compressed(&[&tar[..], &[0; 512]].concat())),
            format!("{payload_bad}there is something after its last file"),
        ),
        (
            "payload_hides_an_archive_behind_its_end",
            with_payload(compressed(&[&tar[..], &foreign_entry("evil", b"0", b"evil")].concat())),
            format!("{payload_bad}there is something after its last file"),
        ),
        (
            "payload_hides_text_behind_its_end",
            with_payload(compressed(&[&tar[..], b"\0evil"].concat())),
            format!("{payload_bad}there is something after its last file"),
        ),
        (
            "payload_bomb",
            with_payload(compressed(&[&tar[..tar.len() - 1024], &vec![0; 64 << 20]].concat())),
            format!("{payload_bad}there is something after its last file"),
        ),
        (
            "payload_other_contents",
            with_payload(compressed(&edited(&tar, b"onionshare\n", b"onionSHARE\n"))),
            format!("{payload_bad}the contents of `packages/h-quiet-"),
        ),
        (
            "payload_file_more",
            with_payload(compressed(&[&tar[..tar.len() - 1024], &foreign_entry("zzz", b"0", b"")[..], &[0; 1024]].concat())),
            format!("{payload_bad}it holds `zzz` where the manifest lists `nothing`"),
        ),
        (
            "payload_file_in_front",
            with_payload(compressed(&[&foreign_entry("../a", b"0", b"")[..], &tar].concat())),
            format!("{payload_bad}it holds `../a` where the manifest lists `packages/"),
        ),
        (
            "payload_link_in_place_of_a_file",
            with_payload(compressed(&{
                let mut tar = tar.clone();
                tar[156] = b'2';
                checksum(&mut tar[..512]);
                tar
            })),
            format!("{payload_bad}`packages/h-quiet-"),
        ),
        (
            "payload_setuid_in_the_archive",
            with_payload(compressed(&{
                let mut tar = tar.clone();
                tar[100..108].copy_from_slice(b"0004755\0");
                checksum(&mut tar[..512]);
                tar
            })),
            format!("{payload_bad}`packages/h-quiet-"),
        ),
        (
            "payload_of_no_files",
            with_payload(compressed(&[0; 1024])),
            format!("{payload_bad}it holds `nothing` where the manifest lists `packages/h-quiet-"),
        ),
    ] {
        signed.sandbox.write("attack.halite", &bytes);
        let before = signed.sandbox.snapshot();
        // Nobody vouches for it by mistake, either.
        for call in ["verify ./attack.halite --contents --key author.pub", "sign ./attack.halite --key other.key"] {
            let ended = signed.sandbox.halite(call).end();
            if ended.code != 1 || !ended.stderr.lines().next().unwrap_or_default().contains(&format!(": {message}")) {
                wrong.push(format!("{attack}: {}\nexpected: {message}", ended.transcript()));
            }
        }
        if before != signed.sandbox.snapshot() {
            wrong.push(format!("{attack}: it was changed"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An entry of a payload's archive.
fn foreign_entry(name: &str, kind: &[u8; 1], contents: &[u8]) -> Vec<u8> {
    let mut header = assembled(&[(name.to_owned(), contents.to_vec())])[..512].to_vec();
    header[156] = kind[0];
    checksum(&mut header);
    header.extend_from_slice(contents);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

fn checksum(header: &mut [u8]) {
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[test]
fn keys_thresholds_and_ids() {
    let signed = Signed::new();
    let sandbox = &signed.sandbox;
    sandbox.write("garbage.pub", "untrusted comment: minisign public key\nRWQf6LRCGA9i53mlYecO4IzT51TG\n");
    sandbox.write("long.pub", "x".repeat(5000));
    sandbox.write("empty.pub", "");
    sandbox.write("binary.pub", [0xff, 0xfe, 0]);
    sandbox.bash("mkdir directory; mkfifo pipe; cp author.pub same.pub").succeeds();
    let other_id = "0".repeat(64);
    for (attack, arguments, code, message) in [
        (
            "key_that_did_not_sign",
            "verify ./bundle.halite --key other.pub",
            4,
            "`./bundle.halite` is not verified: 0 of the 1 signatures needed from a trusted author are there; keys that are not \
             trusted signed: [KEY], [KEY]",
        ),
        (
            "threshold_not_met",
            "verify ./bundle.halite --threshold 3 --key author.pub --key rebuilder.pub --key other.pub",
            4,
            "`./bundle.halite` is not verified: 2 of the 3 signatures needed from a trusted author are there",
        ),
        (
            "threshold_above_the_keys",
            "verify ./bundle.halite --threshold 2 --key author.pub",
            4,
            "`./bundle.halite` is not verified: 1 of the 2 signatures needed from a trusted author are there; keys that are not \
             trusted signed: [KEY]",
        ),
        (
            "threshold_zero",
            "verify ./bundle.halite --threshold 0 --key author.pub",
            2,
            "invalid value '0' for '--threshold <N>': 0 is not in 1..=255",
        ),
        (
            "key_twice",
            "verify ./bundle.halite --threshold 2 --key author.pub --key same.pub",
            2,
            "`same.pub`: it is already trusted as author, with the id [KEY]; a key counts once, and in one role",
        ),
        ("no_key", "verify ./bundle.halite", 2, "the following required arguments were not provided:"),
        (
            "key_missing",
            "verify ./bundle.halite --key none.pub",
            1,
            "cannot read `none.pub`: No such file or directory (os error 2)",
        ),
        ("key_is_a_directory", "verify ./bundle.halite --key directory", 1, "cannot read `directory`: it is not a regular file"),
        ("key_is_a_pipe", "verify ./bundle.halite --key pipe", 1, "cannot read `pipe`: it is not a regular file"),
        (
            "key_is_secret",
            "verify ./bundle.halite --key author.key",
            1,
            "cannot read the key `author.key`: this is a secret key; give the public one, which minisign keeps in a file that ends in `.pub`",
        ),
        (
            "key_is_a_bundle",
            "verify ./bundle.halite --key bundle.halite",
            1,
            "cannot read `bundle.halite`: it is larger than the 4096 bytes allowed",
        ),
        (
            "key_is_garbage",
            "verify ./bundle.halite --key garbage.pub",
            1,
            "cannot read the key `garbage.pub`: the key's base64 is damaged",
        ),
        (
            "key_is_empty",
            "verify ./bundle.halite --key empty.pub",
            1,
            "cannot read the key `empty.pub`: expected a minisign public key: a line `untrusted comment: …`, and a line of base64",
        ),
        (
            "key_is_long",
            "verify ./bundle.halite --key long.pub",
            1,
            "cannot read `long.pub`: it is larger than the 4096 bytes allowed",
        ),
        (
            "key_is_binary",
            "verify ./bundle.halite --key binary.pub",
            1,
            "cannot read the key `binary.pub`: the key's base64 is damaged",
        ),
        (
            "id_of_another",
            &format!("verify ./bundle.halite --key author.pub --id {other_id}"),
            4,
            "`./bundle.halite` is not verified: its id is [ID], not the wanted [ID]",
        ),
        (
            "id_does_not_replace_signatures",
            &format!("verify ./bundle.halite --key other.pub --id {}", blake3::hash(&member(&signed.good, "manifest.cbor"))),
            4,
            "`./bundle.halite` is not verified: 0 of the 1 signatures needed from a trusted author are there; keys that are not \
             trusted signed: [KEY], [KEY]",
        ),
        (
            "id_too_short",
            "verify ./bundle.halite --key author.pub --id 2f1c",
            2,
            "invalid value '2f1c' for '--id <ID>': expected 64 lower-case hexadecimal digits, as `b3sum` prints them",
        ),
        (
            "sign_with_public_key",
            "sign ./bundle.halite --key author.pub",
            1,
            "cannot sign with `author.pub`: this is a public key; signing needs the secret one",
        ),
        (
            "sign_with_garbage",
            "sign ./bundle.halite --key garbage.pub",
            1,
            "cannot sign with `garbage.pub`: expected a minisign secret key: a line `untrusted comment: …`, and a line of base64",
        ),
        (
            "sign_with_nothing",
            "sign ./bundle.halite --key none.key",
            1,
            "cannot read `none.key`: No such file or directory (os error 2)",
        ),
        ("sign_with_pipe", "sign ./bundle.halite --key pipe", 1, "cannot read `pipe`: it is not a regular file"),
        (
            "add_nothing",
            "sign ./bundle.halite --add none.minisig",
            1,
            "cannot read `none.minisig`: No such file or directory (os error 2)",
        ),
    ] {
        signed.called(attack, arguments, code, message);
    }
}

#[test]
fn files_that_are_no_bundles() {
    let signed = Signed::new();
    let sandbox = &signed.sandbox;
    sandbox
        .bash("mkdir directory.halite; mkfifo pipe.halite; ln -s nowhere dangling.halite; tar -cf tar.halite author.pub")
        .succeeds();
    symlink("/dev/zero", sandbox.path("device.halite")).unwrap();
    sandbox.write("text.halite", RECIPE);
    sandbox.write("binary.halite", (0..=255).cycle().take(10_000).collect::<Vec<u8>>());
    sandbox.write("empty.halite", "");
    // As large as no bundle may be, and not a byte on the disk.
    fs::File::create(sandbox.path("large.halite")).unwrap().set_len((256 << 20) + 1).unwrap();
    // What is said of the file; where it stands in the whole message depends on the verb.
    let not_read = |why: &str| (1, "cannot read `FILE`: ".to_owned() + why, true);
    let damaged = |what: &str| (1, what.to_owned(), true);
    let no_bundle = damaged("it is not a bundle: at byte 0 there is no header of `statement`");
    let cut = damaged("it ends in the middle of `statement`; it was not copied whole");
    let not_found = |code, message: &str| (code, message.to_owned(), false);
    for (file, (code, message, about)) in [
        ("./none.halite", not_read("No such file or directory (os error 2)")),
        ("./directory.halite", not_read("it is not a regular file")),
        ("./pipe.halite", not_read("it is not a regular file")),
        ("./device.halite", not_read("it is not a regular file")),
        ("./dangling.halite", not_read("No such file or directory (os error 2)")),
        ("./bundle.halite/x", not_read("Not a directory (os error 20)")),
        ("./tar.halite", no_bundle.clone()),
        ("./text.halite", no_bundle.clone()),
        ("./binary.halite", no_bundle),
        ("./author.pub", cut.clone()),
        ("./empty.halite", cut),
        ("./large.halite", damaged("it has 268435457 bytes; a bundle has at most 268435456")),
        (
            "none",
            not_found(
                2,
                "`none` is no bundle: expected the first digits of a bundle's id (at least 4, at most 64), or NAME@SERIAL",
            ),
        ),
        ("abcd", not_found(1, "there is no bundle `abcd` in `store`")),
        ("sample@7", not_found(1, "there is no bundle `sample@7` in `store`")),
    ] {
        let message = message.replace("FILE", file);
        for (verb, subject) in [
            ("verify --key author.pub", format!("`{file}` is not verified: ")),
            ("sign --key other.key", format!("cannot sign `{file}`: ")),
            ("show", format!("`{file}`: ")),
        ] {
            let list = || sandbox.bash("find . | LC_ALL=C sort; cat *.key *.pub bundle.halite | cksum").succeeds().stdout;
            let before = list();
            let ended = sandbox.halite(&format!("{verb} {file}")).at_most(Duration::from_secs(20)).end();
            let first = ended.stderr.lines().next().unwrap_or_default();
            // Whether a message that names the file already says again what it is about is a matter of taste.
            let expected = [format!("error: {message}"), format!("error: {subject}{message}")];
            assert!(
                expected[usize::from(about && !message.contains(file))..].iter().any(|text| text == first),
                "{verb}: {}",
                ended.transcript()
            );
            assert_eq!(ended.code, code, "{verb}: {}", ended.transcript());
            assert_eq!(list(), before, "{verb} {file}: something was written");
        }
    }
}
