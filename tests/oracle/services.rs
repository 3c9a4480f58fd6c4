//! Services, and what moves when they are called: what their documentation says, written down once more.

/// What a call does for whoever makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moves {
    /// The caller sends something.
    Data,
    /// The target does what the caller says.
    Control,
    /// Both.
    Both,
    /// A way to the network.
    Network,
    /// How somebody is: enough to link two qubes.
    Status,
}

/// A service.
pub struct Service {
    /// What it is called.
    pub name: &'static str,
    /// What it is for.
    pub moves: Moves,
}

/// Those of Qubes and Whonix that lead from one qube to another, and two that nobody knows.
pub const SERVICES: [Service; 30] = {
    use Moves::{Both, Control, Data, Network, Status};
    const fn of(name: &'static str, moves: Moves) -> Service {
        Service { name, moves }
    }
    [
        of("admin.vm.List", Control),
        of("policy.RegisterArgument", Control),
        of("qubes.ClipboardPaste", Data),
        of("qubes.ConnectTCP", Network),
        of("qubes.Filecopy", Data),
        of("qubes.GetImageRGBA", Data),
        of("qubes.Gpg", Data),
        of("qubes.GpgImportKey", Data),
        of("qubes.OpenInVM", Data),
        of("qubes.OpenURL", Data),
        of("qubes.RestoreById", Both),
        of("qubes.StartApp", Both),
        of("qubes.UpdatesProxy", Network),
        of("qubes.VMExec", Both),
        of("qubes.VMExecGUI", Both),
        of("qubes.VMRootExec", Both),
        of("qubes.VMRootShell", Both),
        of("qubes.VMShell", Both),
        of("qvc.ScreenShare", Data),
        of("qvc.Webcam", Data),
        of("sdwdate-gui.Connect", Status),
        of("sdwdate-gui.ConnectCheck", Status),
        of("sdwdate.Connect", Status),
        of("sdwdate.ConnectCheck", Status),
        of("u2f.Authenticate", Data),
        of("whonix.GatewayCommand", Control),
        of("whonix.NewStatus", Status),
        of("whonix.SdwdateStatus", Status),
        of("x.Sync", Both),
        of("something.Unheard-of", Both),
    ]
};
