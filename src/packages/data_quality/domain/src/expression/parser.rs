use super::lexer::{KEYWORDS, Token, tokens};
use super::{
    Comparison, Expression, Format, Function, JsonSchema, Number, Operation, Pattern, TimeFormat,
};
use crate::problem::nearest;

/// Longest expression, in bytes.
const LONGEST: usize = 65_536;

/// Deepest nesting of parentheses and signs.
const DEEPEST: usize = 48;

/// Reads an expression.
///
/// # Errors
/// What is wrong, and at which character.
pub fn parse(text: &str) -> Result<Expression, String> {
    if text.len() > LONGEST {
        return Err(format!("the expression is longer than {LONGEST} bytes"));
    }
    let at = |(place, what): (usize, String)| format!("{what}, at character {place} of {text:?}");
    let tokens = tokens(text).map_err(at)?;
    let end = text.chars().count() + 1;
    let mut parser = Parser { tokens, next: 0, depth: 0, end };
    parser.whole().map_err(at)
}

type Parsed = Result<Expression, (usize, String)>;

struct Parser {
    tokens: Vec<(Token, usize)>,
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn whole(&mut self) -> Parsed {
        let expression = self.any()?;
        if self.peek().is_some() {
            return Err(self.unexpected("the end, `and` or `or`"));
        }
        Ok(expression)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(_, place)| *place)
    }

    fn unexpected(&self, expected: &str) -> (usize, String) {
        let found = match self.peek() {
            None => "it ends",
            Some(Token::Word(word) | Token::Number(word)) => word,
            Some(Token::Quoted(_)) => "a column",
            Some(Token::Text(_)) => "a text",
            Some(Token::Symbol(symbol)) => symbol,
        };
        (self.place(), format!("expected {expected}, but found {found}"))
    }

    fn has_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.has_word(word);
        self.next += usize::from(found);
        found
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(found)) if *found == symbol);
        self.next += usize::from(found);
        found
    }

    fn need_symbol(&mut self, symbol: &'static str) -> Result<(), (usize, String)> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(self.unexpected(symbol)) }
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err((self.place(), format!("it is nested more than {DEEPEST} deep")));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn any(&mut self) -> Parsed {
        self.deeper(|parser| {
            let mut parts = vec![parser.all()?];
            while parser.take_word("or") {
                parts.push(parser.all()?);
            }
            Ok(joined(parts, Expression::Or))
        })
    }

    fn all(&mut self) -> Parsed {
        let mut parts = vec![self.not()?];
        while self.take_word("and") {
            parts.push(self.not()?);
        }
        Ok(joined(parts, Expression::And))
    }

    fn not(&mut self) -> Parsed {
        if self.take_word("not") {
            return self.deeper(|parser| Ok(parser.not()?.negated()));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        if self.take_word("is") {
            let negated = self.take_word("not");
            if !self.take_word("null") {
                return Err(self.unexpected("null"));
            }
            let test = Expression::IsNull(Box::new(left));
            return Ok(if negated { test.negated() } else { test });
        }
        let negated = self.take_word("not");
        if self.take_word("between") {
            let low = self.sum()?;
            if !self.take_word("and") {
                return Err(self.unexpected("and"));
            }
            let high = self.sum()?;
            let test = Expression::And(vec![
                left.clone().compared(Comparison::GreaterOrEqual, low),
                left.compared(Comparison::LessOrEqual, high),
            ]);
            return Ok(if negated { test.negated() } else { test });
        }
        if self.take_word("in") {
            let test = Expression::In(Box::new(left), self.items()?);
            return Ok(if negated { test.negated() } else { test });
        }
        if negated {
            return Err(self.unexpected("between or in"));
        }
        let Some(comparison) = self.symbol_of_comparison() else { return Ok(left) };
        if self.has_word("null") {
            return Err((self.place(), "nothing is equal to null: write `is null`".to_owned()));
        }
        let right = self.sum()?;
        Ok(left.compared(comparison, right))
    }

    fn symbol_of_comparison(&mut self) -> Option<Comparison> {
        let Some(Token::Symbol(symbol)) = self.peek() else { return None };
        let comparison = match *symbol {
            "=" | "==" => Comparison::Equal,
            "!=" | "<>" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        };
        self.next += 1;
        Some(comparison)
    }

    /// A list of constants in parentheses.
    fn items(&mut self) -> Result<Vec<Expression>, (usize, String)> {
        self.need_symbol("(")?;
        let mut items = Vec::new();
        loop {
            let place = self.place();
            let item = self.unary()?;
            if !matches!(item, Expression::Number(_) | Expression::Text(_) | Expression::Boolean(_))
            {
                return Err((place, "a list holds numbers, texts, true and false only".to_owned()));
            }
            items.push(item);
            if self.take_symbol(")") {
                return Ok(items);
            }
            self.need_symbol(",")?;
        }
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        loop {
            let operation = if self.take_symbol("+") {
                Operation::Add
            } else if self.take_symbol("-") {
                Operation::Subtract
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = self.computed(operation, left, right)?;
        }
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.unary()?;
        loop {
            let operation = if self.take_symbol("*") {
                Operation::Multiply
            } else if self.take_symbol("/") {
                Operation::Divide
            } else if self.take_symbol("%") {
                Operation::Remainder
            } else if self.take_word("div") {
                Operation::WholeDivide
            } else {
                return Ok(left);
            };
            let right = self.unary()?;
            left = self.computed(operation, left, right)?;
        }
    }

    /// A chain of computations is nested to the left, so its length counts as depth.
    fn computed(&mut self, operation: Operation, left: Expression, right: Expression) -> Parsed {
        let depth = depth(&left) + 1;
        if depth > DEEPEST {
            return Err((self.place(), format!("it chains more than {DEEPEST} computations")));
        }
        Ok(Expression::Computed(operation, Box::new(left), Box::new(right)))
    }

    fn unary(&mut self) -> Parsed {
        if self.take_symbol("-") {
            if let Some(Token::Number(digits)) = self.peek().cloned() {
                let number = self.number(&format!("-{digits}"))?;
                return Ok(Expression::Number(number));
            }
            let zero = Expression::Number(Number::from(0));
            let value = self.deeper(Self::unary)?;
            return self.computed(Operation::Subtract, zero, value);
        }
        if self.take_symbol("+") {
            return self.deeper(Self::unary);
        }
        self.primary()
    }

    fn number(&mut self, digits: &str) -> Result<Number, (usize, String)> {
        let number = Number::read(digits)
            .ok_or_else(|| (self.place(), format!("{digits} is not a number")))?;
        self.next += 1;
        Ok(number)
    }

    fn primary(&mut self) -> Parsed {
        let Some(token) = self.peek().cloned() else {
            return Err(self.unexpected("a column or a value"));
        };
        match token {
            Token::Number(digits) => Ok(Expression::Number(self.number(&digits)?)),
            Token::Text(text) => {
                self.next += 1;
                Ok(Expression::Text(text))
            }
            Token::Quoted(name) => {
                self.next += 1;
                Ok(Expression::Column(name))
            }
            Token::Symbol("(") => {
                self.next += 1;
                let inner = self.any()?;
                self.need_symbol(")")?;
                Ok(inner)
            }
            Token::Word(word) => self.word(&word),
            Token::Symbol(_) => Err(self.unexpected("a column or a value")),
        }
    }

    fn word(&mut self, word: &str) -> Parsed {
        if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") {
            self.next += 1;
            return Ok(Expression::Boolean(word.eq_ignore_ascii_case("true")));
        }
        if KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword)) {
            return Err(self.unexpected("a column or a value"));
        }
        let place = self.place();
        self.next += 1;
        if self.take_symbol("(") {
            return self.call(word, place);
        }
        Ok(Expression::Column(word.to_owned()))
    }

    fn call(&mut self, name: &str, place: usize) -> Parsed {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let function = Function::ALL.into_iter().find(|function| is(function.name()));
        let others = ["matches", "has_format", "has_time_format", "matches_json_schema"];
        if function.is_none() && !others.into_iter().any(is) {
            let names = Function::ALL.iter().map(|function| function.name());
            let hint = nearest(name, names.chain(others));
            let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
            return Err((place, format!("there is no function {name}{hint}")));
        }
        let value = Box::new(self.any()?);
        let call = if let Some(function) = function {
            Expression::Call(function, value)
        } else {
            self.need_symbol(",")?;
            let at = self.place();
            let Some(Token::Text(text)) = self.peek().cloned() else {
                return Err(self.unexpected("a text in single quotes"));
            };
            self.next += 1;
            if is("matches") {
                Expression::Matches(value, Pattern::new(&text).map_err(|what| (at, what))?)
            } else if is("has_time_format") {
                let format = TimeFormat::new(&text).map_err(|what| (at, what))?;
                Expression::HasTimeFormat(value, format)
            } else if is("matches_json_schema") {
                let schema = JsonSchema::new(&text).map_err(|what| (at, what))?;
                Expression::MatchesJsonSchema(value, schema)
            } else {
                Expression::HasFormat(value, Format::of_name(&text).map_err(|what| (at, what))?)
            }
        };
        self.need_symbol(")")?;
        Ok(call)
    }
}

/// How many computations are nested to the left.
fn depth(expression: &Expression) -> usize {
    let mut depth = 0;
    let mut current = expression;
    while let Expression::Computed(_, left, _) = current {
        depth += 1;
        current = left;
    }
    depth
}

fn joined(mut parts: Vec<Expression>, join: impl Fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => Expression::Boolean(true),
    }
}
