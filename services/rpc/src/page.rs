use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::{Error, Reason, Result};

/// Largest page of the lists that do not say otherwise.
const MAX: i32 = 1000;
const DEFAULT: i32 = 100;
const SEAL: usize = 8;
/// Stands in a token for a commit that there is not.
const NONE: i64 = -1;

/// A page that a client asks for: how many rows, after which position, at which commit.
#[derive(Debug)]
pub struct PageRequest {
    /// Rows to return.
    pub size: usize,
    /// Keys of the last row of the page before, in the order of the list.
    pub after: Option<Vec<String>>,
    /// Commit that the first page was read at; later pages keep it.
    pub commit: Option<i64>,
    /// Commit of another service that the first page was read beside; later pages keep that
    /// too. Nothing where there is none.
    pub beside: Option<i64>,
    binding: [u8; SEAL],
    secret: Vec<u8>,
}

/// Rows of a page and where the next one begins.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Token of the next page; empty at the end.
    pub next_page_token: String,
}

impl PageRequest {
    /// Reads size and token. `arguments` are all other arguments of the list: a token is
    /// good only with the ones it was made for. `secret` ties it to this installation.
    pub fn read(size: usize, token: &str, arguments: &[&str], secret: &[u8]) -> Result<Self> {
        let mut request = Self {
            size,
            after: None,
            commit: None,
            beside: None,
            binding: seal(arguments.iter().map(|a| a.as_bytes())),
            secret: secret.to_vec(),
        };
        if !token.is_empty() {
            let (commit, beside, after) = request.open(token).ok_or_else(|| {
                Error::field(
                    Reason::PageTokenInvalid,
                    "page_token",
                    "is not a token of this list with these arguments; start again without it",
                )
            })?;
            request.commit = Some(commit);
            request.beside = Some(beside).filter(|commit| *commit != NONE);
            request.after = Some(after);
        }
        Ok(request)
    }

    /// Makes a page of `rows`, which hold one row more than asked for if there is more.
    pub fn page<T>(
        &self,
        mut rows: Vec<T>,
        commit: i64,
        keys: impl Fn(&T) -> Vec<String>,
    ) -> Page<T> {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        let next_page_token = match rows.last() {
            Some(last) if more => self.token(commit, &keys(last)),
            _ => String::new(),
        };
        Page {
            rows,
            next_page_token,
        }
    }

    /// A token that continues after `keys`.
    pub fn token(&self, commit: i64, keys: &[String]) -> String {
        let mut body = self.binding.to_vec();
        body.extend(commit.to_be_bytes());
        body.extend(self.beside.unwrap_or(NONE).to_be_bytes());
        for key in keys {
            body.extend((key.len() as u32).to_be_bytes());
            body.extend(key.as_bytes());
        }
        body.extend(seal([self.secret.as_slice(), &body]));
        URL_SAFE_NO_PAD.encode(body)
    }

    fn open(&self, token: &str) -> Option<(i64, i64, Vec<String>)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, mark) = bytes.split_at_checked(bytes.len().checked_sub(SEAL)?)?;
        if mark != seal([self.secret.as_slice(), body]) {
            return None;
        }
        let (binding, rest) = body.split_at_checked(SEAL)?;
        let (commit, rest) = rest.split_first_chunk::<8>()?;
        let (beside, mut rest) = rest.split_first_chunk::<8>()?;
        if binding != self.binding {
            return None;
        }
        let mut keys = Vec::new();
        while let Some((length, tail)) = rest.split_first_chunk::<4>() {
            let (key, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            keys.push(String::from_utf8(key.to_vec()).ok()?);
            rest = tail;
        }
        let number = |bytes: &[u8; 8]| i64::from_be_bytes(*bytes);
        Some((number(commit), number(beside), keys))
    }
}

/// The rows to return for a `page_size`: 0 is the default, too many are clamped.
pub fn page_size(asked: i32) -> Result<usize> {
    match asked {
        0 => Ok(DEFAULT as usize),
        1.. => Ok(asked.min(MAX) as usize),
        _ => Err(Error::field(
            Reason::FieldInvalid,
            "page_size",
            "is negative; use 0 for the default",
        )),
    }
}

fn seal<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; SEAL] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    std::array::from_fn(|i| digest[i])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(token: &str, arguments: &[&str], secret: &[u8]) -> Result<PageRequest> {
        PageRequest::read(10, token, arguments, secret)
    }

    proptest! {
        #[test]
        fn a_token_continues_where_it_was_made(
            commit in 0..i64::MAX,
            beside in prop::option::of(0..i64::MAX),
            keys in prop::collection::vec(".{0,20}", 0..4),
        ) {
            let mut first = read("", &["series", "a"], b"here").unwrap();
            first.beside = beside;
            let next = read(&first.token(commit, &keys), &["series", "a"], b"here").unwrap();
            prop_assert_eq!((next.commit, next.beside), (Some(commit), beside));
            prop_assert_eq!(next.after, Some(keys));
        }

        #[test]
        fn any_text_is_a_token_or_refused(text in ".{0,80}") {
            if let Err(error) = read(&text, &[], b"here") {
                prop_assert_eq!(error.reason(), Reason::PageTokenInvalid);
            }
        }
    }

    #[test]
    fn a_token_is_refused_with_other_arguments_and_elsewhere() {
        let token = read("", &["series", "a"], b"here")
            .unwrap()
            .token(7, &["x".into()]);
        for (arguments, secret) in [(["series", "b"], b"here"), (["series", "a"], b"away")] {
            let refused = read(&token, &arguments, secret).unwrap_err();
            assert_eq!(refused.reason(), Reason::PageTokenInvalid);
        }
    }

    #[test]
    fn a_full_page_has_a_next_one_only_if_there_is_more() {
        let request = PageRequest::read(2, "", &[], b"here").unwrap();
        let keys = |n: &i32| vec![n.to_string()];
        assert!(request.page(vec![1, 2], 1, keys).next_page_token.is_empty());
        let page = request.page(vec![1, 2, 3], 1, keys);
        assert_eq!(page.rows, [1, 2]);
        assert!(!page.next_page_token.is_empty());
    }
}
