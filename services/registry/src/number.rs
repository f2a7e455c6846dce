/// Declares an enum whose variants have the numbers they have in the contract. They are
/// stored and sent as these numbers, so a number keeps its meaning for ever.
macro_rules! numbered {
    (
        $(#[$about:meta])*
        pub(crate) enum $Name:ident { $( $(#[$doc:meta])* $Variant:ident = $number:literal, )+ }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "i32", into = "i32")]
        pub(crate) enum $Name { $( $(#[$doc])* $Variant = $number, )+ }

        impl TryFrom<i32> for $Name {
            type Error = String;

            fn try_from(number: i32) -> Result<Self, String> {
                match number {
                    $( $number => Ok(Self::$Variant), )+
                    _ => Err(format!("has no value {number}")),
                }
            }
        }

        impl From<$Name> for i32 {
            fn from(value: $Name) -> i32 {
                value as i32
            }
        }
    };
}

pub(crate) use numbered;
