//! What is asked of the operating system: who works here, what time it is, and
//! what kind of file system the book lies on.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::calendar::Instant;

/// The present, for callers outside the pure rooms.
pub fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The person at work as `name@host`, as journal entries have it.
pub fn who() -> String {
    let user = user_name().or_else(|| std::env::var("USER").ok()).filter(|name| !name.is_empty());
    let host = host_name().filter(|name| !name.is_empty());
    format!("{}@{}", user.as_deref().unwrap_or("unknown"), host.as_deref().unwrap_or("localhost"))
}

#[cfg(unix)]
fn user_name() -> Option<String> {
    use std::ffi::CStr;
    let mut buffer: Vec<libc::c_char> = vec![0; 1_024];
    loop {
        // SAFETY: all zeros is a valid passwd, every pointer outlives the
        // call, and the length is the buffer's own.
        let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
        let mut found: *mut libc::passwd = std::ptr::null_mut();
        let code =
            unsafe { libc::getpwuid_r(libc::geteuid(), &mut entry, buffer.as_mut_ptr(), buffer.len(), &mut found) };
        if code == libc::ERANGE && buffer.len() < 1 << 20 {
            buffer.resize(buffer.len() * 4, 0);
            continue;
        }
        if code != 0 || found.is_null() || entry.pw_name.is_null() {
            return None;
        }
        // SAFETY: on success the name is a string that ends in the buffer.
        let name = unsafe { CStr::from_ptr(entry.pw_name) };
        return Some(name.to_string_lossy().into_owned());
    }
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    let mut buffer = [0u8; 256];
    // SAFETY: one byte less than the buffer holds, so that a zero ends it.
    let code = unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) };
    if code != 0 {
        return None;
    }
    let end = buffer.iter().position(|b| *b == 0)?;
    Some(String::from_utf8_lossy(buffer.get(..end)?).into_owned())
}

#[cfg(not(unix))]
fn user_name() -> Option<String> {
    std::env::var("USERNAME").ok()
}

#[cfg(not(unix))]
fn host_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

/// Whether the folder lies on a file system shared between machines, on which
/// SQLite's write-ahead log does not work.
#[cfg(target_os = "linux")]
pub(super) fn on_network(dir: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let Ok(path) = std::ffi::CString::new(dir.as_os_str().as_bytes()) else { return false };
    // SAFETY: all zeros is a valid statfs, and both pointers outlive the call.
    let mut found: libc::statfs = unsafe { std::mem::zeroed() };
    if unsafe { libc::statfs(path.as_ptr(), &mut found) } != 0 {
        return false;
    }
    // The width and sign of the field differ between machines.
    is_network(found.f_type as u32)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn on_network(_dir: &Path) -> bool {
    false
}

/// By the numbers of statfs(2). A FUSE file system may be sshfs or a local
/// disk; taking it for the former only costs some speed.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn is_network(magic: u32) -> bool {
    const NFS: u32 = 0x6969;
    const SMB: u32 = 0x517B;
    const CIFS: u32 = 0xFF53_4D42;
    const SMB2: u32 = 0xFE53_4D42;
    const FUSE: u32 = 0x6573_5546;
    const V9FS: u32 = 0x0102_1997;
    const CEPH: u32 = 0x00C3_6400;
    const AFS: u32 = 0x5346_414F;
    const LUSTRE: u32 = 0x0BD0_0BD0;
    const GPFS: u32 = 0x4750_4653;
    const OCFS2: u32 = 0x7461_636F;
    const CODA: u32 = 0x7375_7245;
    const NCP: u32 = 0x564C;
    matches!(magic, NFS | SMB | CIFS | SMB2 | FUSE | V9FS | CEPH | AFS | LUSTRE | GPFS | OCFS2 | CODA | NCP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_person_at_work_has_a_name_and_a_host() {
        let who = who();
        let (name, host) = who.split_once('@').unwrap();
        assert!(!name.is_empty() && !host.is_empty(), "{who}");
    }

    #[test]
    fn shared_file_systems_are_told_from_disks() {
        const EXT4: u32 = 0xEF53;
        const TMPFS: u32 = 0x0102_1994;
        assert!(is_network(0x6969) && is_network(0xFF53_4D42));
        assert!(!is_network(EXT4) && !is_network(TMPFS));
    }
}
