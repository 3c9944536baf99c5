//! Guards the one way data flows: a room imports only from rooms above it.

use std::fs;
use std::path::{Path, PathBuf};

/// From the top of the house to the bottom.
const ROOMS: [&str; 20] = [
    "memory",
    "place",
    "amount",
    "json_text",
    "calendar",
    "usage",
    "read",
    "price",
    "journal",
    "reconcile",
    "review",
    "allocate",
    "focus",
    "close",
    "report",
    "source",
    "book",
    "desk",
    "tui",
    "cli",
];

/// The first room that may know of a disk, a clock, a network or a terminal;
/// those above it may not.
const FIRST_OUTSIDE: &str = "source";

/// The folder of the program's code, and every file in it.
fn sources() -> (PathBuf, Vec<PathBuf>) {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    (src, all)
}

fn files(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

fn room_of(path: &Path, src: &Path) -> Option<usize> {
    let first = path.strip_prefix(src).unwrap().components().next()?;
    let name = first.as_os_str().to_str()?.trim_end_matches(".rs").to_owned();
    ROOMS.iter().position(|room| *room == name)
}

/// The file's code: comments and tests aside.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..tests].lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_room_imports_only_from_rooms_above_it() {
    let (src, all) = sources();
    let mut wrong = Vec::new();
    for path in all {
        let Some(room) = room_of(&path, &src) else { continue };
        let text = code(&path);
        for below in &ROOMS[room + 1..] {
            let names = [format!("crate::{below}::"), format!("crate::{below};"), format!("crate::{{{below}")];
            if names.iter().any(|name| text.contains(name.as_str())) {
                wrong.push(format!("{} imports {below}", path.strip_prefix(&src).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_in_the_plan() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(&src).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let room = name.trim_end_matches(".rs");
        assert!(["lib", "main"].contains(&room) || ROOMS.contains(&room), "{room} is in no plan");
    }
}

#[test]
fn the_rules_of_the_business_know_no_disk_clock_or_terminal() {
    let (src, all) = sources();
    let mut wrong = Vec::new();
    for path in all {
        let Some(room) = room_of(&path, &src) else { continue };
        let is_test = path.components().any(|part| part.as_os_str().to_string_lossy().contains("tests"));
        let outside = ROOMS.iter().position(|room| *room == FIRST_OUTSIDE).unwrap();
        if is_test || room >= outside {
            continue;
        }
        let text = code(&path);
        for outside in [
            "std::fs",
            "std::net",
            "SystemTime",
            "Instant::now",
            "ratatui",
            "crossterm",
            "rusqlite",
            "println!",
            "eprintln!",
        ] {
            if text.contains(outside) {
                wrong.push(format!("{} uses {outside}", path.strip_prefix(&src).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn money_is_never_a_float() {
    let (src, all) = sources();
    let mut wrong = Vec::new();
    for path in all {
        // A face may place a dot on a chart with a float; nothing else may.
        let room = room_of(&path, &src).map(|room| ROOMS[room]);
        if room == Some("tui") {
            continue;
        }
        let text = code(&path);
        if ["f64", "f32"]
            .iter()
            .any(|float| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == *float))
        {
            wrong.push(path.strip_prefix(&src).unwrap().display().to_string());
        }
    }
    assert!(wrong.is_empty(), "floats in {}", wrong.join(", "));
}
