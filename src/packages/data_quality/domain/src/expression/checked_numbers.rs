//! Numbers that carry a check, and other named forms: whether a text is one.

/// The digits of a text without the single spaces and hyphens that part groups; `None` when it holds
/// anything else.
fn digits(text: &str) -> Option<Vec<u32>> {
    let is_separator = |letter: char| letter == ' ' || letter == '-';
    if text.starts_with(is_separator) || text.ends_with(is_separator) {
        return None;
    }
    let mut found = Vec::with_capacity(text.len());
    let mut after_separator = false;
    for letter in text.chars() {
        if is_separator(letter) {
            if after_separator {
                return None;
            }
            after_separator = true;
        } else {
            found.push(letter.to_digit(10)?);
            after_separator = false;
        }
    }
    Some(found)
}

/// 12 to 19 digits with the check of H. P. Luhn (US patent 2,950,048; ISO/IEC 7812-1).
pub(super) fn is_credit_card(text: &str) -> bool {
    let Some(digits) = digits(text) else { return false };
    let doubled = |(place, digit): (usize, &u32)| match (place % 2, digit * 2) {
        (0, _) => *digit,
        (_, double) if double > 9 => double - 9,
        (_, double) => double,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    (12..=19).contains(&digits.len())
        && sum.is_multiple_of(10)
        && digits.iter().any(|digit| *digit > 0)
}

/// ISO 13616: a country, two check digits and up to 30 letters and digits, which leave 1 when they are
/// divided by 97 (ISO 7064). How long it is in each country is not looked at.
pub(super) fn is_iban(text: &str) -> bool {
    let letters: Vec<char> = text.chars().filter(|letter| *letter != ' ').collect();
    let is_upper_or_digit = |letter: &char| letter.is_ascii_uppercase() || letter.is_ascii_digit();
    if !(15..=34).contains(&letters.len())
        || !letters.iter().all(is_upper_or_digit)
        || !letters.iter().take(2).all(char::is_ascii_uppercase)
        || !letters.iter().skip(2).take(2).all(char::is_ascii_digit)
        || text.starts_with(' ')
        || text.ends_with(' ')
    {
        return false;
    }
    let moved = letters.iter().skip(4).chain(letters.iter().take(4));
    let rest = moved.fold(0_u32, |rest, letter| {
        let value = letter.to_digit(36).unwrap_or_default();
        (if value < 10 { rest * 10 + value } else { rest * 100 + value }) % 97
    });
    rest == 1
}

/// ISO 2108: 10 digits, the last perhaps X, or 13 that begin with 978 or 979, each with its check.
pub(super) fn is_isbn(text: &str) -> bool {
    let (body, ends_with_ten) = match text.strip_suffix(['X', 'x']) {
        Some(body) => (body.strip_suffix(['-', ' ']).unwrap_or(body), true),
        None => (text, false),
    };
    let Some(mut digits) = digits(body) else { return false };
    if ends_with_ten {
        digits.push(10);
    }
    match digits.len() {
        10 => {
            let weighted = digits.iter().zip((1..=10).rev()).map(|(digit, weight)| digit * weight);
            weighted.sum::<u32>() % 11 == 0
        }
        13 if !ends_with_ten => {
            let weighted = digits.iter().enumerate();
            let sum: u32 = weighted
                .map(|(place, digit)| if place % 2 == 0 { *digit } else { digit * 3 })
                .sum();
            let book = digits.starts_with(&[9, 7, 8]) || digits.starts_with(&[9, 7, 9]);
            book && sum.is_multiple_of(10)
        }
        _ => false,
    }
}

/// 17 letters and digits without I, O and Q, with the check digit of 49 CFR 565.15 in the ninth place,
/// as vehicles of North America and China have it.
pub(super) fn is_vin(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    if text.chars().count() != WEIGHTS.len() {
        return false;
    }
    let mut sum = 0;
    for (letter, weight) in text.chars().zip(WEIGHTS) {
        let Some(value) = of_vin(letter) else { return false };
        sum += value * weight;
    }
    let check = match sum % 11 {
        10 => 'X',
        rest => char::from_digit(rest, 10).unwrap_or('?'),
    };
    text.chars().nth(8).is_some_and(|letter| letter.eq_ignore_ascii_case(&check))
}

fn of_vin(letter: char) -> Option<u32> {
    Some(match letter.to_ascii_uppercase() {
        digit @ '0'..='9' => digit.to_digit(10)?,
        'A' | 'J' => 1,
        'B' | 'K' | 'S' => 2,
        'C' | 'L' | 'T' => 3,
        'D' | 'M' | 'U' => 4,
        'E' | 'N' | 'V' => 5,
        'F' | 'W' => 6,
        'G' | 'P' | 'X' => 7,
        'H' | 'Y' => 8,
        'R' | 'Z' => 9,
        _ => return None,
    })
}

/// `123-45-6789` or nine digits, but for numbers that are never given out: areas 000, 666 and 900 to
/// 999, group 00, serial 0000. It has no check digit.
pub(super) fn is_social_security_number(text: &str) -> bool {
    let plain: String = match text.as_bytes() {
        [_, _, _, b'-', _, _, b'-', ..] if text.len() == 11 => text.split('-').collect(),
        _ => text.to_owned(),
    };
    if plain.len() != 9 || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let (area, rest) = plain.split_at(3);
    let (group, serial) = rest.split_at(2);
    area != "000" && area != "666" && !area.starts_with('9') && group != "00" && serial != "0000"
}

/// ITU-T E.164: a plus sign and 7 to 15 digits, the first not 0; single spaces, hyphens, points and
/// parentheses may part them.
pub(super) fn is_phone(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('+') else { return false };
    let is_part = |letter: char| letter.is_ascii_digit() || " -.()".contains(letter);
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    rest.chars().all(is_part)
        && rest.starts_with(|first: char| ('1'..='9').contains(&first))
        && rest.ends_with(|last: char| last.is_ascii_digit())
        && (7..=15).contains(&digits.len())
}

/// The alphabetic codes of ISO 4217 that stood for money in use in 2025.
pub(super) const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// The codes of two letters of ISO 3166-1.
pub(super) const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Whether a text is one of some codes of so many letters.
pub(super) fn is_code(text: &str, codes: &str, letters: usize) -> bool {
    text.len() == letters && codes.split(' ').any(|code| code == text)
}
