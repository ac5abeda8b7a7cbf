use super::*;

#[test]
fn a_rate_is_read_with_or_without_its_burst() {
    for text in ["20/1", "100/60/500"] {
        assert_eq!(text.parse::<PlanRate>().unwrap().to_string(), text);
    }
    for bad in ["", "20", "0/1", "20/0", "20/1/0", "1/2/3/4", "20/86401", "-1/1", "a/b"] {
        assert!(bad.parse::<PlanRate>().is_err(), "{bad}");
    }
}

fn version(new: NewPlan) -> Plan {
    new.version("plan_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap(), 1, Timestamp(0))
}

fn growth() -> NewPlan {
    let overage = Some("0.2".parse().unwrap());
    NewPlan { included_units: 100, overage, ..NewPlan::public("platform", "Growth") }
}

#[test]
fn included_units_must_be_free_and_a_hard_plan_charges_for_none() {
    assert!(growth().check().is_ok());
    let tiers = Some(growth().prices());
    for bad in [
        NewPlan { tiers, included_units: 101, ..growth() },
        NewPlan { name: " ".into(), ..growth() },
        NewPlan { trial_days: MAX_TRIAL_DAYS + 1, ..growth() },
        NewPlan { monthly_price: u64::MAX, ..growth() },
    ] {
        assert!(bad.check().is_err(), "{bad:?}");
    }
    let hard = version(NewPlan { overage: None, ..growth() });
    assert!(hard.is_hard && !hard.prices.are_paid());
}

fn form() -> PlanForm {
    let text = str::to_owned;
    PlanForm {
        product: text("pets"),
        name: text("Starter"),
        currency: text(""),
        price: text("49.00"),
        included: text("10000"),
        overage: text("3.00"),
        hard: false,
        rate: text("20"),
        burst: text(""),
        default: false,
        private: true,
        ..PlanForm::default()
    }
}

#[test]
fn amounts_are_read_as_people_write_them() {
    let plan = form().read().unwrap();
    assert_eq!((plan.monthly_price, plan.included_units, plan.is_public), (4_900, 10_000, false));
    assert_eq!(plan.prices().cost(11_000).rounded(), 300);
    assert_eq!(plan.org_rate.unwrap().to_string(), "20/1");
    let yen =
        PlanForm { currency: "JPY".into(), price: "5000".into(), overage: "70".into(), ..form() }
            .read()
            .unwrap();
    assert_eq!(
        (
            yen.currency.as_str(),
            yen.monthly_price,
            yen.prices().tiers()[1].unit_price.to_string().as_str()
        ),
        ("jpy", 5_000, "0.07")
    );
    assert_eq!(
        PlanForm { overage: "0.07".into(), ..form() }.read().unwrap().prices().tiers()[1]
            .unit_price
            .to_string(),
        "0.007"
    );
}

#[test]
fn each_field_that_cannot_be_read_is_named() {
    let empty = String::new;
    for (bad, field) in [
        (PlanForm { price: "4.999".into(), ..form() }, "price"),
        (PlanForm { currency: "dollar".into(), ..form() }, "currency"),
        (PlanForm { included: "many".into(), ..form() }, "included"),
        (PlanForm { hard: true, ..form() }, "overage"),
        (PlanForm { rate: "0".into(), ..form() }, "rate"),
        (PlanForm { rate: empty(), burst: "5".into(), ..form() }, "rate"),
        (PlanForm { rate: "5".into(), burst: "many".into(), ..form() }, "burst"),
        (PlanForm { trial: "a week".into(), ..form() }, "trial"),
        (PlanForm { only_for: "Acme".into(), ..form() }, "only_for"),
    ] {
        assert_eq!(bad.read().unwrap_err()[0].location, field);
    }
    let ours = version(
        PlanForm {
            only_for: "org_01h2xcejqtf2nbrexx3vqjhp41".into(),
            trial: "14".into(),
            private: false,
            ..form()
        }
        .read()
        .unwrap(),
    );
    assert!(!ours.is_public && ours.offered_to.is_some() && ours.trial_days == 14);
    assert!(
        PlanForm { rate: empty(), overage: empty(), hard: true, ..form() }
            .read()
            .unwrap()
            .key_rate
            .is_none()
    );
}
