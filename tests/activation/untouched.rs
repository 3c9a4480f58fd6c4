//! A door that tells what is done to data: nothing that may hold any is removed, written over, or made smaller.

use std::collections::BTreeSet;

use halite::base::QubeName;
use halite::qubesd::{Call, Qubesd, Reply, Unreachable};
use halite::salt::Staged;

/// The door, in front of another one.
pub struct Untouched<Q> {
    pub inner: Q,
    /// The qubes that may hold data.
    there: BTreeSet<String>,
    /// What was done to them that must not be.
    pub touched: Vec<String>,
    /// How many volumes were made larger.
    pub grown: u64,
}

impl<Q: Qubesd> Untouched<Q> {
    /// A door behind which there are these qubes.
    pub fn new(inner: Q, there: impl IntoIterator<Item = String>) -> Self {
        Self { inner, there: there.into_iter().collect(), touched: Vec::new(), grown: 0 }
    }

    fn judge(&mut self, call: &Call) {
        if !self.there.contains(call.destination.as_str()) {
            return;
        }
        let is_touched = match &*call.method {
            "admin.vm.volume.Resize" => {
                let wanted: u64 = String::from_utf8_lossy(&call.payload).parse().expect("a size");
                self.grown += 1;
                wanted < self.size(call)
            }
            "admin.vm.volume.Info" | "admin.vm.volume.List" | "admin.vm.volume.CloneFrom" => false,
            method => method == "admin.vm.Remove" || method.starts_with("admin.vm.volume."),
        };
        if is_touched {
            self.touched.push(format!("{call} of {}", call.destination));
        }
    }

    /// How large the volume is now.
    fn size(&mut self, call: &Call) -> u64 {
        let info = Call::new("admin.vm.volume.Info", &call.destination).argument(call.argument.clone());
        let Ok(Reply::Ok(info)) = self.inner.call(&info) else { panic!("{call} of no volume") };
        let info = String::from_utf8(info).expect("it is text");
        let size = info.lines().find_map(|line| line.strip_prefix("size=")).expect("a volume has a size");
        size.parse().expect("a size")
    }
}

impl<Q: Qubesd> Qubesd for Untouched<Q> {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        self.judge(call);
        self.inner.call(call)
    }

    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable> {
        self.inner.provision(qube, state)
    }
}

#[test]
fn what_touches_data_is_seen() {
    let system = halite::sim::Simulation::stock(halite::model::Release::R4_3);
    let mut door = Untouched::new(system, ["vault".to_owned()]);
    let vault = "vault".parse().unwrap();
    let resize = |size: u64| Call::new("admin.vm.volume.Resize", &vault).argument("private").payload(size.to_string());
    for harmless in [resize(3 << 30), Call::new("admin.vm.tag.Set", &vault).argument("x")] {
        door.call(&harmless).unwrap();
        assert!(door.touched.is_empty(), "{:?}", door.touched);
    }
    let other = "sys-usb".parse().unwrap();
    for harmful in [resize(2 << 30), Call::new("admin.vm.Remove", &vault)] {
        door.call(&harmful).unwrap();
        assert_eq!(std::mem::take(&mut door.touched).len(), 1);
    }
    door.call(&Call::new("admin.vm.Remove", &other)).unwrap();
    assert!(door.touched.is_empty() && door.grown == 2);
}
