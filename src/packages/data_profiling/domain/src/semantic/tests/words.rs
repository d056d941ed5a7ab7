//! Words of the corpus, gathered without regard to the lists of the detector.

pub(super) const GIVEN: &[&str] = &[
    "Alexandra", "Benedict", "Callum", "Dagmar", "Eleanor", "Fabian", "Gwen", "Harriet", "Imogen",
    "Jasper", "Kamila", "Leopold", "Mabel", "Niamh", "Otto", "Philippa", "Quentin", "Rosalind",
    "Saoirse", "Tobias", "Ulrich", "Vera", "Wilfred", "Xavier", "Yvonne", "Zachary", "Anna",
    "John", "Maria", "Thomas", "Sarah", "David", "Michael", "Laura", "Peter", "Emma", "Ahmed",
    "Li", "Priya", "Carlos", "Fatima", "Yuki", "Olga", "Ivan", "Chen", "Ingrid", "Lars", "Sofia",
    "Diego", "Amara", "Kwame", "Ngozi", "Chinedu", "Aylin", "Mehmet", "Emre", "Zeynep", "Bartosz",
    "Zuzanna", "Ondřej", "Jiří", "Katalin", "László", "Ioana", "Radu", "Nikos", "Eleni", "Tuan",
    "Linh", "Siti", "Budi", "Rafael", "Thiago", "Heloísa", "Joaquim", "Inês", "Bram", "Femke",
    "Jeroen", "Aoife",
];

pub(super) const SURNAMES: &[&str] = &[
    "Smith", "Jones", "Müller", "Schmidt", "Dubois", "Rossi", "García", "Fernández", "Silva",
    "Santos", "Nguyen", "Tran", "Kim", "Park", "Tanaka", "Sato", "Wang", "Zhang", "Kumar",
    "Singh", "Patel", "Khan", "Hussain", "Okafor", "Mensah", "Diallo", "Kowalski", "Nowak",
    "Novák", "Horvath", "Popescu", "Ivanov", "Petrova", "Andersson", "Johansen", "Virtanen",
    "O'Brien", "Murphy", "McDonald", "Campbell", "Wright", "Walker", "Baker", "Cooper", "Taylor",
    "Brown", "Green", "Young", "Hall", "Wood", "Hughes", "Edwards", "van Dijk", "de Vries",
    "Jansen", "Meyer", "Wagner", "Becker", "Hoffmann", "Moreau", "Lefebvre", "Girard", "Conti",
    "Ricci", "Marino", "Yılmaz", "Demir", "Papadopoulos", "Haddad", "Cohen", "Levy", "Friedman",
    "Lopez", "Hernandez", "Gonzalez", "Ramirez", "Torres", "Almeida", "Castro", "Smith-Jones",
];

pub(super) const CITIES: &[&str] = &[
    "London", "Berlin", "Paris", "Madrid", "Rome", "New York", "San Francisco", "Los Angeles",
    "Chicago", "Austin", "Houston", "Boston", "Seattle", "Denver", "Tokyo", "Osaka", "Seoul",
    "Mumbai", "Delhi", "Lagos", "Nairobi", "Cairo", "Istanbul", "Vienna", "Prague", "Warsaw",
    "Lisbon", "Porto", "Oslo", "Stockholm", "Helsinki", "Copenhagen", "Dublin", "Sydney",
    "Melbourne", "Toronto", "Montreal", "Buenos Aires", "São Paulo", "Mexico City", "Bogotá",
    "Lima", "Santiago", "Hong Kong", "Kuala Lumpur", "Ho Chi Minh City", "Cape Town", "Tel Aviv",
];

pub(super) const THINGS: &[&str] = &[
    "Rose", "Gold", "Lamp", "Autumn", "Breeze", "Grace", "Period", "Violet", "Chair", "Oak",
    "Table", "Summer", "Dress", "Royal", "Blue", "Jasmine", "Tea", "Ruby", "Slipper", "Olive",
    "Oil", "Ginger", "Bread", "Winter", "Coat", "Silver", "Ring", "Linen", "Shirt", "Crystal",
    "Vase", "Amber", "Light", "Coral", "Reef", "Penny", "Stock", "Daisy", "Chain", "Iris", "Bulb",
];

pub(super) const WORDS: &[&str] = &[
    "the", "of", "and", "to", "in", "a", "is", "that", "for", "it", "was", "on", "customer",
    "order", "arrived", "late", "box", "was", "damaged", "please", "call", "again", "tomorrow",
    "no", "issue", "found", "after", "checking", "with", "team", "replaced", "part", "left",
    "message", "waiting", "reply", "delivery", "refund", "asked", "about", "warranty", "street",
    "happy", "service", "slow", "very", "good", "quality", "broken", "screen", "returned", "new",
];

pub(super) const COMPANIES: &[&str] = &[
    "Contoso", "Fabrikam", "Northwind", "Globex", "Initech", "Umbrella", "Hooli", "Vandelay",
    "Stark", "Wayne", "Wonka", "Tyrell", "Cyberdyne", "Soylent", "Massive", "Dynamic", "Bluth",
    "Dunder", "Pied", "Piper", "Sterling", "Cooper", "Oscorp", "Aperture", "Black", "Mesa",
];

pub(super) const DOMAINS: &[&str] = &[
    "example.com", "example.org", "mail.example.net", "contoso.co.uk", "fabrikam.de", "gmx.net",
    "northwind.io", "uni-heidelberg.de", "globex.fr", "initech.com.au", "hooli.xyz", "wonka.nl",
];

pub(super) const STREETS: &[&str] = &[
    "Maple", "Oak", "Station", "Church", "High", "Victoria", "Mill", "Park", "King's", "Queen",
    "Cedar", "Elm", "Washington", "Lincoln", "Sunset", "Hill", "Lake", "River", "School", "North",
];

pub(super) const ROADS: &[&str] = &[
    "Street", "St", "St.", "Road", "Rd", "Avenue", "Ave", "Lane", "Ln", "Drive", "Dr", "Blvd",
    "Way", "Court", "Close", "Terrace", "Place", "Crescent", "Mews", "Green", "Gardens", "Loop",
];

pub(super) const COUNTRIES: &[&str] = &[
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "PL", "CZ", "SE", "NO", "DK",
    "FI", "IE", "PT", "GR", "HU", "RO", "JP", "CN", "KR", "IN", "BR", "MX", "AR", "CA", "AU",
    "NZ", "ZA", "TR", "RU", "UA", "IL", "AE", "SG", "TH", "VN",
];

pub(super) const COUNTRIES_OF_THREE: &[&str] = &[
    "USA", "GBR", "DEU", "FRA", "ESP", "ITA", "NLD", "BEL", "CHE", "AUT", "POL", "CZE", "SWE",
    "NOR", "DNK", "FIN", "IRL", "PRT", "GRC", "HUN", "ROU", "JPN", "CHN", "KOR", "IND", "BRA",
];

pub(super) const COUNTRY_NAMES: &[&str] = &[
    "United States", "United Kingdom", "Germany", "France", "Spain", "Italy", "Netherlands",
    "Belgium", "Switzerland", "Austria", "Poland", "Czech Republic", "Sweden", "Norway",
    "Denmark", "Finland", "Ireland", "Portugal", "Greece", "Hungary", "Romania", "Japan", "China",
    "South Korea", "India", "Brazil", "Mexico", "Argentina", "Canada", "Australia", "Ivory Coast",
    "North Macedonia", "Myanmar (Burma)", "Republic of Ireland", "Türkiye",
];

pub(super) const STATES: &[&str] = &[
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA",
    "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ",
    "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT",
    "VA", "WA", "WV", "WI", "WY",
];

pub(super) const STATE_NAMES: &[&str] = &[
    "California", "Texas", "Florida", "New York", "Pennsylvania", "Illinois", "Ohio", "Georgia",
    "North Carolina", "Michigan", "New Jersey", "Virginia", "Washington", "Arizona", "Tennessee",
];

pub(super) const LANGUAGES: &[&str] = &[
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "fi", "cs", "hu", "ro", "ja",
    "zh", "ko", "ru", "uk", "tr", "ar", "he", "hi", "vi",
];

pub(super) const CURRENCIES: &[&str] = &[
    "USD", "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF",
    "INR", "CNY", "BRL", "MXN", "ZAR", "TRY", "SGD",
];
