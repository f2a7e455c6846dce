use std::collections::HashSet;

use num_bigint::BigInt;
use proptest::prelude::*;

use super::{Decimal, LIMIT, ParseDecimalError};

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn check_print(input: &str, expected: &str) {
    assert_eq!(decimal(input).to_string(), expected);
}

#[test]
fn numbers_print_as_they_were_spelled() {
    check_print("45.5", "45.5");
    check_print("0.00", "0.00");
    check_print("12.0", "12.0");
    check_print("14447100000000", "14447100000000");
    check_print("-0.050", "-0.050");
    check_print("+5", "5");
    check_print("-0", "0");
    check_print("-0.0", "0.0");
    check_print("007", "7");
}

#[test]
fn other_forms_are_refused() {
    let forms = [
        "", "+", "-", ".", ".5", "5.", "1e3", "1,000", "1 000", " 5", "5 ", "--5", "+-5", "NaN",
        "inf", "1.2.3", "٣", "0x10",
    ];
    for form in forms {
        let error = form.parse::<Decimal>().expect_err(form);
        assert!(matches!(error, ParseDecimalError::Form(_)), "{form}");
    }
}

#[test]
fn the_error_says_what_a_decimal_looks_like() {
    let error = "1e3".parse::<Decimal>().expect_err("exponent notation");
    assert_eq!(
        error.to_string(),
        "\"1e3\" is not a decimal: write an optional sign, digits and an optional fraction, \
         such as -12.50, without exponent, separators or spaces"
    );
}

#[test]
fn digits_count_from_the_first_that_matters() {
    let longest = "9".repeat(38);
    check_print(&longest, &longest);
    check_print(&format!("0.{longest}"), &format!("0.{longest}"));
    check_print(&format!("000{longest}"), &longest);
    let long = format!("{longest}1").parse::<Decimal>();
    assert!(matches!(long, Err(ParseDecimalError::TooManyDigits(_))));
    let precise = format!("{longest}.0").parse::<Decimal>();
    assert!(matches!(precise, Err(ParseDecimalError::TooManyDigits(_))));
}

#[test]
fn an_expanded_number_reads_back() {
    let expanded = decimal("45.5").shift(60);
    assert_eq!(decimal(&expanded.to_string()), expanded);
    let far = format!("0.{}1", "0".repeat(256));
    let error = far.parse::<Decimal>();
    assert!(matches!(error, Err(ParseDecimalError::OutOfRange(_))));
}

#[test]
fn a_scale_word_expands_into_plain_digits() {
    let trillions = decimal("45.5").shift(12);
    assert_eq!(trillions.to_string(), "45500000000000");
    assert_eq!(trillions.half_unit().to_string(), "50000000000");
    assert_eq!(trillions.grouped(','), "45,500,000,000,000");
}

#[test]
fn half_a_unit_follows_the_last_kept_digit() {
    assert_eq!(decimal("45.5").half_unit().to_string(), "0.05");
    assert_eq!(decimal("93").half_unit().to_string(), "0.5");
    assert_eq!(decimal("0.00").half_unit().to_string(), "0.005");
}

#[test]
fn equality_is_numeric_and_spelling_is_not() {
    let (short, long) = (decimal("12"), decimal("12.0"));
    assert_eq!(short, long);
    assert!(!short.same_spelling(&long));
    assert!(decimal("45.5").shift(1).same_spelling(&decimal("455")));
    let set: HashSet<Decimal> = [short, long, decimal("12.00")].into();
    assert_eq!(set.len(), 1);
}

#[test]
fn division_is_exact_where_it_ends() {
    let check = |a: &str, b: &str, expected: &str| {
        let quotient = decimal(a).div(&decimal(b)).expect("a quotient");
        assert_eq!(quotient.to_string(), expected);
    };
    check("5", "4", "1.25");
    check("93", "0.155", "600");
    check("-1", "8", "-0.125");
    check("0.00", "7", "0");
    check("2", "3", "0.6666666666666666666666666666666667");
    check("-1", "3", "-0.3333333333333333333333333333333333");
    check(&"9".repeat(38), "1", &"9".repeat(38));
    assert_eq!(decimal("1").div(&decimal("0.0")), None);
}

#[test]
fn results_too_long_are_rounded_to_even() {
    let big = decimal(&"9".repeat(38));
    let sum = big.checked_add(&decimal("0.5")).expect("a sum");
    assert_eq!(sum, decimal("1").shift(38));
    let apart = decimal("1").shift(200);
    assert_eq!(apart.checked_add(&decimal("1").shift(-200)), Some(apart));
    assert_eq!(apart.checked_mul(&apart), None);
}

#[test]
fn presentation_rounds_half_to_even() {
    let places = |text: &str, places| decimal(text).round_places(places).to_string();
    assert_eq!(places("0.125", 2), "0.12");
    assert_eq!(places("0.135", 2), "0.14");
    assert_eq!(places("-2.5", 0), "-2");
    assert_eq!(places("600", 1), "600.0");
    assert_eq!(places("0.4", 0), "0");
    let significant = |text: &str, digits| decimal(text).round_significant(digits).to_string();
    assert_eq!(significant("99.96", 3), "100");
    assert_eq!(significant("563.6363", 4), "563.6");
    assert_eq!(significant("45500000000000", 2), "46000000000000");
    assert_eq!(significant("1.5", 5), "1.5");
}

#[test]
fn grouping_leaves_the_fraction_alone() {
    let grouped = |text: &str| decimal(text).grouped(' ');
    assert_eq!(grouped("-1234567.8912"), "-1 234 567.8912");
    assert_eq!(grouped("999"), "999");
    assert_eq!(grouped("0.0001"), "0.0001");
}

prop_compose! {
    fn any_decimal()(mantissa in any_mantissa(), exponent in -60_i16..60) -> Decimal {
        Decimal::new(mantissa, exponent).expect("in range")
    }
}

fn any_mantissa() -> impl Strategy<Value = i128> {
    prop_oneof![-LIMIT + 1..LIMIT, -1000_i128..1000, Just(0)]
}

/// The number times 10^200, which is whole for every number the tests make.
fn whole(decimal: &Decimal) -> BigInt {
    let power = 200 + i32::from(decimal.exponent());
    BigInt::from(decimal.mantissa()) * BigInt::from(10).pow(power.cast_unsigned())
}

/// Whether a result is within half a unit of its 38th digit.
fn is_nearest(result: &Decimal, exact: &BigInt) -> bool {
    let error: BigInt = (whole(result) - exact) * 2_u8;
    let unit = BigInt::from(10).pow((200 + i32::from(result.exponent())).cast_unsigned());
    let exact_or_full = error == BigInt::from(0) || result.digits() == Decimal::MAX_DIGITS;
    let carried = result.mantissa() % 10_i128.pow(37) == 0;
    error.magnitude() <= unit.magnitude() && (exact_or_full || carried)
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(decimal in any_decimal()) {
        let again: Decimal = decimal.to_string().parse().expect("printed");
        prop_assert_eq!(again, decimal);
        prop_assert!(again.same_spelling(&decimal));
        prop_assert_eq!(again.to_string(), decimal.to_string());
    }

    #[test]
    fn order_is_that_of_whole_numbers(a in any_decimal(), b in any_decimal()) {
        prop_assert_eq!(a.cmp(&b), whole(&a).cmp(&whole(&b)));
    }

    #[test]
    fn normalizing_changes_the_spelling_only(a in any_decimal()) {
        let short = a.normalized();
        prop_assert_eq!(short, a);
        prop_assert!(a.is_zero() || short.mantissa() % 10 != 0);
    }

    #[test]
    fn sums_are_nearest(a in any_decimal(), b in any_decimal()) {
        let sum = a.checked_add(&b).expect("in range");
        prop_assert!(is_nearest(&sum, &(whole(&a) + whole(&b))));
        let difference = a.checked_sub(&b).expect("in range");
        prop_assert!(is_nearest(&difference, &(whole(&a) - whole(&b))));
    }

    #[test]
    fn products_are_nearest(a in any_decimal(), b in any_decimal()) {
        let product = a.checked_mul(&b).expect("in range");
        let exact = whole(&a) * whole(&b) / BigInt::from(10).pow(200);
        prop_assert!(is_nearest(&product, &exact));
    }

    #[test]
    fn quotients_are_within_half_a_unit(a in any_decimal(), b in any_decimal()) {
        prop_assume!(!b.is_zero());
        let quotient = a.div(&b).expect("in range");
        // |q·b − a| ≤ ½·10^e·|b|, all scaled to whole numbers.
        let scale = BigInt::from(10).pow(200);
        let error: BigInt = whole(&quotient) * whole(&b) - whole(&a) * &scale;
        let unit = Decimal::new(1, quotient.exponent()).expect("in range");
        let allowed = whole(&unit) * whole(&b);
        prop_assert!((error * 2_u8).magnitude() <= allowed.magnitude());
    }

    #[test]
    fn rounding_moves_half_a_unit_at_most(a in any_decimal(), digits in 1_u32..38) {
        let rounded = a.round_significant(digits);
        prop_assert!(rounded.digits() <= digits.max(1));
        let moved = whole(&rounded) - whole(&a);
        prop_assert!(moved.magnitude() <= whole(&rounded.half_unit()).magnitude());
    }
}
