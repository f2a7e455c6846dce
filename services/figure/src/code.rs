//! Enums whose variants have a stable number, used in storage and on the wire.

/// A number that stands for no variant of an enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} is not the code of a {kind}")]
pub struct UnknownCode {
    /// Name of the enum.
    pub kind: &'static str,
    /// The number that was read.
    pub code: u8,
}

/// Declares an enum with stable codes: `variant as u8` writes one, `TryFrom<u8>` reads it.
macro_rules! coded {
    (
        $(#[$about:meta])*
        pub enum $Name:ident { $( $(#[$doc:meta])* $Variant:ident = $code:literal, )+ }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $Name { $( $(#[$doc])* $Variant = $code, )+ }

        impl $Name {
            /// Every variant, in the order of the codes.
            pub const ALL: &[Self] = &[$( Self::$Variant, )+];
        }

        impl TryFrom<u8> for $Name {
            type Error = $crate::UnknownCode;

            fn try_from(code: u8) -> Result<Self, Self::Error> {
                match code {
                    $( $code => Ok(Self::$Variant), )+
                    _ => Err($crate::UnknownCode { kind: stringify!($Name), code }),
                }
            }
        }
    };
}

pub(crate) use coded;

#[cfg(test)]
mod tests {
    use crate::{Bound, Missing, State, Trend, Verdict};

    #[test]
    fn every_code_reads_back_as_its_variant() {
        for bound in Bound::ALL {
            assert_eq!(Bound::try_from(*bound as u8), Ok(*bound));
        }
        assert_eq!(Bound::ALL.len(), 9);
        assert_eq!(Trend::ALL.len(), 6);
        assert_eq!(Missing::ALL.len(), 5);
        assert_eq!(State::ALL.len(), 5);
        assert_eq!(Verdict::ALL.len(), 7);
    }

    #[test]
    fn an_unknown_code_is_named() {
        let error = Bound::try_from(0).expect_err("zero means unset");
        assert_eq!(error.to_string(), "0 is not the code of a Bound");
    }
}
