use proptest::prelude::*;
use shared_kernel_domain::table::{
    Batch, Bits, Column, ColumnType, Field, TableSchema, TextValues, TimeUnit, Values,
};

use super::*;

/// Columns of three rows or so: what a batch borrows.
#[derive(Default)]
struct Sheet {
    columns: Vec<(Field, Stored, Vec<u8>, usize)>,
    rows: usize,
}

enum Stored {
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Decimals(Vec<i128>, i8),
    Texts(Vec<i32>, Vec<u8>),
    Dates(Vec<i32>),
    Timestamps(Vec<i64>, TimeUnit),
    Nothing,
}

impl Sheet {
    fn add<T>(
        mut self,
        name: &str,
        column_type: ColumnType,
        values: &[Option<T>],
        store: impl FnOnce(&[Option<T>]) -> Stored,
    ) -> Self {
        let mut bits = vec![0_u8; values.len().div_ceil(8)];
        for (row, _) in values.iter().enumerate().filter(|(_, value)| value.is_some()) {
            bits[row / 8] |= 1 << (row % 8);
        }
        self.rows = values.len();
        let nulls = values.iter().filter(|value| value.is_none()).count();
        let field = Field { name: name.to_owned(), column_type };
        self.columns.push((field, store(values), bits, nulls));
        self
    }

    fn integers(self, name: &str, values: &[Option<i64>]) -> Self {
        // a null's place holds anything
        self.add(name, ColumnType::Integer, values, |values| {
            Stored::Integers(values.iter().map(|value| value.unwrap_or(77)).collect())
        })
    }

    fn floats(self, name: &str, values: &[Option<f64>]) -> Self {
        self.add(name, ColumnType::Float, values, |values| {
            Stored::Floats(values.iter().map(|value| value.unwrap_or(7.5)).collect())
        })
    }

    fn decimals(self, name: &str, scale: i8, values: &[Option<i128>]) -> Self {
        self.add(name, ColumnType::Decimal, values, |values| {
            Stored::Decimals(values.iter().map(|value| value.unwrap_or(77)).collect(), scale)
        })
    }

    fn texts(self, name: &str, values: &[Option<&str>]) -> Self {
        self.add(name, ColumnType::Text, values, |values| {
            let mut offsets = vec![0];
            let mut bytes = Vec::new();
            for value in values {
                bytes.extend_from_slice(value.unwrap_or_default().as_bytes());
                offsets.push(bytes.len() as i32);
            }
            Stored::Texts(offsets, bytes)
        })
    }

    fn dates(self, name: &str, values: &[Option<i32>]) -> Self {
        self.add(name, ColumnType::Date, values, |values| {
            Stored::Dates(values.iter().map(|value| value.unwrap_or_default()).collect())
        })
    }

    fn timestamps(self, name: &str, unit: TimeUnit, values: &[Option<i64>]) -> Self {
        self.add(name, ColumnType::Timestamp, values, |values| {
            Stored::Timestamps(values.iter().map(|value| value.unwrap_or_default()).collect(), unit)
        })
    }

    fn nothing(self, name: &str, rows: usize) -> Self {
        self.add(name, ColumnType::Null, &vec![None::<i64>; rows], |_| Stored::Nothing)
    }

    fn schema(&self) -> TableSchema {
        TableSchema { fields: self.columns.iter().map(|(field, ..)| field.clone()).collect() }
    }

    fn truths(&self, expression: &str) -> std::result::Result<String, String> {
        let expression = parse(expression)?;
        let again = parse(&expression.to_string()).unwrap();
        assert_eq!(again, expression, "what is written reads back as the same");
        self.truths_of(&expression)
    }

    /// One letter for each row: `+`, `-` or `?`.
    fn truths_of(&self, expression: &Expression) -> std::result::Result<String, String> {
        let mut names = Vec::new();
        let condition = Condition::compile(expression, &self.schema(), &mut names)?;
        let column = |name: &String| {
            let found = self.columns.iter().find(|(field, ..)| field.name == *name);
            let (_, stored, bits, nulls) = found.unwrap();
            let values = match stored {
                Stored::Integers(values) => Values::Integer(values),
                Stored::Floats(values) => Values::Float(values),
                Stored::Decimals(values, scale) => Values::Decimal { values, scale: *scale },
                Stored::Texts(offsets, bytes) => Values::Text(TextValues { offsets, bytes }),
                Stored::Dates(values) => Values::Date(values),
                Stored::Timestamps(values, unit) => Values::Timestamp { values, unit: *unit },
                Stored::Nothing => Values::Null,
            };
            let validity = (*nulls > 0).then(|| Bits::new(bits, 0, self.rows).unwrap());
            Column { values, validity, len: self.rows, null_count: *nulls }
        };
        let columns: Vec<Column<'_>> = names.iter().map(column).collect();
        let rows: Vec<i64> = (0..self.rows as i64).collect();
        let truths = condition.truths(&Batch { rows: &rows, columns: &columns }).unwrap();
        assert_eq!(truths.len(), self.rows);
        let letter = |&truth: &u8| match truth {
            TRUE => '+',
            FALSE => '-',
            _ => '?',
        };
        Ok(truths.iter().map(letter).collect())
    }
}

fn flights() -> Sheet {
    Sheet::default()
        .integers("sched_dep_time", &[Some(515), Some(2_359), None, Some(600)])
        .integers("hour", &[Some(5), Some(22), Some(5), None])
        .floats("arr_delay", &[Some(11.0), Some(-400.0), Some(f64::NAN), Some(2.5)])
        .floats("dep_delay", &[Some(2.0), Some(0.0), Some(1.0), None])
        .decimals("price", 2, &[Some(1_050), Some(-5), None, Some(0)])
        .texts("tailnum", &[Some("N14228"), Some("n1"), None, Some("")])
        .dates("day", &[Some(0), Some(365), None, Some(-1)])
        .timestamps("at", TimeUnit::Millisecond, &[Some(0), Some(86_400_000), None, Some(1)])
        .nothing("empty", 4)
}

#[test]
fn comparisons_are_unknown_where_a_value_is_missing() {
    let sheet = flights();
    let cases = [
        ("sched_dep_time div 100 = hour", "+-??"),
        ("arr_delay - dep_delay between -120 and 250", "+-??"),
        ("not arr_delay - dep_delay between -120 and 250", "-+??"),
        ("hour in (5, 6)", "+-+?"),
        ("hour not in (5, 6)", "-+-?"),
        ("arr_delay is null", "--+-"),
        ("hour is not null and hour > 5", "-+--"),
        ("hour > 5 or sched_dep_time > 0", "++?+"),
        ("price = 10.5", "+-?-"),
        ("price >= -0.05 and price < 0", "-+?-"),
        ("hour < 5.5", "+-+?"),
        ("arr_delay > hour", "+-??"),
        ("tailnum = 'N14228'", "+-?-"),
        ("tailnum in ('', 'n1')", "-+?+"),
        ("length(tailnum) = 6", "+-?-"),
        ("upper(tailnum) = 'N1'", "-+?-"),
        ("matches(tailnum, '^N[0-9A-Z]{4,5}$')", "+-?-"),
        ("has_format(tailnum, 'email')", "--?-"),
        ("has_format(price, 'number')", "++?+"),
        ("has_format(hour, 'integer')", "+++?"),
        ("day >= '1970-01-01'", "++?-"),
        ("day in ('1970-01-01', '1969-12-31')", "+-?+"),
        ("at >= day", "+-?+"),
        ("at = '1970-01-02T00:00:00Z'", "-+?-"),
        ("at - day = 0", "+-?-"),
        ("empty = 1", "????"),
        ("empty is null", "++++"),
        ("hour % 2 = 1", "+-+?"),
        ("abs(arr_delay) > 100", "-+?-"),
        ("hour / 0 > 1", "????"),
        ("hour div 0 = 1 or true", "++++"),
        ("-hour = -5", "+-+?"),
        ("1 = 1", "++++"),
        ("true", "++++"),
    ];
    for (expression, expected) in cases {
        let found = sheet.truths(expression).unwrap();
        assert_eq!(found, expected, "{expression}");
    }
}

#[test]
fn unknown_joins_as_in_sql() {
    let sheet = Sheet::default()
        .integers("a", &[Some(1), Some(1), Some(1), Some(0), Some(0), Some(0), None, None, None])
        .integers("b", &[Some(1), Some(0), None, Some(1), Some(0), None, Some(1), Some(0), None]);
    assert_eq!(sheet.truths("a = 1 and b = 1").unwrap(), "+-?---?-?");
    assert_eq!(sheet.truths("a = 1 or b = 1").unwrap(), "++++-?+??");
    assert_eq!(sheet.truths("not a = 1").unwrap(), "---+++???");
}

#[test]
fn whole_numbers_beyond_64_bits_are_unknown_and_large_ones_exact() {
    let sheet = Sheet::default().integers("a", &[Some(i64::MAX), Some(i64::MIN), Some(1 << 53)]);
    assert_eq!(sheet.truths("a + 1 > 0").unwrap(), "?-+");
    assert_eq!(sheet.truths("abs(a) > 0").unwrap(), "+?+");
    assert_eq!(sheet.truths("a = 9223372036854775807").unwrap(), "+--");
    assert_eq!(sheet.truths("a + 1 = 9007199254740993").unwrap(), "?-+");
    assert_eq!(sheet.truths("a < 9223372036854775807.5").unwrap(), "+++");
}

#[test]
fn types_that_do_not_fit_and_columns_that_are_not_there_are_told() {
    let sheet = flights();
    let refused = |expression| sheet.truths(expression).unwrap_err();
    assert_eq!(refused("hour = 'five'"), "hour is a number, but 'five' is text");
    assert_eq!(refused("tailnum > 5"), "tailnum is text, but 5 is a number");
    assert_eq!(refused("huor = 5"), "the table has no column huor (did you mean hour?)");
    assert_eq!(refused("length(hour) = 2"), "length takes text, but hour is a number");
    assert_eq!(refused("hour + 1"), "(hour + 1) is a number, and no condition");
    assert_eq!(refused("hour in (1, 'a')"), "hour is a number, but the list holds 'a'");
    assert!(refused("day > 'monday'").contains("write it as 2013-01-31"));
    assert!(refused("matches(hour, 'a')").contains("a pattern is for text"));
    assert!(refused("tailnum - 1 = 2").contains("- does not go with tailnum"));
}

#[test]
fn what_is_no_expression_is_told_with_its_place() {
    let refused = |text: &str| parse(text).unwrap_err();
    assert!(
        refused("a >")
            .starts_with("expected a column or a value, but found it ends, at character 4")
    );
    assert!(refused("a = null").contains("write `is null`"));
    assert!(refused("a = 'x").contains("the quote ' is not closed, at character 5"));
    assert!(refused("lenght(a) = 1").contains("did you mean length?"));
    assert!(refused("a ; b").contains("';' means nothing here"));
    assert!(refused("matches(a, '(')").contains("at character 12"));
    assert!(refused("matches(a, '(x)\\1')").contains("backreferences"));
    assert!(refused("has_format(a, 'colour')").contains("there is no format colour"));
    assert!(refused("a in ()").contains("expected"));
    assert!(refused("a in (b)").contains("a list holds numbers"));
    assert!(refused("a = 1 b = 2").contains("expected the end"));
    assert!(refused("").contains("it ends"));
    assert!(refused(&"(".repeat(10_000)).contains("nested more than"));
    assert!(refused(&"-".repeat(10_000)).contains("nested more than"));
    assert!(refused(&format!("a{} = 1", " + a".repeat(500))).contains("chains more than"));
    assert!(refused(&"not ".repeat(9_000)).contains("nested more than"));
    assert!(refused(&"a".repeat(70_000)).contains("longer than"));
}

#[test]
fn hostile_patterns_end() {
    let text = "a".repeat(100_000);
    let pattern = Pattern::new("^(a+)+$").unwrap();
    assert!(pattern.is_match(&text));
    assert!(!pattern.is_match(&format!("{text}b")));
    assert_eq!(Pattern::new("(a{1000}){1000}").unwrap_err(), "the pattern is too large");
    assert!(Pattern::new(&"(".repeat(10_000)).is_err());
}

#[test]
fn columns_with_odd_names_stand_in_quotes() {
    let sheet = Sheet::default().integers("Unit Price (€)", &[Some(3)]).integers("in", &[Some(1)]);
    assert_eq!(sheet.truths("\"Unit Price (€)\" > `in`").unwrap(), "+");
}

/// A value as the oracle sees it.
fn oracle(expression: &Expression, row: &[(&str, Option<i64>)]) -> Option<i64> {
    let truth = |value: Option<bool>| value.map(i64::from);
    match expression {
        Expression::Column(name) => row.iter().find(|(column, _)| column == name).unwrap().1,
        Expression::Number(number) => number.whole(),
        Expression::Computed(operation, left, right) => {
            let (left, right) = (oracle(left, row)?, oracle(right, row)?);
            match operation {
                Operation::Add => left.checked_add(right),
                Operation::Subtract => left.checked_sub(right),
                Operation::Multiply => left.checked_mul(right),
                Operation::WholeDivide => left.checked_div(right),
                _ => left.checked_rem(right),
            }
        }
        Expression::Compared(comparison, left, right) => {
            let (left, right) = (oracle(left, row)?, oracle(right, row)?);
            truth(Some(match comparison {
                Comparison::Equal => left == right,
                Comparison::NotEqual => left != right,
                Comparison::Less => left < right,
                Comparison::LessOrEqual => left <= right,
                Comparison::Greater => left > right,
                Comparison::GreaterOrEqual => left >= right,
            }))
        }
        Expression::IsNull(value) => truth(Some(oracle(value, row).is_none())),
        Expression::In(value, items) => {
            let value = oracle(value, row)?;
            truth(Some(items.iter().any(|item| oracle(item, row) == Some(value))))
        }
        Expression::Not(value) => truth(oracle(value, row).map(|value| value == 0)),
        Expression::And(parts) => {
            let values: Vec<_> = parts.iter().map(|part| oracle(part, row)).collect();
            let any = |wanted| values.contains(&wanted);
            truth(if any(Some(0)) { Some(false) } else { (!any(None)).then_some(true) })
        }
        Expression::Or(parts) => {
            let values: Vec<_> = parts.iter().map(|part| oracle(part, row)).collect();
            let any = |wanted| values.contains(&wanted);
            truth(if any(Some(1)) { Some(true) } else { (!any(None)).then_some(false) })
        }
        other => panic!("{other}"),
    }
}

fn number() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        Just(Expression::column("a")),
        Just(Expression::column("b")),
        prop_oneof![-3_i64..4, Just(i64::MAX)].prop_map(|value| Expression::Number(value.into())),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let operation = prop_oneof![
            Just(Operation::Add),
            Just(Operation::Subtract),
            Just(Operation::Multiply),
            Just(Operation::WholeDivide),
            Just(Operation::Remainder),
        ];
        (operation, inner.clone(), inner).prop_map(|(operation, left, right)| {
            Expression::Computed(operation, Box::new(left), Box::new(right))
        })
    })
}

fn condition() -> impl Strategy<Value = Expression> {
    let comparison = prop_oneof![
        Just(Comparison::Equal),
        Just(Comparison::NotEqual),
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual),
        Just(Comparison::Greater),
        Just(Comparison::GreaterOrEqual),
    ];
    let items = prop::collection::vec(-3_i64..20, 1..15)
        .prop_map(|items| items.into_iter().map(|item| Expression::Number(item.into())).collect());
    let leaf = prop_oneof![
        (comparison, number(), number())
            .prop_map(|(comparison, left, right)| left.compared(comparison, right)),
        number().prop_map(|value| Expression::IsNull(Box::new(value))),
        (number(), items).prop_map(|(value, items)| Expression::In(Box::new(value), items)),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Expression::negated),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            prop::collection::vec(inner, 2..4).prop_map(Expression::Or),
        ]
    })
}

proptest! {
    /// Row by row and column by column give the same, as does what was written and read again.
    #[test]
    fn conditions_agree_with_a_slow_oracle(
        condition in condition(),
        rows in prop::collection::vec(
            (prop::option::of(-3_i64..20), prop::option::of(prop_oneof![-3_i64..4, Just(i64::MIN)])),
            0..20,
        ),
    ) {
        let a: Vec<_> = rows.iter().map(|row| row.0).collect();
        let b: Vec<_> = rows.iter().map(|row| row.1).collect();
        let sheet = Sheet::default().integers("a", &a).integers("b", &b);
        let expected: String = rows
            .iter()
            .map(|row| match oracle(&condition, &[("a", row.0), ("b", row.1)]) {
                Some(0) => '-',
                Some(_) => '+',
                None => '?',
            })
            .collect();
        prop_assert_eq!(sheet.truths_of(&condition).unwrap(), expected.clone(), "{}", condition);
        prop_assert_eq!(sheet.truths(&condition.to_string()).unwrap(), expected);
    }

    /// Decimals of different scales compare as their values do.
    #[test]
    fn decimals_compare_exactly(left in -200_i128..200, right in -2_000_i128..2_000) {
        let sheet = Sheet::default().decimals("a", 1, &[Some(left)]).decimals("b", 2, &[Some(right)]);
        let expected = if left * 10 < right { "+" } else { "-" };
        prop_assert_eq!(sheet.truths("a < b").unwrap(), expected);
        let sum = if left * 10 + right > 0 { "+" } else { "-" };
        prop_assert_eq!(sheet.truths("a + b > 0").unwrap(), sum);
    }

    /// No text makes the reader panic.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-c0-9 ()'\"<>=+*/%,.-]{0,40}|\\PC{0,30}") {
        let _ = parse(&text);
    }
}
