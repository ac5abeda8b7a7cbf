//! Files that only this user may read, whatever the umask of the process is: the data folder holds
//! key hashes, mails, secrets and call records.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const FILE: u32 = 0o600;
const FOLDER: u32 = 0o700;
/// Permissions that only the owner may have.
const OTHERS: u32 = 0o077;

/// Creates the data folder, or removes the permissions of others. A shared folder such as `/tmp` is
/// not changed; `tollgate doctor` reports it.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let is_new = !path.exists();
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)?;
    if is_new || is_ours(path)? { restrict(path) } else { Ok(()) }
}

fn is_ours(folder: &Path) -> io::Result<bool> {
    const STICKY: u32 = 0o1000;
    if fs::metadata(folder)?.mode() & STICKY != 0 {
        return Ok(false);
    }
    let mut is_empty = true;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if OURS.iter().any(|ours| name == *ours) {
            return Ok(true);
        }
        is_empty = false;
    }
    Ok(is_empty)
}

/// Files that only a data folder, or the journal in it, contains.
const OURS: [&str; 4] = ["journal", "tollgate.db", "secret.key", "id"];

/// Makes an embedded database private, and its folder if that is new. SQLite gives the files beside
/// it (`-wal`, `-shm`) the mode of the database file. An existing database file is never opened
/// here: SQLite loses the locks of a process that closes any handle on it.
pub fn prepare_database(path: &Path) -> io::Result<()> {
    if let Some(folder) =
        path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    {
        create_folder(folder)?;
    }
    match OpenOptions::new().create_new(true).write(true).mode(FILE).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => drop(made?),
    }
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match restrict(Path::new(&name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result?,
        }
    }
    Ok(())
}

/// Removes the permissions of others in the data folder of an earlier version, file by file.
pub fn repair(folder: &Path) -> io::Result<()> {
    if !is_ours(folder)? {
        return Ok(());
    }
    while let Some((path, _)) = exposed(folder)? {
        restrict(&path)?;
        // Owned by another user: `tollgate doctor` reports it.
        if fs::metadata(&path)?.mode() & OTHERS != 0 {
            break;
        }
    }
    Ok(())
}

/// Opens a file, and makes it private, whether it is new or exists.
pub fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.mode(FILE).open(path)?;
    restrict(path)?;
    Ok(file)
}

/// Creates an empty file, or truncates an existing one.
pub fn create(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().create(true).write(true).truncate(true), path)
}

/// Writes a file from scratch.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}

/// Removes the permissions of others. A file of another user is not changed, if it can be used at
/// all.
pub fn restrict(path: &Path) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    let mode = metadata.permissions().mode();
    if mode & OTHERS == 0 {
        return Ok(());
    }
    match fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS & 0o7777)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        result => result,
    }
}

/// The first file or folder in `folder`, or itself, that others may read or change, with its mode.
pub fn exposed(folder: &Path) -> io::Result<Option<(std::path::PathBuf, u32)>> {
    let mut folders = vec![folder.to_owned()];
    while let Some(path) = folders.pop() {
        let metadata = fs::symlink_metadata(&path)?;
        if metadata.is_symlink() {
            continue;
        }
        if metadata.mode() & OTHERS != 0 {
            return Ok(Some((path, metadata.mode() & 0o777)));
        }
        if metadata.is_dir() {
            for entry in fs::read_dir(&path)? {
                folders.push(entry?.path());
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn new_folders_and_files_are_private_and_old_ones_become_so() {
        let home = tempfile::tempdir().unwrap();
        let (folder, database) = (home.path().join("data"), home.path().join("data/tollgate.db"));
        create_folder(&folder).unwrap();
        prepare_database(&database).unwrap();
        assert_eq!((mode(&folder), mode(&database)), (0o700, 0o600));
        assert_eq!(exposed(&folder).unwrap(), None);
        for (path, loose) in [(&folder, 0o755), (&database, 0o644)] {
            fs::set_permissions(path, Permissions::from_mode(loose)).unwrap();
        }
        assert_eq!(exposed(&folder).unwrap(), Some((folder.clone(), 0o755)));
        create_folder(&folder).unwrap();
        assert_eq!(exposed(&folder).unwrap(), Some((database.clone(), 0o644)));
        prepare_database(&database).unwrap();
        assert_eq!((mode(&folder), mode(&database)), (0o700, 0o600));
    }

    #[test]
    fn a_folder_that_others_use_too_is_left_as_it_is() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("index.html"), "").unwrap();
        fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
        create_folder(home.path()).unwrap();
        prepare_database(&home.path().join("tollgate.db")).unwrap();
        assert_eq!((mode(home.path()), mode(&home.path().join("tollgate.db"))), (0o755, 0o600));
        let shared = tempfile::tempdir().unwrap();
        fs::set_permissions(shared.path(), Permissions::from_mode(0o1777)).unwrap();
        create_folder(shared.path()).unwrap();
        assert_eq!(mode(shared.path()), 0o1777);
    }
}
