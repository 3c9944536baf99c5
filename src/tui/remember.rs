//! The file in the user's configuration directory that keeps the columns
//! between two starts. It is no part of the book and decides nothing, so that
//! whatever is wrong with it is said and the review goes on.

use std::path::Path;

use crossbeam_channel::{Receiver, Sender};

use super::message::Message;
use crate::book::write_atomically;

/// Reads the file, then writes it as often as it changes, the newest of what
/// waits. Ends when nobody can send any more.
pub fn run(path: Option<&Path>, inbox: &Receiver<String>, outbox: &Sender<Message>) {
    // A screen that is gone needs no answer.
    let _ = outbox.send(read(path));
    for text in inbox {
        let newest = inbox.try_iter().last().unwrap_or(text);
        if let Some(message) = write(path, &newest) {
            let _ = outbox.send(message);
        }
    }
}

pub fn read(path: Option<&Path>) -> Message {
    let Some(path) = path else {
        return Message::Columns(Err("Columns are not remembered: there is no home directory.".to_owned()));
    };
    Message::Columns(match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("Columns are not remembered: {} cannot be read: {error}.", path.display())),
    })
}

pub fn write(path: Option<&Path>, text: &str) -> Option<Message> {
    let path = path?;
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(|error| error.to_string());
    let written = folder.and_then(|()| write_atomically(path, text.as_bytes()).map_err(|error| error.to_string()));
    written.err().map(|why| Message::ColumnsLost(format!("Columns are not remembered: {}: {why}.", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_with_its_folder_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config/trueup/columns.toml");
        assert!(matches!(read(Some(&path)), Message::Columns(Ok(None))));
        assert!(write(Some(&path), "# nothing\n").is_none());
        assert!(matches!(read(Some(&path)), Message::Columns(Ok(Some(text))) if text == "# nothing\n"));
    }

    #[test]
    fn what_cannot_be_read_or_written_is_said() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(read(Some(dir.path())), Message::Columns(Err(why)) if why.contains("cannot be read")));
        assert!(matches!(read(None), Message::Columns(Err(_))));
        let below = dir.path().join("file");
        std::fs::write(&below, "").unwrap();
        let path = below.join("columns.toml");
        assert!(matches!(write(Some(&path), ""), Some(Message::ColumnsLost(why)) if why.contains("columns.toml")));
    }

    #[test]
    fn of_several_that_wait_the_newest_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("columns.toml");
        let (send, inbox) = crossbeam_channel::unbounded();
        let (outbox, _messages) = crossbeam_channel::unbounded();
        ["one", "two", "three"].iter().for_each(|text| send.send((*text).to_owned()).unwrap());
        drop(send);
        run(Some(&path), &inbox, &outbox);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three");
    }
}
