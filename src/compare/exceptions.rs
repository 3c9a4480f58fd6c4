//! Checks that are excused.

use super::change::{About, Change, Mark};
use super::list::pairs;
use crate::base::cleaned;
use crate::model::{Desired, Exception};

pub fn compare(from: &Desired, to: &Desired, changes: &mut Vec<Change>) {
    for (handle, pair) in pairs(&from.exceptions, &to.exceptions) {
        match pair {
            (Some(old), Some(new)) if old == new => {}
            (_, Some(new)) => {
                let mark = if pair.0.is_none() { Mark::Added } else { Mark::Changed };
                changes.push(Change::new(About::Exception, handle, mark, told(new)).danger(true, "NEWLY EXCUSED"));
            }
            (old, None) => {
                let what = old.map(told).unwrap_or_default();
                changes.push(Change::new(About::Exception, handle, Mark::Removed, what));
            }
        }
    }
}

fn told(exception: &Exception) -> Vec<String> {
    vec![format!("{} of {}", exception.code, exception.about), cleaned(exception.reason.as_str())]
}
