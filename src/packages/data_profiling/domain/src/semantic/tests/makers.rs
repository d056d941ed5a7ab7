//! Makes values of each kind. `style` is the same for all values of a column.

use super::random::Random;
use super::words::*;
use crate::semantic::hash::hash_word;

pub(super) fn email(random: &mut Random, style: u64) -> String {
    let (given, surname) = (ascii(random.pick(GIVEN)), ascii(random.pick(SURNAMES)));
    let number = random.below(100);
    let domain = random.pick(DOMAINS);
    match style % 3 {
        0 => format!("{given}.{surname}@{domain}"),
        1 => format!("{given}{number}@{domain}"),
        _ => format!("{}_{surname}+news@{domain}", &given[..1]).to_uppercase(),
    }
}

fn ascii(word: &str) -> String {
    word.to_lowercase().chars().filter(char::is_ascii_lowercase).collect()
}

pub(super) fn url(random: &mut Random, style: u64) -> String {
    let host = random.pick(DOMAINS);
    let path = random.text("abcdefgh-", 6);
    match style % 4 {
        0 => format!("https://{host}/{path}"),
        1 => format!("http://www.{host}:8080/{path}?q={}&x=1", random.below(1_000)),
        2 => format!("www.{host}/{path}"),
        _ => format!("s3://bucket-{}/{path}/file.csv", random.below(9)),
    }
}

pub(super) fn uuid(random: &mut Random, style: u64) -> String {
    let mut hex = |count| random.text("0123456789abcdef", count);
    let uuid = format!("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12));
    match style % 3 {
        0 => uuid,
        1 => uuid.to_uppercase(),
        _ => format!("{{{uuid}}}"),
    }
}

pub(super) fn ipv4(random: &mut Random, style: u64) -> String {
    let mut byte = || random.below(256);
    match style % 3 {
        0 => format!("10.{}.{}.{}", byte(), byte(), byte()),
        1 => format!("{}.{}.{}.{}", byte(), byte(), byte(), byte()),
        _ => format!("192.168.{}.0/24", byte()),
    }
}

pub(super) fn ipv6(random: &mut Random, style: u64) -> String {
    let mut hex = |count| random.text("0123456789abcdef", count);
    match style % 3 {
        0 => format!("2001:db8::{}:{}", hex(3), hex(4)),
        1 => (0..8).map(|_| hex(4)).collect::<Vec<_>>().join(":"),
        _ => format!("fe80::{}:{}:{}%eth0", hex(4), hex(4), hex(2)),
    }
}

pub(super) fn mac(random: &mut Random, style: u64) -> String {
    let mut hex = |count| random.text("0123456789abcdef", count);
    match style % 3 {
        0 => (0..6).map(|_| hex(2)).collect::<Vec<_>>().join(":"),
        1 => (0..6).map(|_| hex(2).to_uppercase()).collect::<Vec<_>>().join("-"),
        _ => (0..3).map(|_| hex(4)).collect::<Vec<_>>().join("."),
    }
}

pub(super) fn phone(random: &mut Random, style: u64) -> String {
    random.fill(match style % 6 {
        0 => "+49 ^# #######",
        1 => "(^##) ^##-####",
        2 => "+1-^##-^##-####",
        3 => "020 7### ####",
        4 => "06 ## ## ## ##",
        _ => "^##.^##.####",
    })
}

/// Bare digits: only the column's name says what they are.
pub(super) fn phone_digits(random: &mut Random, style: u64) -> String {
    random.fill(if style.is_multiple_of(2) { "^##^######" } else { "49^##########" })
}

/// The check digit that makes Luhn's sum right.
fn with_luhn(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let doubled = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

pub(super) fn card(random: &mut Random, style: u64) -> String {
    let pattern = ["4##############", "5^##########^##", "37############", "6011###########"];
    let pattern = pattern[random.below(4) as usize].replace("5^", "53");
    let number = with_luhn(&random.fill(&pattern));
    if style.is_multiple_of(2) { number } else { grouped(&number, 4) }
}

fn grouped(text: &str, width: usize) -> String {
    let signs: Vec<char> = text.chars().collect();
    signs.chunks(width).map(|group| group.iter().collect()).collect::<Vec<String>>().join(" ")
}

pub(super) fn iban(random: &mut Random, style: u64) -> String {
    let (country, pattern) = [
        ("DE", "##################"),
        ("GB", "????##############"),
        ("FR", "#######################"),
        ("NL", "????##########"),
        ("NO", "###########"),
    ][random.below(5) as usize];
    let account = random.fill(pattern);
    let number = format!("{account}{country}00");
    let rest = number.chars().fold(0_u64, |rest, sign| {
        let value = u64::from(sign.to_digit(36).unwrap());
        (rest * if value < 10 { 10 } else { 100 } + value) % 97
    });
    let iban = format!("{country}{:02}{account}", 98 - rest);
    if style.is_multiple_of(2) { iban } else { grouped(&iban, 4) }
}

pub(super) fn isin(random: &mut Random, _: u64) -> String {
    let body = format!("{}{}", random.pick(COUNTRIES), random.fill("#########"));
    let digits: String = body.chars().map(|sign| sign.to_digit(36).unwrap().to_string()).collect();
    format!("{body}{}", &with_luhn(&digits)[digits.len()..])
}

pub(super) fn ssn(random: &mut Random, _: u64) -> String {
    let (area, group, serial) =
        (random.between(1, 665), random.between(1, 99), random.between(1, 9_999));
    format!("{area:03}-{group:02}-{serial:04}")
}

pub(super) fn country_of_two(random: &mut Random, style: u64) -> String {
    let code = random.pick(COUNTRIES);
    if style % 4 == 3 { code.to_lowercase() } else { code.to_owned() }
}

pub(super) fn language(random: &mut Random, style: u64) -> String {
    let language = random.pick(LANGUAGES);
    if style % 3 == 2 {
        format!("{language}-{}", random.pick(COUNTRIES))
    } else {
        language.to_owned()
    }
}

pub(super) fn postcode(random: &mut Random, style: u64) -> String {
    random.fill(match style % 8 {
        0 => "SW^ #AB",
        1 => "K#? #?#",
        2 => "^### ??",
        3 => "#####-####",
        4 => "#####",
        5 => "##-###",
        6 => "^###",
        _ => "###-####",
    })
}

pub(super) fn coordinates(random: &mut Random, style: u64) -> String {
    let latitude = random.below(1_800_000) as f64 / 10_000.0 - 90.0;
    let longitude = random.below(3_600_000) as f64 / 10_000.0 - 180.0;
    match style % 4 {
        0 => format!("{latitude:.4}, {longitude:.4}"),
        1 => format!("({latitude:.3},{longitude:.3})"),
        2 => format!("POINT({longitude:.4} {latitude:.4})"),
        _ => format!("{:.2}° N, {:.2}° W", latitude.abs(), longitude.abs()),
    }
}

pub(super) fn latitude(random: &mut Random, _: u64) -> String {
    format!("{:.5}", random.below(18_000_000) as f64 / 100_000.0 - 90.0)
}

pub(super) fn longitude(random: &mut Random, _: u64) -> String {
    format!("{:.5}", random.below(36_000_000) as f64 / 100_000.0 - 180.0)
}

pub(super) fn full_name(random: &mut Random, style: u64) -> String {
    let (given, surname) = (random.pick(GIVEN), random.pick(SURNAMES));
    match style % 4 {
        0 => format!("{given} {surname}"),
        1 => format!("{surname}, {given}"),
        2 => format!("{given} {}. {surname}", random.fill("?")),
        _ => format!("{given} {surname}").to_uppercase(),
    }
}

pub(super) fn one_name(random: &mut Random, style: u64) -> String {
    random.pick(if style.is_multiple_of(2) { GIVEN } else { SURNAMES }).to_owned()
}

pub(super) fn address(random: &mut Random, style: u64) -> String {
    let number = random.between(1, 400);
    let (street, road) = (random.pick(STREETS), random.pick(ROADS));
    match style % 5 {
        0 => format!("{number} {street} {road}"),
        1 => format!("{number} {street} {road}, {} {}", random.pick(CITIES), random.fill("#####")),
        2 => format!(
            "{}{} {number}",
            street.replace('\'', ""),
            if number.is_multiple_of(2) { "straße" } else { "weg" }
        ),
        3 => format!("{number} rue {street}"),
        _ => format!("Apt {}, {number} {street} {road}", random.below(50)),
    }
}

pub(super) fn date(random: &mut Random, style: u64) -> String {
    let (year, month, day) =
        (random.between(1950, 2026), random.between(1, 12), random.between(1, 28));
    match style % 6 {
        0 => format!("{year}-{month:02}-{day:02}"),
        1 => format!("{day:02}.{month:02}.{year}"),
        2 => format!("{month}/{day}/{year}"),
        3 => format!("{day} {} {year}", ["Jan", "March", "Aug", "December"][month as usize % 4]),
        4 => format!("{year}-{month:02}-{day:02}T{:02}:{:02}:00Z", day % 24, month * 4),
        _ => format!("{year}/{month:02}/{day:02}"),
    }
}

pub(super) fn compact_date(random: &mut Random, _: u64) -> String {
    let (year, month, day) =
        (random.between(1950, 2026), random.between(1, 12), random.between(1, 28));
    format!("{year}{month:02}{day:02}")
}

pub(super) fn time(random: &mut Random, style: u64) -> String {
    let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
    match style % 4 {
        0 => format!("{hour:02}:{minute:02}"),
        1 => format!("{hour:02}:{minute:02}:{second:02}"),
        2 => format!("{}:{minute:02} {}", hour % 12 + 1, if hour < 12 { "am" } else { "PM" }),
        _ => format!("{hour}:{minute:02}:{second:02}.{:03}", random.below(1_000)),
    }
}

pub(super) fn year(random: &mut Random, _: u64) -> String {
    random.between(1_950, 2_026).to_string()
}

pub(super) fn quantity(random: &mut Random, style: u64) -> String {
    let number = random.below(100_000) as f64 / 100.0;
    match style % 6 {
        0 => format!("{number} kg"),
        1 => format!("{number:.1}%"),
        2 => format!("${number:.2}"),
        3 => format!("{} {}", random.below(500), random.pick(&["ml", "l", "cl", "oz"])),
        4 => format!("{number:.2} EUR").replace('.', ","),
        _ => format!("{}ms", random.below(5_000)),
    }
}

pub(super) fn padded_code(random: &mut Random, style: u64) -> String {
    let width = 5 + (style % 4) as usize;
    format!("{:0width$}", random.below(10_u64.pow(width as u32)))
}

pub(super) fn digest(random: &mut Random, style: u64) -> String {
    random.text("0123456789abcdef", [32, 40, 64, 128][style as usize % 4])
}

pub(super) fn hostname(random: &mut Random, style: u64) -> String {
    let name = random.text("abcdefghijklm", 7);
    let top = random.pick(&["com", "org", "de", "co.uk", "io", "net", "fr", "com.br"]);
    match style % 3 {
        0 => format!("{name}.{top}"),
        1 => format!("www{}.{name}.{top}", random.below(9)),
        _ => {
            format!("{}-{:02}.prod.{name}.internal", random.pick(&["web", "db"]), random.below(40))
        }
    }
}

pub(super) fn path(random: &mut Random, style: u64) -> String {
    let name = random.text("abcdefgh_", 6);
    match style % 4 {
        0 => format!("/var/data/{name}/part-{}", random.below(100)),
        1 => format!("C:\\Data\\{name}.xlsx"),
        2 => format!("{name}.{}", random.pick(&["pdf", "csv", "jpg", "docx"])),
        _ => format!("src/{name}/main.{}", random.pick(&["py", "rs", "js"])),
    }
}

pub(super) fn media_type(random: &mut Random, _: u64) -> String {
    random
        .pick(&[
            "text/html",
            "image/png",
            "application/json",
            "video/mp4",
            "audio/mpeg",
            "image/svg+xml",
            "application/vnd.ms-excel",
            "text/csv; charset=utf-8",
            "font/woff2",
        ])
        .to_owned()
}

pub(super) fn version(random: &mut Random, style: u64) -> String {
    let core = format!("{}.{}.{}", random.below(20), random.below(40), random.below(30));
    match style % 3 {
        0 => core,
        1 => format!("v{core}"),
        _ => format!("{core}-rc.{}", random.below(5)),
    }
}

pub(super) fn json(random: &mut Random, style: u64) -> String {
    let (number, word) = (random.below(1_000), random.pick(WORDS));
    match style % 3 {
        0 => format!("{{\"id\": {number}, \"tag\": \"{word}\"}}"),
        1 => format!("[{number}, {}, null]", random.below(9)),
        _ => format!("{{\"text\": \"{}\", \"n\": {number}}}", format!("{word} ").repeat(80)),
    }
}

pub(super) fn base64(random: &mut Random, style: u64) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let body = random.text(ALPHABET, 22 + 20 * (style as usize % 3));
    let padding = (4 - body.len() % 4) % 4;
    body + &"=".repeat(padding)
}

pub(super) fn colour(random: &mut Random, style: u64) -> String {
    let digits = random.text("0123456789abcdef", [6, 3, 8][style as usize % 3]);
    format!("#{digits}")
}

pub(super) fn boolean(random: &mut Random, style: u64) -> String {
    let pairs =
        [["yes", "no"], ["TRUE", "FALSE"], ["Y", "N"], ["ja", "nein"], ["on", "off"], ["t", "f"]];
    random.pick(&pairs[style as usize % pairs.len()]).to_owned()
}

pub(super) fn category(random: &mut Random, style: u64) -> String {
    // A column's own few codes.
    let code = hash_word(style * 100 + random.below(6));
    match style % 3 {
        0 => format!("{}{}", char::from(b'A' + (code % 26) as u8), code / 26 % 100),
        1 => format!("GRP-{}", code % 1_000),
        _ => Random::new(code).fill("Z????"),
    }
}
