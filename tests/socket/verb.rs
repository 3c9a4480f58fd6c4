//! The verb `halite simulate`: what it answers, how it begins and ends.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};

use insta::assert_snapshot;

use crate::dom0::{Served, state};
use crate::support::Sandbox;

/// What a socket answers to these bytes.
fn ask(sandbox: &Sandbox, socket: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(sandbox.path(socket)).unwrap();
    // A server that has read enough hangs up: neither the rest of a request nor its reply gets through.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(Shutdown::Write);
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply);
    reply
}

#[test]
fn it_answers_as_qubesd_frames_its_replies() {
    let sandbox = Sandbox::new();
    let served = Served::start(&sandbox, "");
    let case = |request: &[u8], reply: &[u8]| {
        assert_eq!(ask(&sandbox, "qubesd.sock", request), reply, "{}", String::from_utf8_lossy(request));
    };
    case(b"admin.vm.tag.Get+anon-vm dom0 name anon-whonix\0", b"0\x001");
    case(b"admin.vm.tag.List dom0 keyword adminvm\0", b"0\0");
    case(b"admin.vm.tag.List+ dom0 name nosuch\0", b"2\0QubesVMNotFoundError\0\0No such domain: 'nosuch'\0");
    for silent in [
        &b"admin.vm.tag.List+ dom0 name dom0"[..], // no zero byte
        b"admin.vm.tag.List+ vault name dom0\0",   // not dom0's
        b"admin.vm.tag.List+ dom0 dom0\0",         // no kind of destination
        b"admin.nosuch+ dom0 name dom0\0",
        b"internal.GetSystemInfo+ dom0 name dom0\0", // at the other socket
        b"\0",
        b"",
        &[b'a'; 1 << 20],
    ] {
        case(silent, b"");
    }
    assert!(ask(&sandbox, "qubesd.internal.sock", b"internal.GetSystemInfo+ dom0 name dom0\0").starts_with(b"0\0{\"domains\""));
    assert_eq!(ask(&sandbox, "qubesd.internal.sock", b"admin.vm.tag.List+ dom0 name dom0\0"), b"");
    assert_eq!(served.stop().code, 0);
}

/// Someone who sends nothing, or only half, keeps nobody else from being answered.
#[test]
fn a_slow_client_holds_nobody_up() {
    let sandbox = Sandbox::new();
    let served = Served::start(&sandbox, "");
    let idle = UnixStream::connect(sandbox.path("qubesd.sock")).unwrap();
    let mut half = UnixStream::connect(sandbox.path("qubesd.sock")).unwrap();
    half.write_all(b"admin.vm.tag.Get+anon-vm dom0 ").unwrap();
    assert_eq!(ask(&sandbox, "qubesd.sock", b"admin.vm.tag.Get+x dom0 name vault\0"), b"0\x000");
    half.write_all(b"name anon-whonix\0").unwrap();
    half.shutdown(Shutdown::Write).unwrap();
    let mut reply = Vec::new();
    half.read_to_end(&mut reply).unwrap();
    assert_eq!(reply, b"0\x001");
    let stopped = served.stop();
    assert_eq!((stopped.code, stopped.calls()), (0, 2));
    drop(idle);
}

#[test]
fn it_goes_on_where_it_ended() {
    let sandbox = Sandbox::new();
    let served = Served::start(&sandbox, "--release r4.2");
    assert_eq!(ask(&sandbox, "qubesd.sock", b"admin.vm.tag.Set+mine dom0 name vault\0"), b"0\0");
    assert_eq!(served.stop().code, 0);
    assert!(!sandbox.path("qubesd.sock").exists() && !sandbox.path("qubesd.internal.sock").exists(), "no socket is left");
    assert_eq!(state(&sandbox)["release"], "r4.2");
    // The release is the state's.
    let served = Served::start(&sandbox, "--release r4.3");
    assert_eq!(ask(&sandbox, "qubesd.sock", b"admin.vm.tag.Get+mine dom0 name vault\0"), b"0\x001");
    assert_eq!(ask(&sandbox, "qubesd.sock", b"admin.vm.notes.Get+ dom0 name vault\0"), b"");
    assert_eq!(served.stop().code, 0);
}

#[test]
fn what_cannot_be_served_is_named() {
    let sandbox = Sandbox::new();
    let simulate = |arguments: &str| sandbox.halite(&format!("simulate {arguments}")).transcript();
    let _taken = UnixListener::bind(sandbox.path("taken.sock")).unwrap();
    assert_snapshot!(simulate("--socket taken.sock --state a.json"), @r"
    ! error: cannot answer at `taken.sock`: Address already in use (os error 98)
    ! hint: name a path that is free, in a directory that is there
    exit code 1
    ");
    assert_snapshot!(simulate("--socket no/such.sock --state a.json"), @r"
    ! error: cannot answer at `no/such.sock`: No such file or directory (os error 2)
    ! hint: name a path that is free, in a directory that is there
    exit code 1
    ");
    sandbox.write("file", "");
    assert_snapshot!(simulate("--socket file --state a.json"), @r"
    ! error: cannot answer at `file`: Address already in use (os error 98)
    ! hint: name a path that is free, in a directory that is there
    exit code 1
    ");
    sandbox.write("bad.json", "{}");
    assert_snapshot!(simulate("--socket a.sock --state bad.json"), @r"
    ! error: `bad.json` is not the state of a simulated dom0: missing field `format` at line 1 column 2
    ! hint: a file that does not exist yet begins as a stock system
    exit code 1
    ");
    sandbox.write("full/of", "something");
    assert_snapshot!(simulate("--socket a.sock --state a.json --root full"), @r"
    ! error: `full` is neither empty nor the root of a dom0
    ! hint: name a directory that does not exist yet
    exit code 1
    ");
    assert_snapshot!(simulate("--socket a.sock --state a.json --die-at 1 --hang-at 2"), @r"
    ! error: the argument '--die-at <CALL>' cannot be used with '--hang-at <CALL>'
    !
    ! Usage: halite simulate --socket <SOCKET> --state <FILE> --die-at <CALL>
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_snapshot!(simulate("--socket a.sock --state a.json --die-at 0"), @r"
    ! error: invalid value '0' for '--die-at <CALL>': number would be zero for non-zero type
    !
    ! For more information, try '--help'.
    exit code 2
    ");
    assert_eq!(sandbox.text("file"), "", "a file that is no socket stays");
}
