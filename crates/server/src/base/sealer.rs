//! Encrypted secrets that must be read again, such as webhook signing secrets: a copy of the
//! database reveals none of them. AES-256-GCM with a random nonce, bound to the id of the secret's
//! owner.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::config::Secret;
use crate::{Result, random};

const KEY: usize = 32;
/// Bytes that identify the encryption key, to distinguish another key from damage.
pub const NAME: usize = 4;
const FILE: &str = "secret.key";

/// Encrypts and decrypts. Without `Debug`.
pub struct Sealer {
    key: LessSafeKey,
    name: [u8; NAME],
}

impl Sealer {
    /// The configured key, or the one in `data_dir`, which is created if it is missing.
    pub fn open_key(configured: Option<&Secret>, data_dir: &Path) -> Result<Self> {
        match Self::find_key(configured, data_dir)? {
            Some(found) => Ok(found),
            None => Self::new(&make_file(&data_dir.join(FILE))?),
        }
    }

    /// The same, but creates no key.
    pub fn find_key(configured: Option<&Secret>, data_dir: &Path) -> Result<Option<Self>> {
        let bytes = match configured {
            Some(text) => Some(decode(text.expose()).context(
                "TOLLGATE_SECRET_KEY must be 32 bytes in base64: openssl rand -base64 32",
            )?),
            None => from_file(&data_dir.join(FILE))?,
        };
        bytes.map(|bytes| Self::new(&bytes)).transpose()
    }

    fn new(bytes: &[u8; KEY]) -> Result<Self> {
        let unbound =
            UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| anyhow!("the key cannot be used"))?;
        let mut name = [0; NAME];
        name.copy_from_slice(&Sha256::digest(bytes)[..NAME]);
        Ok(Self { key: LessSafeKey::new(unbound), name })
    }

    /// The prefix of everything that this key encrypted.
    pub const fn name(&self) -> [u8; NAME] {
        self.name
    }

    /// `owner` is the id of the secret's owner: the secret can be decrypted for no other.
    pub fn seal(&self, owner: &str, secret: &[u8]) -> Result<Vec<u8>> {
        let nonce = random::bytes::<NONCE_LEN>();
        let mut body = secret.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(owner),
                &mut body,
            )
            .map_err(|_| anyhow!("a secret cannot be encrypted"))?;
        Ok([&self.name[..], &nonce, &body].concat())
    }

    pub fn open(&self, owner: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let (name, rest) =
            sealed.split_at_checked(NAME).context("an encrypted secret is truncated")?;
        if name != self.name {
            return Err(anyhow!("a secret was encrypted with another key: TOLLGATE_SECRET_KEY must be the same on all instances").into());
        }
        let (nonce, body) =
            rest.split_first_chunk::<NONCE_LEN>().context("an encrypted secret is truncated")?;
        let mut body = body.to_vec();
        let opened = self.key.open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(owner),
            &mut body,
        );
        Ok(opened.map_err(|_| anyhow!("an encrypted secret is damaged"))?.to_vec())
    }
}

fn decode(text: &str) -> Option<[u8; KEY]> {
    BASE64_STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

fn from_file(path: &Path) -> Result<Option<[u8; KEY]>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(decode(&text).with_context(|| {
            format!("{} does not contain a key of 32 bytes in base64", path.display())
        })?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(anyhow::Error::from(error)
            .context(format!("cannot read {}", path.display()))
            .into()),
    }
}

fn make_file(path: &Path) -> Result<[u8; KEY]> {
    let bytes = random::bytes::<KEY>();
    // Readable by nobody else from the start.
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let text = BASE64_STANDARD.encode(bytes);
    let written =
        file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_sealed_opens_for_its_owner_and_nobody_else() {
        let sealer = Sealer::new(&[7; KEY]).unwrap();
        let sealed = sealer.seal("ep_1", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(sealer.open("ep_1", &sealed).unwrap(), b"secret");
        assert!(sealer.open("ep_2", &sealed).is_err());
        assert_ne!(sealer.seal("ep_1", b"secret").unwrap(), sealed);
        let other = Sealer::new(&[8; KEY]).unwrap().open("ep_1", &sealed).unwrap_err().to_string();
        assert!(other.contains("another key"), "{other}");
    }

    #[test]
    fn damage_is_noticed_wherever_it_is() {
        let sealer = Sealer::new(&[7; KEY]).unwrap();
        let sealed = sealer.seal("ep_1", b"secret").unwrap();
        for i in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[i] ^= 1;
            assert!(sealer.open("ep_1", &damaged).is_err(), "byte {i}");
            assert!(sealer.open("ep_1", &sealed[..i]).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn the_key_file_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Sealer::find_key(None, folder.path()).unwrap().is_none());
        let sealed = Sealer::open_key(None, folder.path()).unwrap().seal("a", b"b").unwrap();
        assert_eq!(
            Sealer::open_key(None, folder.path()).unwrap().open("a", &sealed).unwrap(),
            b"b"
        );
        let mode = fs::metadata(folder.path().join("secret.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let short: Secret = "c2hvcnQ=".parse().unwrap();
        assert!(Sealer::open_key(Some(&short), folder.path()).is_err());
    }
}
