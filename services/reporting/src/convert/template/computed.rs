//! The shape of computed figures, and of the checks that rest on them.

use proto::figure::v1::{Calculation, Mismatch};
use proto::reporting::v1 as pb;

use super::Checker;
use super::section::CHECK_LABEL;

const CHECKS: usize = 50;
/// Most digits behind the point that a template can ask for.
const DECIMALS: i32 = 6;

impl Checker<'_> {
    pub(super) fn computed(&mut self, at: &str, computed: Option<&pb::Computed>) {
        let Some(computed) = computed else {
            return self.wrong(at, "is required");
        };
        if computed.calculation() == Calculation::Unspecified {
            let message = "is not a calculation; use CALCULATION_DIFFERENCE, _RATIO, _SHARE, \
                           _CHANGE or _WHOLE";
            self.wrong(format!("{at}.calculation"), message);
        }
        self.observation(&format!("{at}.a"), computed.a.as_ref());
        self.observation(&format!("{at}.b"), computed.b.as_ref());
        self.decimals(&format!("{at}.decimals"), computed.decimals);
        self.accepted(&format!("{at}.accept"), &computed.accept);
    }

    /// Digits behind the point, where a template asks for some.
    pub(super) fn decimals(&mut self, at: &str, decimals: Option<i32>) {
        let outside = decimals.filter(|decimals| !(0..=DECIMALS).contains(decimals));
        if let Some(decimals) = outside {
            let message = format!("is {decimals}; 0 to {DECIMALS} are accepted");
            self.wrong(at, message);
        }
    }

    fn accepted(&mut self, at: &str, accepted: &[i32]) {
        for (index, one) in accepted.iter().enumerate() {
            let path = format!("{at}[{index}]");
            match Mismatch::try_from(*one) {
                Ok(Mismatch::Unspecified) | Err(_) => {
                    let message = "is not a mismatch; use MISMATCH_PERIOD, _NATURE or _ENTITY";
                    self.wrong(path, message);
                }
                Ok(known) if accepted[..index].contains(one) => {
                    let message = format!("{} stands there twice", known.as_str_name());
                    self.wrong(path, message);
                }
                Ok(_) => {}
            }
        }
    }

    pub(super) fn checks(&mut self, at: &str, checks: &[pb::Check]) {
        self.fields.at_most(at, checks.len(), CHECKS);
        if checks.is_empty() {
            self.wrong(at, "has no check; give at least one");
        }
        for (index, check) in checks.iter().enumerate() {
            let at = format!("{at}[{index}]");
            self.fields
                .required_text(&format!("{at}.label"), &check.label, CHECK_LABEL);
            self.uses(&format!("{at}.label"), &check.label);
            self.computed(&format!("{at}.computed"), check.computed.as_ref());
            self.observation(&format!("{at}.stated"), check.stated.as_ref());
        }
    }
}
