//! Text that a person reads as halite does.

use super::fault::Fault;
use super::place::FileId;
use crate::base::is_direction_mark;
use crate::check::Code;

/// The text of a file; and what is wrong with it, if a person would not see what halite reads.
pub fn readable(bytes: Vec<u8>, file: FileId) -> (String, Option<Fault>) {
    let fault = |at: usize, message: &str| Some(Fault::new(Code::Syntax, file.at(at..at + 1), message));
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            return (text, fault(at, "a recipe is UTF-8 text, and here are other bytes"));
        }
    };
    let fault = match text.char_indices().find(|(_, character)| is_direction_mark(*character)) {
        Some((at, mark)) => {
            let message = format!("U+{:04X} shows the text around it in another order than it has; remove it", u32::from(mark));
            fault(at, &message)
        }
        None => None,
    };
    (text, fault)
}
