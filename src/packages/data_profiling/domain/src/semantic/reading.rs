//! What one value may be: all kinds whose form it has.

use shared_kernel_domain::summary::TextKind;
use shared_kernel_domain::table::ColumnType;

use super::column_name::{NameHints, PersonHint};
use super::glance::Glance;
use super::kind::{KindSet, SemanticKind as Kind};
use super::{artefacts, codes, contact, identifiers, measures, network};

/// A value as the rules for columns need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    pub(super) glance: Glance<'a>,
    pub(super) text_kind: TextKind,
    /// Kinds whose form the value has.
    pub(super) kinds: KindSet,
    /// Whether a word of it is a common given name.
    pub(super) has_given_name: bool,
}

/// Kinds that a column of numbers can be of.
const KINDS_OF_NUMBERS: [Kind; 8] = [
    Kind::CardNumber,
    Kind::Phone,
    Kind::SocialSecurityNumber,
    Kind::Postcode,
    Kind::Latitude,
    Kind::Longitude,
    Kind::DateText,
    Kind::Year,
];

impl<'a> Reading<'a> {
    /// Reads a value of a column that is named and stored so.
    pub(super) fn of(text: &'a str, hints: &NameHints, stored: ColumnType) -> Self {
        let glance = Glance::at(text);
        let text_kind = TextKind::of(glance.text);
        let mut reading = Self { glance, text_kind, kinds: KindSet::EMPTY, has_given_name: false };
        if !reading.is_telling() {
            return reading;
        }
        reading.add_numbers(hints);
        if stored.is_numeric() {
            reading.kinds = reading.kinds.intersection(KINDS_OF_NUMBERS.into_iter().collect());
            return reading;
        }
        reading.add_network();
        reading.add_codes(hints);
        reading.add_artefacts();
        reading.add_contact(hints);
        reading
    }

    /// Whether the value is neither blank nor a way to write that there is none.
    pub(super) fn is_telling(&self) -> bool {
        !matches!(self.text_kind, TextKind::Blank | TextKind::NullLike)
    }

    fn add(&mut self, kind: Kind, is: bool) {
        if is {
            self.kinds.insert(kind);
        }
    }

    /// What begins with a look at the digits.
    fn add_numbers(&mut self, hints: &NameHints) {
        let glance = self.glance;
        if glance.digits == 0 {
            return;
        }
        self.add(Kind::CardNumber, identifiers::is_card_number(&glance));
        let date = measures::is_date(&glance, self.text_kind, hints.says(Kind::DateText));
        self.add(Kind::DateText, date);
        if !date {
            self.add(Kind::Phone, contact::is_phone(&glance, hints.says(Kind::Phone)));
        }
        let bare = hints.says(Kind::SocialSecurityNumber);
        self.add(Kind::SocialSecurityNumber, identifiers::is_social_security_number(&glance, bare));
        self.add(Kind::Postcode, codes::is_postcode(&glance, hints.says(Kind::Postcode)));
        self.add(Kind::Year, measures::is_year(&glance));
        for (kind, limit) in [(Kind::Latitude, 90.0), (Kind::Longitude, 180.0)] {
            self.add(kind, hints.says(kind) && measures::is_degrees(&glance, limit));
        }
        self.add(Kind::PaddedCode, glance.is_digits());
        self.add(Kind::Quantity, measures::is_quantity(&glance));
        self.add(Kind::CoordinatePair, measures::is_coordinate_pair(&glance));
        self.add(Kind::Time, measures::is_time(&glance));
        self.add(Kind::Ipv4, network::is_ipv4(&glance));
        self.add(Kind::SemanticVersion, artefacts::is_version(&glance));
    }

    fn add_network(&mut self) {
        let glance = self.glance;
        self.add(Kind::Email, network::is_email(&glance));
        self.add(Kind::Url, network::is_url(&glance));
        self.add(Kind::Hostname, network::is_hostname(&glance));
        self.add(Kind::Ipv6, network::is_ipv6(&glance));
        self.add(Kind::MacAddress, network::is_mac_address(&glance));
        self.add(Kind::MediaType, network::is_media_type(&glance));
    }

    fn add_codes(&mut self, hints: &NameHints) {
        let glance = self.glance;
        codes::add_listed(&glance, &mut self.kinds);
        self.add(Kind::Uuid, identifiers::is_uuid(&glance));
        self.add(Kind::Iban, identifiers::is_iban(&glance));
        self.add(Kind::Isin, identifiers::is_isin(&glance));
        self.add(Kind::HashDigest, identifiers::is_hash_digest(&glance));
        let is_named = hints.says(Kind::Postcode) && codes::is_postcode(&glance, true);
        self.add(Kind::Postcode, is_named);
        self.add(Kind::CategoricalCode, codes::is_short_code(&glance));
    }

    fn add_artefacts(&mut self) {
        let glance = self.glance;
        self.add(Kind::Json, artefacts::is_json(&glance));
        self.add(Kind::Base64, artefacts::is_base64(&glance));
        self.add(Kind::HexColour, artefacts::is_hex_colour(&glance));
        let is_path = artefacts::is_file_path(&glance) && !self.kinds.contains(Kind::MediaType);
        self.add(Kind::FilePath, is_path);
    }

    fn add_contact(&mut self, hints: &NameHints) {
        let glance = self.glance;
        self.add(Kind::Address, contact::is_address(&glance, hints.says(Kind::Address)));
        let Some(form) = contact::name_form(&glance) else { return };
        let named = matches!(hints.person, PersonHint::Weak | PersonHint::Strong);
        self.add(Kind::PersonName, form.words >= 2 || named);
        self.has_given_name = form.has_given_name;
    }
}
