use proto::registry::v1 as wire;
use rpc::Reason;

use super::*;

mod largest;

/// The numbers of the model are those of the contract.
#[test]
fn numbers_have_the_names_of_the_contract() {
    fn check<T: TryFrom<i32, Error = String> + std::fmt::Debug>(
        name: impl Fn(i32) -> Option<String>,
    ) {
        for number in 1..=10 {
            let Ok(value) = T::try_from(number) else {
                continue;
            };
            let ours = format!("{value:?}").to_uppercase();
            let theirs = name(number)
                .expect("a value of the contract")
                .replace('_', "");
            assert!(theirs.ends_with(&ours), "{ours} {theirs}");
        }
    }
    macro_rules! of {
        ($wire:ty) => {
            |number| {
                <$wire>::try_from(number)
                    .ok()
                    .map(|value| value.as_str_name().to_owned())
            }
        };
    }
    check::<crate::entity::NameType>(of!(wire::NameType));
    check::<crate::entity::LifecycleState>(of!(wire::LifecycleState));
    check::<crate::entity::RecordStatus>(of!(wire::RecordStatus));
    check::<crate::vocabulary::AttributeType>(of!(wire::AttributeType));
    check::<crate::identifier::Validator>(of!(wire::IdentifierValidator));
    check::<Basis>(of!(pb::Basis));
}

#[test]
fn everything_wrong_with_an_entity_is_said_at_once() {
    let request = wire::CreateEntityRequest {
        entity_id: "Bad Id".to_owned(),
        entity: Some(wire::Entity {
            names: vec![wire::Name {
                language: "not a tag".to_owned(),
                period: "2018-13".to_owned(),
                ..wire::Name::default()
            }],
            lifecycle: vec![wire::Lifecycle {
                state: 2,
                since: "2019".to_owned(),
                until: "2018".to_owned(),
                ..wire::Lifecycle::default()
            }],
            ..wire::Entity::default()
        }),
        ..wire::CreateEntityRequest::default()
    };
    let error = entity::create(&request).expect_err("refused");
    let found: Vec<_> = error
        .violations()
        .iter()
        .map(|v| (v.field.as_str(), v.reason))
        .collect();
    let expected = [
        ("entity_id", Reason::FieldInvalid),
        ("entity.kind", Reason::FieldRequired),
        ("entity.names[0].text", Reason::FieldRequired),
        ("entity.names[0].language", Reason::FieldInvalid),
        ("entity.names[0].period", Reason::PeriodInvalid),
        ("entity.lifecycle[0].until", Reason::BoundsReversed),
    ];
    assert_eq!(found, expected);
}

#[test]
fn language_tags_have_their_form() {
    let check = |tag: &str, good: bool| {
        let mut fields = Fields::new();
        language(&mut fields, tag);
        assert_eq!(fields.is_clean(), good, "{tag}");
    };
    check("", true);
    check("en", true);
    check("zh-Hans-CN", true);
    check("e", false);
    check("en_GB", false);
    check("en-", false);
    check("中文", false);
}

#[test]
fn times_before_1970_keep_their_fraction() {
    assert_eq!((time(-1).seconds, time(-1).nanos), (-1, 999_999_000));
    assert_eq!(
        (time(1_500_000).seconds, time(1_500_000).nanos),
        (1, 500_000_000)
    );
}
