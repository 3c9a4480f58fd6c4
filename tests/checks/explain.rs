//! `halite explain`, and the document that it prints.

use insta::assert_snapshot;

use crate::support::Sandbox;

#[test]
fn the_document_is_what_halite_prints() {
    let printed = Sandbox::new().halite("explain --markdown").succeeds().stdout;
    let document = include_str!("../../docs/checks.md");
    assert!(printed == document, "write it anew: halite explain --markdown > docs/checks.md");
}

#[test]
fn a_check_is_explained() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.halite("explain H0204").transcript(), @r"
    | H0204 (error): a qube's disposables are its own identity's, or there are none
    |
    | A document that is opened in a disposable goes there with all that it gives
    | away. The global default_dispvm is in clear, and one of another identity links
    | the two.
    |
    | Declare a disposable template for the identity, or let the qube open none.
    |
    | It cannot be excused.
    exit code 0
    ");
    assert_snapshot!(sandbox.halite("explain H0305").transcript(), @r#"
    | H0305 (error): in modes 1 and 2, Tor Browser is the only browser, without extensions
    |
    | Every other browser, and every extension, can be told apart from all others by
    | what it answers to web pages, over Tor as well. Tor Browser's users look alike.
    |
    | Take the package or the application out, or move it into an identity of mode 3
    | or 4.
    |
    | It can be excused: an [exception.NAME] with code = "H0305", the place, and a
    | reason, which is shown from then on.
    exit code 0
    "#);
    assert_snapshot!(sandbox.halite("explain H9999").transcript(), @r"
    ! error: invalid value 'H9999' for '[CODE]': there is no check of this code; `halite explain` lists all
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    let all = sandbox.halite("explain").succeeds().stdout;
    assert_eq!(all.lines().count(), halite::check::Code::ALL.len());
    assert!(all.contains("H0401  warning  a bundle gives away no bridges unseen\n"));
}
